package deskweb

import (
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

// person is one of those to whom a booking is bound, ready to read.
type person struct{ Name, Born, Nationality, Document string }

func (p *Pages) persons(k *booking.Booking, printer *locale.Printer) ([]person, booking.Details, error) {
	details, err := p.Book.Details(k)
	if err != nil {
		return nil, details, err
	}
	var people []person
	for _, a := range details.Applicants {
		one := person{Name: a.FullName(), Born: a.DateOfBirth, Nationality: country.Name(a.Nationality, printer.Lang()), Document: a.DocumentNumber}
		if born, err := time.Parse(time.DateOnly, a.DateOfBirth); err == nil {
			one.Born = printer.Date(born)
		}
		people = append(people, one)
	}
	return people, details, nil
}

// visit is a line of the day.
type visit struct {
	booking.Visit
	Clock   string
	People  []person
	Service string
	Late    bool
}

// visits lists the bookings of a day at the post.
func (p *Pages) visits(r *http.Request, a at, date string) ([]visit, error) {
	printer := web.PrinterOf(r.Context())
	from, err := time.ParseInLocation(time.DateOnly, date, a.Location())
	if err != nil {
		return nil, err
	}
	// The days on which clocks change are shorter or longer; AddDate knows.
	found, err := p.Book.Expected(r.Context(), a.ID, from, from.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	var lines []visit
	for _, k := range found {
		people, _, err := p.persons(k.Booking, printer)
		if err != nil {
			return nil, err
		}
		lines = append(lines, visit{
			Visit: k, Clock: printer.Time(k.Start.In(a.Location())), People: people, Service: p.title(printer.Lang(), k.ServiceID),
			Late: k.State == booking.Booked && a.Now.After(k.Start),
		})
	}
	return lines, nil
}

// plain makes names comparable however they are typed: without case, accents
// and order of words.
func plain(text string) string {
	text = cases.Fold().String(norm.NFKD.String(text))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x300 && r < 0x370: // combining accents
			return -1
		case r == 'ə':
			return 'e'
		case r == 'ı':
			return 'i'
		}
		return r
	}, text)
}

// named says whether each word of the question begins a word of the name.
func named(name, question string) bool {
	words := strings.Fields(plain(name))
	for _, wanted := range strings.Fields(plain(question)) {
		found := false
		for _, w := range words {
			found = found || strings.HasPrefix(w, wanted)
		}
		if !found {
			return false
		}
	}
	return true
}
