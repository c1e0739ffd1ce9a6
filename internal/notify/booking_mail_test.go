package notify

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/chancery/chancery/internal/locale"
)

var everything = BookingData{
	Ministry: "Ministry of Foreign Affairs", Service: "Passport <renewal> & more", Post: "Embassy in Berlin",
	Address: "Hubertusallee 43\n14193 Berlin", When: "Monday, 7 December 2026, 09:20", Zone: "Berlin time, UTC+1",
	Before: "Friday, 4 December 2026, 10:00", People: 3, Bring: []string{"the old passport", "a photograph"}, Fee: "30.00 EUR",
	Reference: "K7QX-2M9D", ManageURL: "https://example.org/appointments/manage/K7QX-2M9D?token=abc&lang=en",
	ActionURL: "https://example.org/act?x=1", CancelURL: "https://example.org/appointments/manage/K7QX-2M9D?token=abc#cancel",
	Code: "042117", Expires: "10:35", Entry: "E-00042", DrawURL: "https://example.org/draws/1", DrawAt: "1 December 2026, 12:00",
	Proposal: "Tuesday, 8 December 2026, 09:40", KeptUntil: "Thursday, 3 December 2026, 12:00",
	Reason: "The post is closed.", Until: "1 March 2027", Name: "Rəna Quliyeva",
}

func TestEveryKindReadsWellInEveryLanguage(t *testing.T) {
	if len(letters) != len(Kinds) {
		t.Errorf("%d kinds, %d letters", len(Kinds), len(letters))
	}
	for _, kind := range Kinds {
		for _, lang := range locale.Languages {
			for name, data := range map[string]BookingData{"everything": everything, "nothing": {}} {
				m, err := BookingMail(kind, lang, data)
				if err != nil {
					t.Fatal(err)
				}
				for part, text := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
					// A key without a sentence shows as itself.
					if strings.Contains(text, "notify.") || strings.Contains(text, "no value") || strings.TrimSpace(text) == "" {
						t.Errorf("%s %s, %s: the %s is not whole: %s", kind, lang, name, part, text)
					}
				}
				if strings.Contains(m.Subject, data.Code) && data.Code != "" {
					t.Errorf("%s %s: the code is in the subject, where a locked telephone shows it", kind, lang)
				}
				if strings.Contains(m.Text, "\n\n\n") || strings.Contains(m.Text, "&amp;") {
					t.Errorf("%s %s, %s: the text part is badly set:\n%s", kind, lang, name, m.Text)
				}
				if !strings.Contains(m.HTML, `<html lang="`+lang+`" dir="ltr">`) {
					t.Errorf("%s %s: the HTML part does not say its language", kind, lang)
				}
			}
		}
	}
}

func TestMailSaysWhatThePersonNeeds(t *testing.T) {
	for kind, wants := range map[string][]string{
		KindCode:          {"042117", "10:35"},
		KindConfirmed:     {"K7QX-2M9D", "Monday, 7 December 2026, 09:20 (Berlin time, UTC+1)", "Hubertusallee 43", "a photograph", "30.00 EUR", everything.ManageURL},
		KindMoved:         {everything.When, everything.Before, everything.ManageURL},
		KindReminderDay:   {everything.When, everything.CancelURL, "the old passport"},
		KindOffer:         {everything.Expires, everything.ActionURL},
		KindMustMove:      {everything.Before, everything.Reason, everything.Proposal, everything.KeptUntil, everything.Expires, everything.ManageURL},
		KindMayStay:       {everything.When, "K7QX-2M9D", everything.ManageURL},
		KindBallotEntered: {"E-00042", everything.DrawAt},
		KindBallotLost:    {"E-00042", everything.DrawURL},
		KindVoided:        {everything.Reason, "K7QX-2M9D"},
		KindNoShowPause:   {everything.Until},
		KindEnrolment:     {everything.ActionURL, everything.Name},
	} {
		m, err := BookingMail(kind, "en", everything)
		if err != nil {
			t.Fatal(err)
		}
		shown, links := visible(t, m.HTML)
		for _, want := range wants {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s: the text does not say %q:\n%s", kind, want, m.Text)
			}
			if !strings.Contains(shown, want) && !strings.Contains(links, want) {
				t.Errorf("%s: the HTML does not say %q", kind, want)
			}
		}
	}
	if _, err := BookingMail("unheard-of", "en", everything); err == nil {
		t.Error("a kind that does not exist was written")
	}
}

// visible reads HTML as a mail program does: its text, and where links lead.
func visible(t *testing.T, text string) (shown, links string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode:
			shown += n.Data
		case n.Type == html.ElementNode:
			if n.Data == "renewal" {
				t.Error("a text became an element")
			}
			for _, a := range n.Attr {
				if a.Key == "href" {
					links += a.Val + "\n"
				}
			}
		}
	}
	return shown, links
}

func TestTextsOfOthersCannotBreakAMail(t *testing.T) {
	d := everything
	d.Service = "Visa\r\nBcc: victim@example.com"
	d.Post = "<script>alert(1)</script>{{.Code}}"
	d.ManageURL = "javascript:alert(1)"
	for _, kind := range Kinds {
		m, err := BookingMail(kind, "en", d)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(m.Subject, "\r\n") {
			t.Errorf("%s: the subject has two lines: %q", kind, m.Subject)
		}
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, `href="javascript:`) {
			t.Errorf("%s: a script got through", kind)
		}
	}
}
