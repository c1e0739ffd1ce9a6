package formweb

import (
	"net/http"
	"net/url"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

type emailPage struct {
	*web.Form
	Path, Back, Return string
	// For is why the address is asked for: "files", "leave", "submit" or "".
	For string
}

// email asks for the address to which codes and decisions go.
func (p *Pages) email(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	address, err := p.Cases.Email(s.Application)
	if err != nil {
		return err
	}
	if address == "" {
		address = s.answeredEmail()
	}
	query := r.URL.Query()
	return p.showEmail(w, r, http.StatusOK, s, web.NewForm(url.Values{"email": {address}}), query.Get("for"), applicant.Back(query.Get("back"), ""))
}

// answeredEmail is the first address that the answers hold.
func (s *sitting) answeredEmail() string {
	for i := range s.d.Pages {
		for _, q := range s.d.Pages[i].Questions {
			if text, ok := s.content.Answers[q.ID].(string); ok && q.Type == form.TypeEmail && s.d.Pages[i].Repeat == nil {
				return text
			}
		}
	}
	return ""
}

func (p *Pages) showEmail(w http.ResponseWriter, r *http.Request, status int, s *sitting, shown *web.Form, why, back string) error {
	page := emailPage{Form: shown, Path: s.at("/email"), Back: s.at("/tasks"), Return: back}
	switch why {
	case "files", "leave", "submit":
		page.For = why
	}
	return p.Web.Render(w, r, status, "formweb/email.html", page)
}

// setEmail keeps the address and mails a code to it.
func (p *Pages) setEmail(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	back := applicant.Back(in.Value("back"), "")
	err = p.Admit(s.ctx, in.Value("email"))
	if err == nil {
		_, err = p.Cases.SetEmail(s.ctx, s.ID, in.Value("email"))
	}
	if err == nil {
		err = p.Cases.SendCode(s.ctx, s.ID)
	}
	if status := refusal(in, err); status > 0 {
		return p.showEmail(w, r, status, s, in, in.Value("for"), back)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, withBack(s.at("/code"), back))
	return nil
}

type codePage struct {
	*web.Form
	Path, Back, Return string
	Email, EmailPath   string
	Minutes            int
}

// code asks for the code that proves the address.
func (p *Pages) code(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	return p.showCode(w, r, http.StatusOK, s, &web.Form{}, applicant.Back(r.URL.Query().Get("back"), ""))
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request, status int, s *sitting, shown *web.Form, back string) error {
	address, err := p.Cases.Email(s.Application)
	if err != nil {
		return err
	}
	if address == "" {
		web.SeeOther(w, r, withBack(s.at("/email"), back))
		return nil
	}
	return p.Web.Render(w, r, status, "formweb/code.html", codePage{
		Form: shown, Path: s.at("/code"), Back: withBack(s.at("/email"), back), Return: back, Email: address, EmailPath: s.at("/email"), Minutes: int(casework.CodeFor.Minutes()),
	})
}

// prove takes the code.
func (p *Pages) prove(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	back := applicant.Back(in.Value("back"), "")
	_, token, err := p.Cases.Confirm(s.ctx, s.Reference, in.Value("code"))
	if in.Refuse(err) {
		return p.showCode(w, r, http.StatusUnprocessableEntity, s, in, back)
	} else if err != nil {
		return err
	}
	p.Door.Remember(w, r, s.Reference, token)
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "formweb.code.proven"})
	if back == "" {
		back = s.at("/tasks")
	}
	web.SeeOther(w, r, back)
	return nil
}

type leavePage struct {
	*comeBack
	Path, Tasks string
}

// leave says how to come back; whoever gave no address is asked for it first.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	if !s.proven() && !r.URL.Query().Has("anyway") {
		web.SeeOther(w, r, s.at("/email?")+url.Values{"for": {"leave"}, "back": {s.at("/leave")}}.Encode())
		return nil
	}
	page := leavePage{Path: s.at("/leave"), Tasks: s.at("/tasks")}
	if page.comeBack, err = p.comeBack(s); err != nil {
		return err
	}
	return p.Web.Render(w, r, http.StatusOK, "formweb/leave.html", page)
}

// left has this browser see the application no longer.
func (p *Pages) left(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sit(r)
	if err != nil {
		return err
	}
	if err := p.Door.Forget(w, r, s.Reference); err != nil {
		return err
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "formweb.leave.done"})
	web.SeeOther(w, r, applicant.ReturnPath)
	return nil
}
