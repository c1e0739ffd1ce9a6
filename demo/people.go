package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/catalogue"
)

// Person is an invented applicant. No number is one that an authority gives
// out, and no address receives mail (RFC 2606).
type Person struct {
	GivenNames     string
	Surname        string
	DateOfBirth    string // YYYY-MM-DD
	Nationality    string // ISO 3166-1 alpha-3
	Document       catalogue.Document
	DocumentNumber string
	Email          string
	// Language is the one of the product's in which the person is written to.
	Language string
}

// People gives n grown-ups with passports.
func People(r *rand.Rand, n int) []Person {
	today := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	people := make([]Person, n)
	for i := range people {
		people[i] = adult(r, pick(r, origins), today)
	}
	return people
}

// Party gives size people who come together for a service on today: of one
// family name where the origin has such, one e-mail address, of the right ages,
// citizens where the service is for citizens, each with a document that the
// service accepts.
func Party(r *rand.Rand, service catalogue.Service, size int, today time.Time) []Person {
	from := pick(r, origins)
	citizens := service.ID != "visa-interview" && service.ID != "document-legalisation" && service.ID != "certified-copy"
	if citizens {
		from = pick(r, []origin{home, homeMen})
	}
	children := service.ID == "child-first-passport" || service.ID == "birth-registration"
	party := make([]Person, size)
	for i := range party {
		p := adult(r, from, today)
		switch {
		case service.ID == "birth-registration":
			p.DateOfBirth = born(r, today, 0, 0)
		case children:
			p.DateOfBirth = born(r, today, 1, 17)
		case i >= 2 && service.ID != "marriage-registration" && service.ID != "power-of-attorney":
			p.DateOfBirth = born(r, today, 2, 17)
		}
		if i > 0 {
			p.Email, p.Language = party[0].Email, party[0].Language
			if service.ID != "marriage-registration" && from.shared {
				p.Surname = party[0].Surname
			}
		}
		if len(service.Identifiers) > 0 {
			p.Document = service.Identifiers[0].Document
			// Most people bring what is named first.
			if r.IntN(4) == 0 {
				p.Document = service.Identifiers[r.IntN(len(service.Identifiers))].Document
			}
		}
		p.DocumentNumber = number(r, p.Document)
		party[i] = p
	}
	return party
}

// serial numbers of addresses have this many values.
const serials = 1_000_000

func adult(r *rand.Rand, from origin, today time.Time) Person {
	given, surname := pick(r, from.given), pick(r, from.surnames)
	lang := "en"
	if from.nationality == "AZE" && r.IntN(5) > 0 {
		lang = "az"
	}
	return Person{
		GivenNames: given, Surname: surname,
		DateOfBirth: born(r, today, 18, 79),
		Nationality: from.nationality,
		Document:    catalogue.Passport, DocumentNumber: number(r, catalogue.Passport),
		Email:    fmt.Sprintf("applicant.%06d@%s", r.IntN(serials), pick(r, domains)),
		Language: lang,
	}
}

// born gives a birth date of somebody who is from youngest to oldest whole
// years old on today.
func born(r *rand.Rand, today time.Time, youngest, oldest int) string {
	latest := today.AddDate(-youngest, 0, 0)
	earliest := today.AddDate(-oldest-1, 0, 1)
	days := int(latest.Sub(earliest).Hours() / 24)
	return earliest.AddDate(0, 0, r.IntN(max(1, days+1))).Format(time.DateOnly)
}

// number gives a well-formed document number that is clearly nobody's: it
// starts with ZZ, which no state uses, or P0.
func number(r *rand.Rand, d catalogue.Document) string {
	prefix := "ZZ"
	if d == catalogue.Passport && r.IntN(2) == 0 {
		prefix = "P0"
	}
	return fmt.Sprintf("%s%07d", prefix, r.IntN(10_000_000))
}

var domains = []string{"example.org", "example.com", "example.net", "mail.example.org"}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// words cuts a line of names at commas.
func words(line string) []string { return strings.Split(line, ", ") }
