package notify

import "github.com/chancery/chancery/internal/locale"

// Letter is a mail in words, for rooms that write their own. All texts are in
// Lang already.
type Letter struct {
	Lang, Subject, Heading, Ministry string
	// Code is set large, "" for none.
	Code          string
	Before, After []string // sentences before and after the rows
	Rows          []Row
	Links         []Row // label and address; the first one is the button
}

// Row is a label and what belongs to it.
type Row struct{ Label, Text string }

// Compose sets the letter in the layout of all mails, as text and as HTML. The
// recipient is the caller's.
func Compose(l Letter) (Mail, error) {
	p := locale.For(l.Lang)
	view := page{Lang: p.Lang(), Dir: p.Dir(), Subject: oneLine(l.Subject), Heading: oneLine(l.Heading), Ministry: l.Ministry, Code: l.Code,
		Before: l.Before, After: l.After}
	for _, r := range l.Rows {
		if r.Text != "" {
			view.Details = append(view.Details, row(r))
		}
	}
	for _, r := range l.Links {
		view.Links = append(view.Links, way{r.Label, r.Text})
	}
	return write(p, view)
}
