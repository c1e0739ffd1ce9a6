package bookingweb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/store/storetest"
)

func TestAnswersThatCannotBeRightAreNamedAndKept(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00")
	b := s.browser(t)
	hold := b.choose("2026-12-03-1000", "1").hold()
	good := map[string]string{
		"given_names": "Aysel", "surname": "Specimen", "date_of_birth.day": "17", "date_of_birth.month": "4", "date_of_birth.year": "1990",
		"nationality": "AZE", "document_number": "AZ1234567",
	}
	send := func(change map[string]string) *browser {
		var pairs []string
		for name, value := range good {
			if other, ok := change[name]; ok {
				value = other
			}
			pairs = append(pairs, field(0, name), value)
		}
		return b.post(hold+"/people/1", pairs...)
	}
	long := strings.Repeat("ə", 301)
	for _, c := range []struct {
		name   string
		change map[string]string
		says   string
		at     string // the control to which the summary leads
	}{
		{"nothing", map[string]string{"given_names": "", "surname": "", "date_of_birth.day": "", "date_of_birth.month": "", "date_of_birth.year": "", "nationality": "", "document_number": ""}, "Enter the date of birth", "date-of-birth"},
		{"no name", map[string]string{"given_names": " ", "surname": "\u00a0"}, "Enter the name as it stands in the document", "given-names"},
		{"301 characters", map[string]string{"surname": long}, "The name has 301 characters. Shorten it to at most 300", "surname"},
		{"a digit", map[string]string{"given_names": "Ays3l"}, "cannot contain “3”", "given-names"},
		{"markup", map[string]string{"given_names": "<b>Aysel</b>"}, "cannot contain “<”", "given-names"},
		{"direction override", map[string]string{"surname": "Spec\u202eimen"}, "invisible characters", "surname"},
		{"30 February", map[string]string{"date_of_birth.day": "30", "date_of_birth.month": "2"}, "This date does not exist", "date-of-birth"},
		{"29 February 1900", map[string]string{"date_of_birth.day": "29", "date_of_birth.month": "2", "date_of_birth.year": "1900"}, "This date does not exist", "date-of-birth"},
		{"no day", map[string]string{"date_of_birth.day": ""}, "This date does not exist", "date-of-birth"},
		{"words", map[string]string{"date_of_birth.month": "April"}, "This date does not exist", "date-of-birth"},
		{"tomorrow", map[string]string{"date_of_birth.day": "1", "date_of_birth.month": "12", "date_of_birth.year": "2026"}, "must be in the past", "date-of-birth"},
		{"too old", map[string]string{"date_of_birth.year": "1880"}, "must be 1896 or later", "date-of-birth"},
		{"no such country", map[string]string{"nationality": "XYZ"}, "Choose a nationality from the list", "nationality"},
		{"short document", map[string]string{"document_number": "A1"}, "document number is too short", "document-number"},
		{"long document", map[string]string{"document_number": strings.Repeat("1", 31)}, "document number is too long", "document-number"},
		{"signs", map[string]string{"document_number": "AZ123$567"}, "only letters and digits", "document-number"},
	} {
		send(c.change).sees(422, c.says, `href="#applicants-0-`+c.at+`"`, "Error:")
		for name, value := range c.change {
			if typed := strings.TrimSpace(value); typed != "" && name != "nationality" && !strings.Contains(b.body, `value="`+typed+`"`) {
				t.Errorf("%s: %q is no longer in its box", c.name, typed)
			}
		}
	}

	// What looks odd and is right.
	for name, change := range map[string]map[string]string{
		"right to left":  {"given_names": "محمد عبد الله", "surname": "الرشيد"},
		"300 characters": {"surname": strings.Repeat("ə", 300)},
		"one name":       {"given_names": "", "surname": "Suharto"},
		"Persian joiner": {"given_names": "علی\u200cرضا"},
		"apostrophes":    {"surname": "O’Brien-N'Diaye"},
		"born today":     {"date_of_birth.day": "30", "date_of_birth.month": "11", "date_of_birth.year": "2026"},
		"leap day":       {"date_of_birth.day": "29", "date_of_birth.month": "2", "date_of_birth.year": "2000"},
		"wide digits":    {"document_number": "ＡＺ１２３４５６７"},
		"Arabic digits":  {"document_number": "١٢٣٤٥٦٧"},
		"stateless":      {"nationality": "XXA"},
	} {
		if send(change); b.status != 200 || !strings.HasSuffix(b.at, "/email") {
			t.Errorf("%s: refused with status %d\n%s", name, b.status, b.text())
		}
	}
	// Cyrillic letters that look Latin are read as what they stand for.
	send(map[string]string{"document_number": "аz 123-456-7"}).sees(200)
	b.post(hold+"/email", "email", "a@example.org").sees(200, "AZ1234567")
}

func TestAddressesThatCannotGetMail(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00")
	b := s.browser(t)
	hold := b.choose("2026-12-03-1000", "1").hold()
	b.name(1, "AZ1234567")
	for _, address := range []string{
		"", "aysel", "aysel@", "@example.org", "aysel@example", "a b@example.org", "a@b@example.org", "Aysel <aysel@example.org>", "aysel@example.org, other@example.org",
		"aysel@example.org\r\nBcc: all@example.org", "aysel@[127.0.0.1]", `"quoted name"@example.org`, strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b", 260) + ".org", "aysel@exam_ple.org", "aysel@-example.org",
	} {
		b.post(hold+"/email", "email", address)
		if b.status != 422 || !strings.Contains(b.body, `href="#email"`) {
			t.Errorf("%q: status %d at %s", address, b.status, b.at)
		}
	}
	for _, address := range []string{" aysel@example.org ", "o'neil+visa@sub.example.co.uk", "aysel@bücher.example"} {
		b.post(hold+"/email", "email", address).sees(200, "Check your answers")
	}
}

func TestThePagesTakeNoOddAddresses(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	s.slots(t, 1, "2026-12-03 10:00", "2027-01-04 10:00")
	b := s.browser(t)
	times := "/appointments/times?post=london&service=passport-renewal&party=1"
	b.get(times).sees(200, "December 2026", "month=2027-01").lacks("month=2026-11")
	b.get(times+"&month=2027-01").sees(200, "January 2027", "month=2026-12")
	for _, odd := range []string{"&month=1999-01", "&month=9999-12", "&month=x", "&date=2026-02-30", "&date=x", "&month=2026-13"} {
		b.get(times + odd).sees(200)
	}
	b.get(times+"&date=2026-12-04").sees(200, "This day has no free times any more")
	b.get("/appointments/times?post=nowhere&service=passport-renewal").sees(404)
	b.get("/appointments/times?post=london&service=nothing").sees(404)
	b.get("/appointments/times").sees(404)
	b.get("/appointments/times?post=london&service=passport-renewal").sees(200, "How many people")
	b.get("/appointments/manage/nothing").sees(404, "We cannot open this appointment")
	b.get("/appointments/waiting/nonsense").sees(404, "We cannot open this entry")
	s.clock.advance(time.Hour)
	b.get("/appointments?q="+strings.Repeat("%C9%99", 3000)).sees(200, "We found no post by that name")
}
