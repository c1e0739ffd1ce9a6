package verifyweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

// Verification is the answer about a document.
type Verification struct {
	Outcome  string            `json:"outcome" enum:"genuine,not-yet,expired,superseded,annulled,revoked,altered,unknown,mistyped,unreadable" doc:"not-yet: genuine, valid from a later day; altered: the file is not as it was issued; mistyped: no code can read so; unreadable: a file without anything to check" example:"genuine"`
	Good     bool              `json:"good" doc:"Genuine and not ended" example:"true"`
	Since    *time.Time        `json:"since,omitempty" doc:"When it was superseded, annulled or revoked"`
	Document *VerifiedDocument `json:"document,omitempty" doc:"Left out when nothing of ours was found"`
}

// VerifiedDocument is what the paper itself shows.
type VerifiedDocument struct {
	Kind         string         `json:"kind" example:"visa"`
	Number       string         `json:"number" example:"V-BERLIN-2026-000123"`
	Issued       time.Time      `json:"issued"`
	SupersededBy string         `json:"superseded_by,omitempty" doc:"Number of what took its place" example:"V-BERLIN-2026-000124"`
	Shown        []VerifiedLine `json:"shown"`
}

// VerifiedLine is one thing that the paper shows.
type VerifiedLine struct {
	Name  string `json:"name" example:"surname"`
	Label string `json:"label" doc:"In the language of Accept-Language" example:"Surname"`
	Value string `json:"value" doc:"Dates as YYYY-MM-DD or less, countries as ICAO codes, words in English" example:"YILMAZ"`
}

type verificationOutput struct{ Body Verification }

func (p *Pages) operations(a *api.API) {
	api.Register(a, huma.Operation{
		OperationID: "verify-code", Method: http.MethodGet, Path: "/verify/{code}", Summary: "Is the document with this code genuine?", Tags: []string{"Verification"},
		Description: "Answers for the code that stands on a document. It says what the paper shows and nothing else; checks are counted, those who check are not known.",
	}, func(ctx context.Context, in *struct {
		Code string `path:"code" maxLength:"64" doc:"In any case, with or without hyphens" example:"K7QX-2M9D-4F6T-8WPA"`
	}) (*verificationOutput, error) {
		found, err := p.Office.Check(ctx, in.Code)
		return verification(ctx, found, err)
	})
	api.Register(a, huma.Operation{
		OperationID: "verify-file", Method: http.MethodPost, Path: "/verify", Summary: "Is this file as it was issued?", Tags: []string{"Verification"},
		Description: "Answers for a PDF as it was downloaded. Nothing of it is kept.", MaxBodyBytes: MaxFile,
	}, func(ctx context.Context, in *struct {
		RawBody []byte `contentType:"application/pdf"`
	}) (*verificationOutput, error) {
		found, err := p.Office.CheckFile(ctx, in.RawBody)
		return verification(ctx, found, err)
	})
}

func verification(ctx context.Context, found *paper.Answer, err error) (*verificationOutput, error) {
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(ctx)
	body := Verification{Outcome: string(found.Outcome), Good: found.Good()}
	if d := found.Document; d != nil {
		body.Document = &VerifiedDocument{Kind: d.Kind, Number: d.ActLabel, Issued: d.IssuedAt, SupersededBy: d.SupersededBy, Shown: []VerifiedLine{}}
		for _, line := range d.Shown {
			body.Document.Shown = append(body.Document.Shown, VerifiedLine{paper.Name(line), printer.T(line.Label), paper.Word(line)})
		}
		if !found.Since.IsZero() {
			body.Since = &found.Since
		}
	}
	return &verificationOutput{body}, nil
}
