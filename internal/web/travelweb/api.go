package travelweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

func (room *Room) operations(a *api.API) {
	api.Register(a, huma.Operation{
		OperationID: "visa-policy", Method: http.MethodGet, Path: "/visa-policy", Summary: "Is a visa needed?", Tags: []string{"Travel"},
		Description: "What a traveller needs on the day of entry. An agreement counts only while it is in force. Texts are in the language of Accept-Language.",
	}, room.apiPolicy)
	api.Register(a, huma.Operation{
		OperationID: "read-mrz", Method: http.MethodPost, Path: "/mrz", Summary: "Read a machine-readable zone", Tags: []string{"Travel"},
		Description: "Reads the lines at the foot of a passport, a card or a visa by ICAO Doc 9303 (TD1, TD2, TD3, MRV-A, MRV-B) and says of every check digit whether it is right. " +
			"Spaces, small letters and look-alikes are read with a note. Nothing of it is kept.",
	}, room.apiZone)
}

// VisaAnswer is the answer to a question about a visa.
type VisaAnswer struct {
	Outcome    policy.Outcome `json:"outcome" enum:"visa-free,on-arrival,e-visa,embassy-visa,refused" example:"visa-free"`
	MaxDays    int            `json:"max_days" doc:"The longest stay in days; 0 when the visa says it" example:"90"`
	Period     *StayPeriod    `json:"period,omitempty" doc:"The window in which the days are counted"`
	Reasons    []string       `json:"reasons" doc:"Why, and what would be otherwise for fewer days or on another day" example:"[\"Azerbaijan and Qatar agreed that holders of national passports travel without a visa.\"]"`
	LegalBasis []string       `json:"legal_basis" doc:"Identifiers of records" example:"[\"waiver-qat-national\"]"`
	Documents  []string       `json:"documents" doc:"What to bring" example:"[\"A passport that is valid for at least three months after you leave\"]"`
	Rule       string         `json:"rule" doc:"The rule that decided" example:"waiver-qat"`
	Version    string         `json:"version" doc:"The version of the rules" example:"2026-11-01"`
	Source     string         `json:"source" enum:"release,demonstration" doc:"Where the rule comes from" example:"release"`
}

// StayPeriod is a window of days.
type StayPeriod struct {
	Days int `json:"days" example:"90"`
	In   int `json:"in" example:"180"`
}

type policyOutput struct{ Body VisaAnswer }

func (room *Room) apiPolicy(ctx context.Context, in *struct {
	Nationality string `query:"nationality" required:"true" minLength:"1" maxLength:"3" doc:"ISO 3166-1 alpha-3, or a code of ICAO Doc 9303-3 such as D<< or XXA" example:"QAT"`
	Document    string `query:"document" default:"national" enum:"national,diplomatic,service,identity-card,refugee,stateless,alien,laissez-passer,emergency" doc:"The travel document" example:"national"`
	Purpose     string `query:"purpose" default:"tourism" enum:"tourism,business,family,work,study,medical,culture,press,official,transit" doc:"Why the traveller comes" example:"tourism"`
	Days        int    `query:"days" minimum:"0" maximum:"3660" doc:"Length of the stay; 0 or nothing when not known yet" example:"14"`
	On          string `query:"on" format:"date" maxLength:"10" doc:"Day of entry; today when left out" example:"2026-11-25"`
}) (*policyOutput, error) {
	p := web.PrinterOf(ctx)
	q := policy.Question{Nationality: in.Nationality, Document: in.Document, Purpose: in.Purpose, Days: in.Days, On: in.On}
	if q.On == "" {
		q.On = room.today()
	}
	a, err := room.Policy.Decide(q)
	if err != nil {
		return nil, inQuery(err)
	}
	body := VisaAnswer{
		Outcome: a.Outcome, MaxDays: a.MaxDays, Reasons: append([]string{a.Reason.In(p.Lang())}, hints(p, a)...),
		LegalBasis: []string{}, Documents: []string{}, Rule: a.Rule, Version: room.Policy.Version, Source: a.Source,
	}
	if a.Period != (policy.Period{}) {
		body.Period = &StayPeriod{a.Period.Days, a.Period.In}
	}
	for _, record := range a.Basis {
		body.LegalBasis = append(body.LegalBasis, record.ID)
	}
	for _, need := range a.Needs {
		body.Documents = append(body.Documents, need.Text.In(p.Lang()))
	}
	return &policyOutput{body}, nil
}

// inQuery says that the fields of a fault stand in the query.
func inQuery(err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	moved := *f
	moved.Fields = nil
	for _, field := range f.Fields {
		field.Path = "query." + field.Path
		moved.Fields = append(moved.Fields, field)
	}
	return &moved
}

// Zone is a machine-readable zone as it was read.
type Zone struct {
	Format        string        `json:"format" enum:"TD1,TD2,TD3,MRV-A,MRV-B" example:"TD3"`
	Right         bool          `json:"right" doc:"All check digits are right and nothing is impossible" example:"true"`
	Document      ZoneDocument  `json:"document"`
	Issuer        ZoneCountry   `json:"issuer"`
	Surname       string        `json:"surname" example:"ERIKSSON"`
	GivenNames    string        `json:"given_names" example:"ANNA MARIA"`
	MayBeCutShort bool          `json:"names_may_be_truncated" doc:"The name field is full, so something may be missing"`
	Number        string        `json:"number" doc:"Document number" example:"L898902C3"`
	Nationality   ZoneCountry   `json:"nationality"`
	BirthDate     string        `json:"birth_date" doc:"EDTF; what is not known is left out, \"\" for all of it" example:"1974-08-12"`
	Sex           string        `json:"sex" enum:"F,M,X," doc:"X for not specified, \"\" when it cannot be read" example:"F"`
	ExpiryDate    string        `json:"expiry_date" doc:"EDTF; on a visa the last day on which it is valid" example:"2012-04-15"`
	Optional      string        `json:"optional" doc:"The issuer's own data; the personal number in passports" example:"ZE184226B"`
	Optional2     string        `json:"optional2" doc:"That of the second line of a TD1" example:""`
	Checks        []ZoneCheck   `json:"checks"`
	Notes         []ZoneNote    `json:"notes" doc:"What was read otherwise than it was sent, and what to look at again"`
	Problems      []ZoneProblem `json:"problems" doc:"What cannot be as it stands"`
	Lines         []string      `json:"lines" doc:"The lines as they were read" example:"[\"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\",\"L898902C36UTO7408122F1204159ZE184226B<<<<<10\"]"`
}

// ZoneDocument is what kind of document it is.
type ZoneDocument struct {
	Code string `json:"code" example:"P"`
	Kind string `json:"kind" doc:"ordinary, emergency, diplomatic, service, refugee, alien, stateless, laissez-passer, military, single-sheet, passport for other second letters, crew, card, visa, or nothing" example:"passport"`
}

// ZoneCountry is a code with its name.
type ZoneCountry struct {
	Code string `json:"code" doc:"As in the zone, without fillers" example:"UTO"`
	Name string `json:"name" doc:"The code itself when it is not known" example:"UTO"`
}

// ZoneCheck is one check digit.
type ZoneCheck struct {
	Of     string `json:"of" enum:"number,birth,expiry,optional,composite" example:"number"`
	Line   int    `json:"line" example:"2"`
	Column int    `json:"column" example:"10"`
	Got    string `json:"got" example:"6"`
	Want   string `json:"want" example:"6"`
	Right  bool   `json:"right" example:"true"`
}

// ZoneNote is something to know about the reading.
type ZoneNote struct {
	Kind    string `json:"kind" example:"look-alike"`
	Line    int    `json:"line" example:"2"`
	Column  int    `json:"column" doc:"0 for the whole line" example:"14"`
	From    string `json:"from" example:"O"`
	To      string `json:"to" example:"0"`
	Message string `json:"message" example:"“O” was read as 0: nothing else can stand here."`
}

// ZoneProblem is a field that cannot be right.
type ZoneProblem struct {
	Field   string `json:"field" example:"birth"`
	Message string `json:"message" example:"This is no date."`
}

type zoneOutput struct{ Body Zone }

func (room *Room) apiZone(ctx context.Context, in *struct {
	Body struct {
		Lines []string `json:"lines" minItems:"1" maxItems:"10" doc:"The lines, or one text with all of them" example:"[\"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\",\"L898902C36UTO7408122F1204159ZE184226B<<<<<10\"]"`
	}
}) (*zoneOutput, error) {
	p := web.PrinterOf(ctx)
	z, err := mrz.Parse(in.Body.Lines, room.web.Now())
	if err != nil {
		return nil, err
	}
	named := func(code string) ZoneCountry { return ZoneCountry{Code: code, Name: country.Name(code, p.Lang())} }
	body := Zone{
		Format: z.Format.String(), Right: z.Right(), Document: ZoneDocument{Code: z.Code, Kind: z.Kind()}, Issuer: named(z.Issuer),
		Surname: z.Surname, GivenNames: z.GivenNames, MayBeCutShort: z.NamesMayBeTruncated, Number: z.Number, Nationality: named(z.Nationality),
		BirthDate: z.Birth.String(), Sex: z.Sex, ExpiryDate: z.Expiry.String(), Optional: z.Optional, Optional2: z.Optional2,
		Checks: []ZoneCheck{}, Notes: []ZoneNote{}, Problems: []ZoneProblem{}, Lines: z.Lines,
	}
	for _, c := range z.Checks {
		body.Checks = append(body.Checks, ZoneCheck{Of: c.Of, Line: c.Line, Column: c.Column, Got: string(c.Got), Want: string(c.Want), Right: c.Right})
	}
	for _, n := range z.Notes {
		body.Notes = append(body.Notes, ZoneNote{Kind: n.Kind, Line: n.Line, Column: n.Column, From: n.From, To: n.To,
			Message: p.T(key("travel.mrz.note.", n.Kind), fault.Args{"From": n.From, "To": n.To})})
	}
	for _, problem := range z.Problems {
		body.Problems = append(body.Problems, ZoneProblem{Field: problem.Field, Message: p.T(problem.Key)})
	}
	return &zoneOutput{body}, nil
}
