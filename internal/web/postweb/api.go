package postweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

// Post is a post as lists show it (exported for huma, which leaves out embedded
// types that are not). Texts are in the language of Accept-Language.
type Post struct {
	ID       string   `json:"id" example:"london"`
	Name     string   `json:"name" example:"Embassy in London"`
	Type     string   `json:"type" enum:"reception-centre,embassy,embassy-office,consulate-general,permanent-mission,representation" example:"embassy"`
	Country  string   `json:"country" doc:"ISO 3166-1 alpha-3" example:"GBR"`
	City     string   `json:"city" example:"London"`
	TimeZone string   `json:"time_zone" doc:"IANA time zone" example:"Europe/London"`
	Services []string `json:"services" doc:"Identifiers of the services offered" example:"[\"passport-renewal\"]"`
}

type apiPostDetail struct {
	Post
	CountryName          string       `json:"country_name" example:"United Kingdom"`
	Address              string       `json:"address" example:"Demonstration address, London"`
	Latitude             float64      `json:"latitude" doc:"WGS 84 degrees north" example:"51.5074"`
	Longitude            float64      `json:"longitude" doc:"WGS 84 degrees east" example:"-0.1278"`
	Phone                string       `json:"phone" example:"+44 20 7946 0015"`
	Email                string       `json:"email" example:"london@posts.example.org"`
	Opening              string       `json:"opening" example:"Monday to Friday, 09:00–13:00"`
	MinimumNoticeMinutes int          `json:"minimum_notice_minutes" doc:"Places that start sooner cannot be booked" example:"120"`
	HorizonDays          int          `json:"horizon_days" doc:"How many days ahead places are made" example:"60"`
	Closed               []apiClosure `json:"closed" doc:"Holidays and closures of the next 90 days, in order of their kind and date"`
}

type apiClosure struct {
	From   string `json:"from" format:"date" doc:"First local day" example:"2026-12-25"`
	To     string `json:"to" format:"date" doc:"Last local day" example:"2026-12-25"`
	Reason string `json:"reason" example:"Christmas Day"`
}

// Service is a service as lists show it.
type Service struct {
	ID              string   `json:"id" example:"passport-renewal"`
	Title           string   `json:"title" example:"Passport renewal"`
	Summary         string   `json:"summary" example:"Replace a passport that has expired."`
	DurationMinutes int      `json:"duration_minutes" doc:"Of an appointment; 0 for a service that is only applied for" example:"20"`
	MaxParty        int      `json:"max_party" doc:"How many people one booking may hold; 0 where nothing is booked" example:"6"`
	Fee             apiFee   `json:"fee"`
	Languages       []string `json:"languages" doc:"BCP 47" example:"[\"az\",\"en\"]"`
	Release         string   `json:"release" enum:"rolling,batch,ballot,none" doc:"How places usually become bookable; a post's plan may differ; none where nothing is booked" example:"rolling"`
	ApplyURL        string   `json:"apply_url,omitempty" format:"uri" doc:"Where people apply for it online" example:"https://example.org/services/visa-application/apply"`
}

type apiFee struct {
	Minor    int64  `json:"minor" doc:"Amount in minor units, 0 for free" example:"4000"`
	Currency string `json:"currency" doc:"ISO 4217" example:"AZN"`
	Note     string `json:"note,omitempty"`
}

type apiServiceDetail struct {
	Service
	Audience           string          `json:"audience" doc:"Who may come"`
	Bring              []apiItem       `json:"bring"`
	Identifiers        []apiIdentifier `json:"identifiers" doc:"Documents whose number may stand for an applicant"`
	PlacesPerApplicant int             `json:"places_per_applicant" example:"1"`
	Posts              []string        `json:"posts" doc:"Identifiers of the posts that offer it" example:"[\"london\"]"`
	Interview          string          `json:"interview,omitempty" doc:"The service that is booked for an interview" example:"visa-interview"`
	Questionnaire      map[string]any  `json:"questionnaire,omitempty" doc:"JSON Schema (draft 2020-12) of the answers to an application, in the language of Accept-Language. Conditions and checks that it cannot say stand in it as x-when, x-checks and x-range."`
}

type apiItem struct {
	Text string `json:"text" example:"Your present passport"`
	Link string `json:"link,omitempty" format:"uri"`
}

type apiIdentifier struct {
	Document string `json:"document" enum:"passport,national-id,birth-certificate,parents-document,return-certificate,police-report" example:"passport"`
	Hint     string `json:"hint" example:"The number of your present passport"`
}

// list and single are answers.
type (
	list[T any]   struct{ Body []T }
	single[T any] struct{ Body T }
)

// Operations adds the operations to the API.
func (p *Pages) Operations(a *api.API) {
	api.Register(a, huma.Operation{OperationID: "list-posts", Method: http.MethodGet, Path: "/posts", Summary: "Posts", Tags: []string{"Posts"},
		Description: "All posts that are open to the public; there are some tens, so they come in one answer."}, p.apiPosts)
	api.Register(a, huma.Operation{OperationID: "get-post", Method: http.MethodGet, Path: "/posts/{post}", Summary: "One post", Tags: []string{"Posts"}}, p.apiPost)
	api.Register(a, huma.Operation{OperationID: "list-services", Method: http.MethodGet, Path: "/services", Summary: "Services", Tags: []string{"Services"}}, p.apiServices)
	api.Register(a, huma.Operation{OperationID: "get-service", Method: http.MethodGet, Path: "/services/{service}", Summary: "One service", Tags: []string{"Services"}}, p.apiService)
}

func langOf(ctx context.Context) string { return web.PrinterOf(ctx).Lang() }

func toAPI(p post.Post, lang string) Post {
	return Post{
		ID: p.ID, Name: p.Name.In(lang), Type: string(p.Type), Country: p.Country, City: p.City.In(lang), TimeZone: p.Zone,
		Services: append([]string{}, p.Services...),
	}
}

func (p *Pages) apiPosts(ctx context.Context, in *struct {
	Country string `query:"country" maxLength:"3" doc:"Only in this country, ISO 3166-1 alpha-3" example:"GBR"`
	Service string `query:"service" maxLength:"100" doc:"Only those that offer this service" example:"passport-renewal"`
	Query   string `query:"q" maxLength:"100" doc:"Only those whose city, country or name begins so, with or without marks on letters" example:"London"`
}) (*list[Post], error) {
	found, err := p.Posts.Search(ctx, in.Query)
	if err != nil {
		return nil, err
	}
	out := &list[Post]{Body: []Post{}}
	for _, one := range found {
		if (in.Country == "" || one.Country == in.Country) && (in.Service == "" || one.Offers(in.Service)) {
			out.Body = append(out.Body, toAPI(one, langOf(ctx)))
		}
	}
	return out, nil
}

// closedDays is how far a post's closed days are told.
const closedDays = 90

func (p *Pages) apiPost(ctx context.Context, in *struct {
	Post string `path:"post" maxLength:"100" doc:"The post's id" example:"london"`
}) (*single[apiPostDetail], error) {
	of, err := p.Posts.Get(ctx, in.Post)
	if err != nil {
		return nil, err
	}
	if !of.Active {
		return nil, fault.NewNotFound("post.not_found")
	}
	lang := langOf(ctx)
	now := p.web.Now()
	today, _ := post.Local(of.Location(), now)
	last, _ := post.Local(of.Location(), now.AddDate(0, 0, closedDays))
	closed := []apiClosure{}
	holidays, err := p.Posts.Holidays(ctx, of.ID, today, last)
	if err != nil {
		return nil, err
	}
	for _, h := range holidays {
		closed = append(closed, apiClosure{From: h.Date, To: h.Date, Reason: h.Name.In(lang)})
	}
	closures, err := p.Posts.Closures(ctx, of.ID, today, last)
	if err != nil {
		return nil, err
	}
	for _, c := range closures {
		closed = append(closed, apiClosure{From: c.From, To: c.To, Reason: c.Reason.In(lang)})
	}
	return &single[apiPostDetail]{apiPostDetail{
		Post: toAPI(of, lang), CountryName: of.CountryName(lang), Address: of.Address.In(lang),
		Latitude: of.Latitude, Longitude: of.Longitude, Phone: of.Phone, Email: of.Email, Opening: of.Opening.In(lang),
		MinimumNoticeMinutes: of.MinimumNoticeMinutes, HorizonDays: of.HorizonDays, Closed: closed,
	}}, nil
}

func (p *Pages) toAPIService(s catalogue.Service, lang string) Service {
	return Service{
		ID: s.ID, Title: s.Title.In(lang), Summary: s.Summary.In(lang), DurationMinutes: s.DurationMinutes, MaxParty: s.MaxParty,
		Fee:       apiFee{Minor: s.Fee.Minor, Currency: s.Fee.Currency, Note: s.Fee.Note.In(lang)},
		Languages: s.Languages, Release: string(s.Release.Kind), ApplyURL: p.applyURL(s.ID),
	}
}

func (p *Pages) apiServices(ctx context.Context, _ *struct{}) (*list[Service], error) {
	out := &list[Service]{Body: []Service{}}
	for _, s := range p.Services.Services() {
		out.Body = append(out.Body, p.toAPIService(s, langOf(ctx)))
	}
	for _, d := range p.Questionnaires.All() {
		if _, err := p.Services.Service(d.ServiceID); err != nil {
			out.Body = append(out.Body, p.appliedFor(d, langOf(ctx)))
		}
	}
	return out, nil
}

// appliedFor is a service that has a questionnaire, and no appointments of its
// own.
func (p *Pages) appliedFor(d *form.Definition, lang string) Service {
	return Service{
		ID: d.ServiceID, Title: d.Title.In(lang), Summary: d.About.In(lang), Fee: apiFee{Minor: d.Case.FeeMinor, Currency: d.Case.FeeCurrency},
		Languages: slices.Clone(locale.Languages), Release: "none", ApplyURL: p.applyURL(d.ServiceID),
	}
}

func (p *Pages) applyURL(service string) string {
	if _, ok := p.Questionnaires.For(service); !ok {
		return ""
	}
	return p.web.BaseURL() + "/services/" + service + "/apply"
}

func (p *Pages) apiService(ctx context.Context, in *struct {
	Service string `path:"service" maxLength:"100" doc:"The service's id" example:"passport-renewal"`
}) (*single[apiServiceDetail], error) {
	d, applied := p.Questionnaires.For(in.Service)
	s, err := p.Services.Service(in.Service)
	if err != nil && !(applied && fault.KindOf(err) == fault.NotFound) {
		return nil, err
	}
	lang := langOf(ctx)
	detail := apiServiceDetail{Bring: []apiItem{}, Identifiers: []apiIdentifier{}, Posts: []string{}}
	offered := s.ID
	if applied {
		detail.Interview, detail.Questionnaire = d.Case.Appointment, d.JSONSchema(lang)
	}
	if err != nil {
		// The posts that interview are those that decide.
		detail.Service, offered = p.appliedFor(d, lang), d.Case.Appointment
	} else {
		detail.Service, detail.Audience, detail.PlacesPerApplicant = p.toAPIService(s, lang), s.Audience.In(lang), s.PlacesPerApplicant
	}
	for _, item := range s.Bring {
		detail.Bring = append(detail.Bring, apiItem{Text: item.Text.In(lang), Link: item.Link})
	}
	for _, id := range s.Identifiers {
		detail.Identifiers = append(detail.Identifiers, apiIdentifier{Document: string(id.Document), Hint: id.Hint.In(lang)})
	}
	offering, err := p.offering(ctx, offered)
	if err != nil {
		return nil, err
	}
	for _, one := range offering {
		detail.Posts = append(detail.Posts, one.ID)
	}
	return &single[apiServiceDetail]{detail}, nil
}

// offering lists the posts of a service; "" stands for one that all posts give.
func (p *Pages) offering(ctx context.Context, service string) ([]post.Post, error) {
	if service == "" {
		return p.Posts.List(ctx)
	}
	return p.Posts.Offering(ctx, service)
}
