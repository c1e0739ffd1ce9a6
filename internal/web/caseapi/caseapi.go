package caseapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

// Posts finds posts; *post.Service does.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
}

// Questionnaires finds the questionnaire of a service in its version of today;
// *form.Set does.
type Questionnaires interface {
	For(serviceID string) (*form.Definition, bool)
}

// Operations are what the API needs from the rooms; all of it.
type Operations struct {
	Cases  *casework.Service
	Forms  Questionnaires
	Posts  Posts
	Intake *upload.Intake
	// Admit counts a request that has mail sent to an address; Busy when there
	// were too many.
	Admit func(ctx context.Context, address string) error
	Now   func() time.Time
}

// fileLimit is a file of the largest size in base64, and what lies around it, in
// bytes.
const fileLimit = casework.MaxFile/3*4 + 1<<20

// pageLimit is the answers of the largest page, in bytes.
const pageLimit = 512 << 10

type (
	one[T any] struct{ Body T }
	none       struct{}
)

// Access names an application and shows that it is the asker's.
type Access struct {
	Authorization string `header:"Authorization" hidden:"true"`
	Reference     string `path:"reference" maxLength:"20" example:"K7QX-2M9D"`
}

// Register adds the operations to the API.
func (o Operations) Register(a *api.API) {
	open := func(op huma.Operation) huma.Operation {
		op.Tags = []string{"Applications"}
		return op
	}
	own := func(op huma.Operation) huma.Operation {
		op.Security = api.WithToken
		return open(op)
	}
	const at = "/applications/{reference}"
	api.Register(a, open(huma.Operation{
		OperationID: "start-application", Method: http.MethodPost, Path: "/applications", Summary: "Start an application", DefaultStatus: http.StatusCreated,
		Description: "Starts an empty application, bound to the questionnaire's version of today. Its token opens it for twelve hours; a code sent by " +
			"return-to-application gives a new one. What is not handed in is erased thirty days after the last change.",
	}), o.start)
	api.Register(a, open(huma.Operation{
		OperationID: "return-to-application", Method: http.MethodPost, Path: at + "/return", Summary: "Come back to an application", DefaultStatus: http.StatusAccepted,
		Description: "Mails a code to the address when it is that of the application and was proven before. The answer is the same when it is not.",
	}), o.comeBack)
	api.Register(a, open(huma.Operation{
		OperationID: "confirm-application", Method: http.MethodPost, Path: at + "/confirm", Summary: "Prove the e-mail address",
		Description: "Takes the code from the e-mail, which is worth nothing afterwards, and gives a new token. Five wrong codes spend a code.",
	}), o.confirm)
	api.Register(a, own(huma.Operation{
		OperationID: "get-application", Method: http.MethodGet, Path: at, Summary: "Where an application stands",
	}), o.get)
	api.Register(a, own(huma.Operation{
		OperationID: "get-answers", Method: http.MethodGet, Path: at + "/answers", Summary: "Read the answers",
		Description: "What was saved so far, as the JSON Schema of the service's questionnaire describes it, and the files.",
	}), o.answers)
	api.Register(a, own(huma.Operation{
		OperationID: "put-page", Method: http.MethodPut, Path: at + "/pages/{page}", Summary: "Answer a page", MaxBodyBytes: pageLimit,
		Description: "Replaces the answers to one page. They are checked as on the page itself, and come back normalised. version is the page's version that was " +
			"read last, 0 for a page without answers; conflict when the page was changed since. The answers to a repeating page are a list of all rounds under the page's id.",
	}), o.putPage)
	api.Register(a, own(huma.Operation{
		OperationID: "attach-file", Method: http.MethodPost, Path: at + "/files", Summary: "Attach a file", DefaultStatus: http.StatusCreated, MaxBodyBytes: fileLimit,
		Description: "Takes PDF, JPEG, PNG and WebP by their content, cleans them of everything unseen and keeps them sealed. The answer that names the file is " +
			"saved apart, with put-page. Portraits are measured, and what was measured is told.",
	}), o.attach)
	api.Register(a, own(huma.Operation{
		OperationID: "detach-file", Method: http.MethodDelete, Path: at + "/files/{file}", Summary: "Remove a file", DefaultStatus: http.StatusNoContent,
	}), o.detach)
	api.Register(a, own(huma.Operation{
		OperationID: "send-application-code", Method: http.MethodPost, Path: at + "/code", Summary: "Send a code to the e-mail address", DefaultStatus: http.StatusAccepted,
		Description: "The earlier code is void. At most six a day.",
	}), o.sendCode)
	api.Register(a, own(huma.Operation{
		OperationID: "submit-application", Method: http.MethodPost, Path: at + "/submit", Summary: "Hand in",
		Description: "Checks all answers. Conflict when the e-mail address is not proven. Handing in again what is handed in changes nothing.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}), o.submit)
	api.Register(a, own(huma.Operation{
		OperationID: "answer-question", Method: http.MethodPost, Path: at + "/answer", Summary: "Answer an officer's question",
		Description: "With what was saved and attached since the question.",
	}), o.answer)
	api.Register(a, own(huma.Operation{
		OperationID: "withdraw-application", Method: http.MethodPost, Path: at + "/withdraw", Summary: "Withdraw an application",
		Description: "As long as it is not decided. Withdrawing what is withdrawn changes nothing.",
	}), o.withdraw)
}

// open finds the application by its token. A wrong or old token is
// unauthenticated, one of another application not found, whatever there is.
func (o Operations) open(ctx context.Context, in Access) (*casework.Application, error) {
	scheme, token, _ := strings.Cut(in.Authorization, " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, fault.NewUnauthenticated("caseapi.no_token")
	}
	a, err := o.Cases.Open(ctx, token)
	if fault.KindOf(err) == fault.Unauthenticated {
		return nil, fault.NewUnauthenticated("caseapi.no_token")
	}
	if err != nil {
		return nil, err
	}
	if reference, ok := casework.ParseReference(in.Reference); !ok || reference != a.Reference {
		return nil, fault.NewNotFound("casework.not_found")
	}
	return a, nil
}

type applicationToStart struct {
	Service  string `json:"service" maxLength:"100" doc:"A service with a questionnaire" example:"visa-application"`
	Post     string `json:"post" maxLength:"100" doc:"That is to decide" example:"london"`
	Language string `json:"language,omitempty" maxLength:"35" doc:"Of the mails, BCP 47" example:"en"`
	Email    string `json:"email" maxLength:"400" doc:"Gets codes and news" example:"aysel@example.org"`
}

type startedApplication struct {
	Token string `json:"token" doc:"Send it as Authorization: Bearer" example:"fDjGEDrL0duS8cZhOEVKbA"`
	Application
}

func (o Operations) start(ctx context.Context, in *struct{ Body applicationToStart }) (*one[startedApplication], error) {
	d, ok := o.Forms.For(in.Body.Service)
	if !ok {
		return nil, fault.NewInvalid(fault.Field{Path: "service", Key: "casework.no_questionnaire"})
	}
	at, err := o.Posts.Get(ctx, in.Body.Post)
	if fault.KindOf(err) == fault.NotFound || err == nil && (!at.Active || d.Case.Appointment != "" && !at.Offers(d.Case.Appointment)) {
		return nil, fault.NewInvalid(fault.Field{Path: "post", Key: "caseapi.not_there"})
	} else if err != nil {
		return nil, err
	}
	if err := o.Admit(ctx, in.Body.Email); err != nil {
		return nil, err
	}
	a, err := o.Cases.Start(ctx, casework.Beginning{
		ServiceID: d.ServiceID, PostID: at.ID, Lang: language(ctx, in.Body.Language), Channel: casework.API, Email: in.Body.Email,
	})
	if err != nil {
		return nil, err
	}
	token, err := o.Cases.Admit(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return o.opened(ctx, a, token)
}

// opened is the answer that brings a token.
func (o Operations) opened(ctx context.Context, a *casework.Application, token string) (*one[startedApplication], error) {
	view, err := o.view(ctx, a)
	if err != nil {
		return nil, err
	}
	return &one[startedApplication]{Body: startedApplication{Token: token, Application: view}}, nil
}

// language is that of the mails: the one asked for, else that of the request.
func language(ctx context.Context, wanted string) string {
	if wanted == "" {
		return web.PrinterOf(ctx).Lang()
	}
	return matched(wanted)
}

func (o Operations) comeBack(ctx context.Context, in *struct {
	Reference string `path:"reference" maxLength:"20" example:"K7QX-2M9D"`
	Body      struct {
		Email string `json:"email" maxLength:"400" example:"aysel@example.org"`
	}
}) (*none, error) {
	if err := o.Admit(ctx, in.Body.Email); err != nil {
		return nil, err
	}
	return &none{}, o.Cases.Return(ctx, in.Reference, in.Body.Email)
}

func (o Operations) confirm(ctx context.Context, in *struct {
	Reference string `path:"reference" maxLength:"20" example:"K7QX-2M9D"`
	Body      struct {
		Code string `json:"code" maxLength:"20" example:"123456" doc:"From the e-mail"`
	}
}) (*one[startedApplication], error) {
	a, token, err := o.Cases.Confirm(ctx, in.Reference, strings.Join(strings.Fields(in.Body.Code), ""))
	if err != nil {
		return nil, err
	}
	return o.opened(ctx, a, token)
}

type sentCode struct {
	ExpiresAt time.Time `json:"expires_at" doc:"The code must be given before" example:"2026-12-01T10:15:00+00:00"`
}

func (o Operations) sendCode(ctx context.Context, in *struct{ Access }) (*one[sentCode], error) {
	a, err := o.open(ctx, in.Access)
	if err != nil {
		return nil, err
	}
	address, err := o.Cases.Email(a)
	if err != nil {
		return nil, err
	}
	if err := o.Admit(ctx, address); err != nil {
		return nil, err
	}
	if err := o.Cases.SendCode(ctx, a.ID); err != nil {
		return nil, err
	}
	if a, err = o.Cases.Application(ctx, a.ID); err != nil {
		return nil, err
	}
	at, err := o.Posts.Get(ctx, a.PostID)
	return &one[sentCode]{Body: sentCode{o.Cases.CodeExpires(a).Truncate(time.Second).In(at.Location())}}, err
}

func (o Operations) get(ctx context.Context, in *struct{ Access }) (*one[Application], error) {
	a, err := o.open(ctx, in.Access)
	if err != nil {
		return nil, err
	}
	return o.show(ctx, a)
}

func (o Operations) show(ctx context.Context, a *casework.Application) (*one[Application], error) {
	view, err := o.view(ctx, a)
	return &one[Application]{Body: view}, err
}

func (o Operations) submit(ctx context.Context, in *struct{ Access }) (*one[Application], error) {
	return o.change(ctx, in.Access, o.Cases.Submit)
}

func (o Operations) withdraw(ctx context.Context, in *struct{ Access }) (*one[Application], error) {
	return o.change(ctx, in.Access, o.Cases.Withdraw)
}

func (o Operations) answer(ctx context.Context, in *struct {
	Access
	Body struct {
		Text string `json:"text" maxLength:"20000" doc:"At most 4000 characters" example:"The hotel is in Baku; its confirmation is among the files now."`
	}
}) (*one[Application], error) {
	return o.change(ctx, in.Access, func(ctx context.Context, id string) (*casework.Application, error) {
		return o.Cases.Answer(ctx, id, in.Body.Text)
	})
}

// change takes a step of the application, and shows where it stands then.
func (o Operations) change(ctx context.Context, in Access, step func(ctx context.Context, id string) (*casework.Application, error)) (*one[Application], error) {
	a, err := o.open(ctx, in)
	if err != nil {
		return nil, err
	}
	if a, err = step(ctx, a.ID); err != nil {
		return nil, about(ctx, "answers", err)
	}
	return o.show(ctx, a)
}

// about says in the reader's language what is wrong with answers, and where they
// lie. What is about the text that came with the request stays where it is.
func about(ctx context.Context, where string, err error) error {
	f := fault.As(form.In(err, web.PrinterOf(ctx).Lang()))
	if f == nil || f.Kind != fault.Invalid {
		return err
	}
	moved := *f
	moved.Fields = nil
	for _, field := range f.Fields {
		if field.Path != "text" {
			field.Path = where + "." + field.Path
		}
		moved.Fields = append(moved.Fields, field)
	}
	return &moved
}
