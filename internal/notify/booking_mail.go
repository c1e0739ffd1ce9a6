package notify

import (
	"bytes"
	"embed"
	"fmt"
	html "html/template"
	"io"
	"reflect"
	"slices"
	"strings"
	text "text/template"
	"unicode"

	"github.com/chancery/chancery/internal/locale"
)

//go:embed templates
var templates embed.FS

// letter is how the mail of one kind is put together. Its sentences are
// notify.KIND.NAME; a sentence whose name follows ":" in "Field:name" is said
// only when that field of BookingData has a text.
type letter struct {
	before, after []string
	// appointment shows what, where and when; bring adds what to bring.
	appointment, bring bool
	links              []link
}

// link is a way on: the label notify.link.NAME leads to the address in a field
// of BookingData. The first one is the button.
type link struct{ name, field string }

var (
	manage    = link{"manage", "ManageURL"}
	cancelIt  = link{"cancel", "CancelURL"}
	choose    = link{"choose", "ManageURL"}
	accept    = link{"accept", "ActionURL"}
	confirm   = link{"confirm", "ActionURL"}
	enrol     = link{"enrol", "ActionURL"}
	bookAgain = link{"book", "ActionURL"}
	draw      = link{"draw", "DrawURL"}
)

var letters = map[string]letter{
	KindCode:          {before: []string{"intro"}, after: []string{"Expires:expires", "ignore"}},
	KindBallotCode:    {before: []string{"intro"}, after: []string{"Expires:expires", "ignore"}},
	KindWaitingCode:   {before: []string{"intro"}, after: []string{"Expires:expires", "ignore"}},
	KindConfirmed:     {before: []string{"intro"}, appointment: true, bring: true, links: []link{manage}, after: []string{"attached", "cancel"}},
	KindMoved:         {before: []string{"intro", "Before:before"}, appointment: true, bring: true, links: []link{manage}, after: []string{"attached"}},
	KindCancelled:     {before: []string{"intro"}, appointment: true, links: []link{bookAgain}, after: []string{"again"}},
	KindReminderWeek:  {before: []string{"intro"}, appointment: true, bring: true, links: []link{manage, cancelIt}, after: []string{"cancel"}},
	KindReminderDay:   {before: []string{"intro"}, appointment: true, bring: true, links: []link{manage, cancelIt}, after: []string{"cancel"}},
	KindOffer:         {before: []string{"intro", "Expires:expires"}, appointment: true, links: []link{accept}, after: []string{"after"}},
	KindMustMove:      {before: []string{"intro", "Reason:reason", "Before:before", "Proposal:proposal"}, appointment: true, links: []link{choose}, after: []string{"Expires:expires", "after"}},
	KindMayStay:       {before: []string{"intro"}, appointment: true, links: []link{manage}, after: []string{"after"}},
	KindWaiting:       {before: []string{"intro"}, appointment: true, links: []link{manage}, after: []string{"after"}},
	KindBallotEntered: {before: []string{"intro", "DrawAt:draw"}, appointment: true, links: []link{manage, draw}, after: []string{"after"}},
	KindBallotWon:     {before: []string{"intro", "Expires:expires"}, appointment: true, bring: true, links: []link{confirm, draw}, after: []string{"check"}},
	KindBallotLost:    {before: []string{"intro"}, appointment: true, links: []link{bookAgain, draw}, after: []string{"check", "after"}},
	KindVoided:        {before: []string{"intro", "Reason:reason"}, appointment: true, after: []string{"after"}},
	KindNoShowWarning: {before: []string{"intro"}, appointment: true, links: []link{bookAgain}, after: []string{"after"}},
	KindNoShowPause:   {before: []string{"intro", "Until:until"}, appointment: true, after: []string{"after"}},
	KindEnrolment:     {before: []string{"intro", "Expires:expires"}, links: []link{enrol}, after: []string{"after"}},
}

// page is what the templates see.
type page struct {
	Lang, Dir, Subject, Heading, Ministry, Code string
	Before, After, Bring                        []string
	Details                                     []row
	Links                                       []way
}

type (
	row struct{ Label, Text string }
	way struct{ Label, URL string }
)

// BookingMail writes the mail of one of Kinds in lang. It sets language,
// subject, text and HTML; recipient and attachments are the caller's. An error
// means a kind that does not exist.
func BookingMail(kind, lang string, d BookingData) (Mail, error) {
	l, ok := letters[kind]
	if !ok {
		return Mail{}, fmt.Errorf("no mail of kind %q", kind)
	}
	p := locale.For(lang)
	fields := reflect.ValueOf(d)
	say := func(name string) string { return p.T("notify."+kind+"."+name, d.placeholders()) }
	view := page{
		Lang: p.Lang(), Dir: p.Dir(), Ministry: d.Ministry,
		Subject: oneLine(say("subject")), Heading: oneLine(say("heading")),
	}
	sentences := func(names []string) (said []string) {
		for _, name := range names {
			needs, short, conditional := strings.Cut(name, ":")
			if !conditional {
				said = append(said, say(name))
			} else if fields.FieldByName(needs).String() != "" {
				said = append(said, say(short))
			}
		}
		return said
	}
	view.Before, view.After = sentences(l.before), sentences(l.after)
	if kind == KindCode || kind == KindBallotCode || kind == KindWaitingCode {
		view.Code = d.Code
	}
	if l.appointment {
		view.Details = d.details(p)
	}
	if l.bring {
		view.Bring = d.Bring
	}
	for _, to := range l.links {
		if url := fields.FieldByName(to.field).String(); url != "" {
			view.Links = append(view.Links, way{p.T("notify.link." + to.name), url})
		}
	}
	return write(p, view)
}

// placeholders are what a sentence may name.
func (d BookingData) placeholders() map[string]any {
	return map[string]any{
		"Service": oneLine(d.Service), "Post": oneLine(d.Post), "When": d.When, "Before": d.Before, "Proposal": d.Proposal, "KeptUntil": d.KeptUntil, "Reference": d.Reference,
		"Expires": d.Expires, "Entry": d.Entry, "DrawAt": d.DrawAt, "Reason": d.Reason, "Until": d.Until, "Name": oneLine(d.Name),
		"Ministry": oneLine(d.Ministry),
	}
}

// details lists what is known of the appointment.
func (d BookingData) details(p *locale.Printer) []row {
	people := ""
	if d.People > 0 {
		people = p.Number(d.People)
	}
	when := d.When
	if when != "" && d.Zone != "" {
		when += " (" + d.Zone + ")"
	}
	all := []row{
		{p.T("notify.label.service"), d.Service}, {p.T("notify.label.when"), when},
		{p.T("notify.label.post"), d.Post}, {p.T("notify.label.address"), d.Address},
		{p.T("notify.label.people"), people}, {p.T("notify.label.fee"), d.Fee},
		{p.T("notify.label.reference"), d.Reference}, {p.T("notify.label.entry"), d.Entry},
	}
	return slices.DeleteFunc(all, func(r row) bool { return r.Text == "" })
}

// The layouts are parsed once, with a stand-in for the reader's language.
var (
	htmlLayout = html.Must(html.New("mail.html").Funcs(html.FuncMap{"t": untranslated}).ParseFS(templates, "templates/mail.html"))
	textLayout = text.Must(text.New("mail.txt").Funcs(text.FuncMap{"t": untranslated}).ParseFS(templates, "templates/mail.txt"))
)

func untranslated(key string) string { return key }

func write(p *locale.Printer, view page) (Mail, error) {
	inLang := map[string]any{"t": func(key string) string { return p.T(key) }}
	asHTML, err := htmlLayout.Clone()
	if err != nil {
		return Mail{}, fmt.Errorf("mail layout: %w", err)
	}
	asText, err := textLayout.Clone()
	if err != nil {
		return Mail{}, fmt.Errorf("mail layout: %w", err)
	}
	m := Mail{Lang: p.Lang(), Subject: view.Subject}
	for _, part := range []struct {
		into   *string
		layout interface{ Execute(io.Writer, any) error }
	}{{&m.HTML, asHTML.Funcs(inLang)}, {&m.Text, asText.Funcs(inLang)}} {
		var out bytes.Buffer
		if err := part.layout.Execute(&out, view); err != nil {
			return Mail{}, fmt.Errorf("mail layout: %w", err)
		}
		*part.into = out.String()
	}
	return m, nil
}

// oneLine keeps a text that others wrote from starting a new line or header.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
