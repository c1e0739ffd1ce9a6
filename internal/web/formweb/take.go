package formweb

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

// paper gives the whole questionnaire as PDF, in the reader's language.
func (p *Pages) paper(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sit(r)
	if err != nil {
		return err
	}
	if s.Submission > 0 { // what was handed in, and nothing that is being changed
		if s.content.Answers, err = p.Cases.Handed(s.ctx, s.Application, s.Submission); err != nil {
			return err
		}
	}
	at, err := p.Posts.Get(s.ctx, s.PostID)
	if err != nil {
		return err
	}
	sheet := document.Questionnaire{
		Lang: s.lang(), Ministry: p.Ministry.In(s.lang()), Reference: s.Reference, Title: s.d.Title.In(s.lang()), Post: at.Name.In(s.lang()),
		State: s.printer.T(s.State.Key()), Issued: p.now(),
	}
	if !s.SubmittedAt.IsZero() {
		sheet.Submitted = s.printer.Date(s.SubmittedAt.In(at.Location()))
	}
	for _, section := range s.d.Summary(s.content.Answers, s.lang()) {
		part := document.AnswerSection{Title: section.Title}
		for _, row := range section.Rows {
			answer := document.Answer{Label: row.Label, Lines: row.Lines}
			for _, id := range row.Files {
				if f, ok := s.attached(id); ok {
					answer.Lines = append(answer.Lines, f.Name)
				}
			}
			part.Answers = append(part.Answers, answer)
		}
		sheet.Sections = append(sheet.Sections, part)
	}
	pdf, err := sheet.PDF()
	if err != nil {
		return err
	}
	return download(w, "application/pdf", s.Reference+".pdf", pdf)
}

func download(w http.ResponseWriter, kind, name string, content []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "private, no-store")
	_, err := w.Write(content)
	return err
}

// everything is what Chancery keeps of an application, as the person gets it.
type everything struct {
	Reference   string         `json:"reference"`
	Service     string         `json:"service"`
	Post        string         `json:"post"`
	State       casework.State `json:"state"`
	Language    string         `json:"language"`
	Email       string         `json:"email,omitempty"`
	Proven      *time.Time     `json:"email_proven_at,omitempty"`
	Started     time.Time      `json:"started_at"`
	Saved       time.Time      `json:"saved_at"`
	Submitted   *time.Time     `json:"submitted_at,omitempty"`
	Version     string         `json:"questionnaire_version"`
	Answers     form.Answers   `json:"answers"`
	Submissions []form.Answers `json:"submissions,omitempty"`
	Files       []fileRecord   `json:"files"`
	Questions   []asked        `json:"questions,omitempty"`
	History     []happened     `json:"history"`
	Interview   string         `json:"interview,omitempty"`
}

type fileRecord struct {
	Path     string    `json:"path"` // in the archive
	Name     string    `json:"name"`
	Question string    `json:"question,omitempty"`
	Type     string    `json:"media_type"`
	Attached time.Time `json:"attached_at"`
}

type asked struct {
	Text     string     `json:"text"`
	Asked    time.Time  `json:"asked_at"`
	Answer   string     `json:"answer,omitempty"`
	Answered *time.Time `json:"answered_at,omitempty"`
}

type happened struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// instant is a moment that may not have come.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// data gives the person all that is kept about the application.
func (p *Pages) data(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sit(r)
	if err != nil {
		return err
	}
	all := everything{
		Reference: s.Reference, Service: s.ServiceID, Post: s.PostID, State: s.State, Language: s.Lang, Proven: instant(s.EmailProvenAt), Started: s.CreatedAt,
		Saved: s.SavedAt, Submitted: instant(s.SubmittedAt), Version: s.Version, Answers: s.content.Answers, Files: []fileRecord{}, Interview: s.Interview,
	}
	if err := p.collect(s, &all); err != nil {
		return err
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	put := func(name string, content []byte) error {
		to, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.now()})
		if err == nil {
			_, err = to.Write(content)
		}
		return err
	}
	for i, f := range s.content.Files {
		_, content, err := p.Cases.File(s.ctx, s.ID, f.ID)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("files/%02d-%s", i+1, path.Base(f.Name))
		all.Files = append(all.Files, fileRecord{name, f.Name, f.Question, f.MediaType, f.CreatedAt})
		if err := put(name, content); err != nil {
			return fmt.Errorf("collect the data of an application: %w", err)
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("collect the data of an application: %w", err)
	}
	if err := put("application.json", text); err != nil {
		return fmt.Errorf("collect the data of an application: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("collect the data of an application: %w", err)
	}
	return download(w, "application/zip", s.Reference+".zip", out.Bytes())
}

// collect adds what came after the first page.
func (p *Pages) collect(s *sitting, all *everything) error {
	var err error
	if all.Email, err = p.Cases.Email(s.Application); err != nil {
		return err
	}
	for n := 1; n <= s.Submission; n++ {
		handed, err := p.Cases.Handed(s.ctx, s.Application, n)
		if err != nil {
			return err
		}
		all.Submissions = append(all.Submissions, handed)
	}
	questions, err := p.Cases.Questions(s.ctx, s.ID)
	if err != nil {
		return err
	}
	for _, q := range questions {
		all.Questions = append(all.Questions, asked{q.Text, q.AskedAt, q.Answer, instant(q.AnsweredAt)})
	}
	events, err := p.Cases.History(s.ctx, s.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Shown() {
			all.History = append(all.History, happened{e.At, s.printer.T(e.Key())})
		}
	}
	return nil
}

type deletePage struct{ Title, Reference, Path, Back, Data string }

// askDelete asks before everything goes.
func (p *Pages) askDelete(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	return p.Web.Render(w, r, http.StatusOK, "formweb/delete.html", deletePage{s.d.Title.In(s.lang()), s.Reference, s.at("/delete"), s.at("/tasks"), s.at("/data")})
}

// delete erases an application that was not submitted.
func (p *Pages) delete(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	if err := p.Cases.Erase(s.ctx, audit.Applicant, s.ID); err != nil {
		return err
	}
	if err := p.Door.Forget(w, r, s.Reference); err != nil {
		return err
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "formweb.delete.done"})
	web.SeeOther(w, r, applicant.ReturnPath)
	return nil
}
