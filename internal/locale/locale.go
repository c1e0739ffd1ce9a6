package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/az"
	"github.com/go-playground/locales/en_GB"
	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed strings/*.yaml
var files embed.FS

// Languages are those in which every page, e-mail and message is complete, the
// source language first.
var Languages = []string{"en", "az"}

var formats = map[string]locales.Translator{"en": en_GB.New(), "az": az.New()}

// rightToLeft lists the BCP 47 languages written from right to left for which
// a translation may be added.
var rightToLeft = map[string]bool{"ar": true, "fa": true, "he": true, "ur": true}

var printers = mustLoad(files)

// Match picks the best of Languages for a language code or an
// Accept-Language header; what cannot be read gives English.
func Match(wanted ...string) string {
	tags := make([]language.Tag, len(Languages))
	for i, l := range Languages {
		tags[i] = language.Make(l)
	}
	_, index := language.MatchStrings(language.NewMatcher(tags), wanted...)
	return Languages[index]
}

// Known says whether lang is one of Languages.
func Known(lang string) bool { return printers[lang] != nil }

// Printer writes for readers of one language. It is safe for concurrent use.
type Printer struct {
	lang   string
	texts  *i18n.Localizer
	format locales.Translator
}

// For gives the printer of one of Languages; of English for any other code.
func For(lang string) *Printer {
	if p := printers[lang]; p != nil {
		return p
	}
	return printers[Languages[0]]
}

// Lang is the printer's BCP 47 language.
func (p *Printer) Lang() string { return p.lang }

// Dir is "ltr" or "rtl".
func (p *Printer) Dir() string {
	if rightToLeft[p.lang] {
		return "rtl"
	}
	return "ltr"
}

// T translates key. args are either one map (fault.Args, map[string]any) or
// name and value by turns: T("booking.places", "Count", 3). Count picks the
// plural form. A key without a translation comes back as it is; a test sees to
// it that there is none.
func (p *Printer) T(key string, args ...any) string {
	data := arguments(args)
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if count, ok := data["Count"]; ok {
		config.PluralCount = count
	}
	text, err := p.texts.Localize(config)
	if err != nil && text == "" {
		return key
	}
	return text
}

func arguments(args []any) map[string]any {
	data := map[string]any{}
	if len(args) == 1 {
		if m, ok := args[0].(map[string]any); ok {
			return m
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	return data
}

// Date writes the day as "25 November 2026".
func (p *Printer) Date(t time.Time) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %d", t.Day(), p.format.MonthWide(t.Month()), t.Year()))
}

// ShortDate writes the day as "25 Nov 2026".
func (p *Printer) ShortDate(t time.Time) string { return p.format.FmtDateMedium(t) }

// Weekday writes "Wednesday".
func (p *Printer) Weekday(t time.Time) string { return p.format.WeekdayWide(t.Weekday()) }

// NameOfDay writes a day of the week that is no date's: "Wednesday".
func (p *Printer) NameOfDay(day time.Weekday) string { return p.format.WeekdayWide(day) }

// WeekdayShort writes "Wed".
func (p *Printer) WeekdayShort(t time.Time) string { return p.format.WeekdayAbbreviated(t.Weekday()) }

// Month writes "November 2026".
func (p *Printer) Month(t time.Time) string {
	return fmt.Sprintf("%s %d", p.format.MonthWide(t.Month()), t.Year())
}

// LongDate writes "Wednesday, 25 November 2026".
func (p *Printer) LongDate(t time.Time) string { return p.Weekday(t) + ", " + p.Date(t) }

// Time writes the time of day as "09:05".
func (p *Printer) Time(t time.Time) string { return t.Format("15:04") }

// DateTime writes "Wednesday, 25 November 2026, 09:05".
func (p *Printer) DateTime(t time.Time) string { return p.LongDate(t) + ", " + p.Time(t) }

// Number writes a whole number with the language's grouping.
func (p *Printer) Number(n int) string { return p.format.FmtNumber(float64(n), 0) }

// Decimal writes a number with the given digits after the separator.
func (p *Printer) Decimal(x float64, digits int) string {
	return p.format.FmtNumber(x, uint64(max(0, digits)))
}

// Money writes an amount in minor units with its ISO 4217 currency: "30.00 AZN".
func (p *Printer) Money(minor int64, currency string) string {
	return p.format.FmtNumber(float64(minor)/100, 2) + " " + currency
}

// Text is a short text of the catalogue in several languages, by BCP 47 code.
type Text map[string]string

// In gives the text in lang, else in English, else in any language it has.
func (t Text) In(lang string) string {
	if s := t[lang]; s != "" {
		return s
	}
	for _, l := range Languages {
		if s := t[l]; s != "" {
			return s
		}
	}
	return ""
}

// Missing lists the Languages in which the text says nothing.
func (t Text) Missing() []string {
	var missing []string
	for _, l := range Languages {
		if strings.TrimSpace(t[l]) == "" {
			missing = append(missing, l)
		}
	}
	return missing
}

// mustLoad reads the embedded strings; they are part of the binary, so a fault
// in them is a fault in the build.
func mustLoad(fsys fs.FS) map[string]*Printer {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	paths, err := fs.Glob(fsys, "strings/*.yaml")
	if err != nil {
		panic(err)
	}
	for _, path := range paths {
		if _, err := bundle.LoadMessageFileFS(fsys, path); err != nil {
			panic(fmt.Sprintf("%s: %v", path, err))
		}
	}
	loaded := map[string]*Printer{}
	for _, lang := range Languages {
		loaded[lang] = &Printer{lang: lang, texts: i18n.NewLocalizer(bundle, lang), format: formats[lang]}
	}
	return loaded
}
