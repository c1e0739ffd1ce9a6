package bookingweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestBodiesThatAreNone(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 4)
	good, err := json.Marshal(p.holdBody(t, "s", human(1)))
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string { return strings.Replace(string(good), old, new, 1) }
	const kind = "application/json"
	unmeasured := func(r *http.Request) { r.ContentLength = -1 }
	var upload bytes.Buffer
	m := multipart.NewWriter(&upload)
	part, err := m.CreateFormFile("slot", "passport.exe")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("MZ"))
	_ = m.Close()
	huge := replace(`"Aysel"`, `"`+strings.Repeat("A", 100_000)+`"`)
	for _, c := range []struct {
		name, path, kind, body string
		status                 int
		change                 []asking
	}{
		{"huge", "/api/v1/holds", kind, huge, 413, nil},
		{"huge, of unknown length", "/api/v1/holds", kind, huge, 413, []asking{unmeasured}},
		{"huge, repeatable", "/api/v1/holds", kind, huge, 413, []asking{with("Idempotency-Key", "k1")}},
		{"deep", "/api/v1/holds", kind, strings.Repeat(`{"slot":`, 5000) + strings.Repeat("}", 5000), 400, nil},
		{"deep in a list", "/api/v1/holds", kind, replace(`"applicants":[`, `"applicants":[`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+","), 400, nil},
		{"broken", "/api/v1/holds", kind, `{"slot":"s"`, 400, nil},
		{"none", "/api/v1/holds", kind, "", 400, nil},
		{"followed by another", "/api/v1/holds", kind, string(good) + string(good), 400, nil},
		{"a list", "/api/v1/holds", kind, "[" + string(good) + "]", 422, nil},
		{"null", "/api/v1/holds", kind, "null", 422, nil},
		{"a number for a text", "/api/v1/holds", kind, replace(`"slot":"s"`, `"slot":5`), 422, nil},
		{"null for a text", "/api/v1/holds", kind, replace(`"slot":"s"`, `"slot":null`), 422, nil},
		{"a text for a list", "/api/v1/holds", kind, replace(`"applicants":[`, `"applicants":"me","x":[`), 422, nil},
		{"a field that does not exist", "/api/v1/holds", kind, replace(`{`, `{"admin":true,`), 422, nil},
		{"without a slot", "/api/v1/holds", kind, replace(`"slot":"s"`, `"language":"az"`), 422, nil},
		{"nobody", "/api/v1/holds", kind, `{"slot":"s","service":"passport-renewal","email":"a@example.org","applicants":[]}`, 422, nil},
		{"text", "/api/v1/holds", "text/plain", string(good), 415, nil},
		{"a form", "/api/v1/holds", form, "slot=s", 415, nil},
		{"XML", "/api/v1/holds", "application/xml", "<slot>s</slot>", 415, nil},
		{"an upload", "/api/v1/holds", m.FormDataContentType(), upload.String(), 415, nil},
		{"an upload to a page", "/appointments/holds", m.FormDataContentType(), upload.String(), 415, nil},
		{"JSON to a page", "/appointments/holds", kind, string(good), 415, nil},
		{"huge, to a page", "/appointments/holds", form, "slot=" + strings.Repeat("s", 100_000), 413, nil},
		{"no form", "/appointments/holds", form, "slot=%zz", 400, nil},
		{"a thousand fields", "/appointments/holds", form, strings.Repeat("a=b&", 1000), 400, nil},
		{"bytes that are no text", "/appointments/holds", form, "slot=%ff%fe", 400, nil},
		{"a NUL", "/appointments/holds", form, "slot=s%00", 400, nil},
	} {
		a := p.ask(t, "POST", c.path, c.kind, []byte(c.body), c.change...)
		if a.status != c.status {
			t.Errorf("%s: %d, want %d: %.300s", c.name, a.status, c.status, a.body)
			continue
		}
		if strings.HasPrefix(c.path, "/api/") {
			if problem := a.problem(t); problem.Title == "" || problem.Detail == "" || len(a.body) > 20_000 {
				t.Errorf("%s: no clear answer: %.300s", c.name, a.body)
			}
		} else if !strings.Contains(a.body, "<h1") {
			t.Errorf("%s: no page: %.300s", c.name, a.body)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "GET"} {
		if a := p.ask(t, method, "/api/v1/holds", kind, good); a.status != 405 || !strings.Contains(a.header.Get("Allow"), "POST") {
			t.Errorf("%s: %d, Allow %q", method, a.status, a.header.Get("Allow"))
		}
	}
	// After all that the good one still passes.
	must[heldAnswer](t, 201, p.ask(t, "POST", "/api/v1/holds", kind, good))
}

// TestAnswersThatCannotBe sends one wrong answer at a time. want is the field
// that is complained about, "" when the answer is fine, and then kept is what
// is kept of it.
func TestAnswersThatCannotBe(t *testing.T) {
	t.Parallel()
	// It is 26 November already in Seoul.
	p := openPortal(t, storetest.SQLite(t), time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC), guard.Config{
		EasyProofs: 1 << 20, ReadsPerSecond: 1 << 20, ReadBurst: 1 << 20, Holds: []guard.Limit{{By: guard.ByNetwork, Max: 1 << 20, Window: time.Hour}},
	})
	p.addSlotAt(t, "seoul", "s", p.now().AddDate(0, 0, 20), 1000)
	const birth, given, surname, document, nationality = "date_of_birth", "given_names", "surname", "document_number", "nationality"
	for i, c := range []struct {
		field, value string
		fine         bool
		kept         string
	}{
		{birth, "2000-02-29", true, "2000-02-29"}, {birth, "2024-02-29", true, "2024-02-29"}, {birth, "2026-11-26", true, "2026-11-26"},
		{birth, "１９９０-０４-１７", true, "1990-04-17"},
		{birth, "1900-02-29", false, ""}, {birth, "2025-02-29", false, ""}, {birth, "2020-04-31", false, ""}, {birth, "2020-13-01", false, ""},
		{birth, "2020-00-10", false, ""}, {birth, "0000-00-00", false, ""}, {birth, "2026-11-27", false, ""}, {birth, "9999-12-31", false, ""},
		{birth, "1890-01-01", false, ""}, {birth, "17.04.1990", false, ""}, {birth, "04/17/1990", false, ""}, {birth, "1990-4-7", false, ""}, {birth, "19900417", false, ""},
		{birth, "1990-04-17T00:00:00Z", false, ""}, {birth, "-1990-04-17", false, ""}, {birth, "yesterday", false, ""}, {birth, "", false, ""},

		{given, strings.Repeat("ə", 300), true, strings.Repeat("ə", 300)}, {given, strings.Repeat("ə", 301), false, ""},
		{given, "عائشة", true, "عائشة"}, {given, "יוסף", true, "יוסף"}, {given, "王小明", true, "王小明"}, {given, "Nguyễn Thị", true, "Nguyễn Thị"},
		{given, "O’Brien-D'Arc", true, "O’Brien-D'Arc"}, {given, "Jose\u0301", true, "José"}, {given, "  Ay \t sel ", true, "Ay sel"}, {given, "علی\u200cرضا", true, "علی\u200cرضا"},
		{given, "", true, ""}, {given, "Robert'); DROP TABLE booking;--", false, ""}, {given, "<script>alert(1)</script>", false, ""},
		{given, "\u202eleysA", false, ""}, {given, "Ay\u0000sel", false, ""}, {given, "Ay\u2066sel", false, ""}, {given, "Aysel 2", false, ""}, {given, "👩", false, ""},
		{given, "{{.Code}}", false, ""}, {surname, "\r\nBcc: all@example.org", false, ""}, {surname, strings.Repeat("x", 1001), false, ""},

		{document, " aa-123 456/7 ", true, "AA1234567"}, {document, "ＢＢ１２３４５６７", true, "BB1234567"}, {document, "АА7654321", true, "AA7654321"}, // Cyrillic
		{document, "٠١٢٣٤٥٦٧٨٩", true, "0123456789"}, {document, "ЖЩ123456", true, "ЖЩ123456"},
		{document, "", false, ""}, {document, "123", false, ""}, {document, strings.Repeat("1", 31), false, ""}, {document, "AA12345😀", false, ""}, {document, "AA'1234", false, ""},
		{document, "AA<1234", false, ""}, {document, "\u202eAA1234", false, ""},

		{nationality, "aze", true, "AZE"}, {nationality, "XXA", true, "XXA"}, {nationality, "D<<", true, "D<<"}, {nationality, "AZ", false, ""}, {nationality, "QQQ", false, ""},
		{nationality, "", false, ""}, {nationality, "Azerbaijan!!", false, ""}, {nationality, "ΑΖΕ", false, ""}, // Greek

		{"email", " Aysel.Specimen+visa@Example.ORG ", true, ""}, {"email", "aysel@münchen.example", true, ""}, {"email", strings.Repeat("a", 64) + "@example.org", true, ""},
		{"email", strings.Repeat("a", 65) + "@example.org", false, ""}, {"email", "a@" + strings.Repeat("b.", 150) + "org", false, ""}, {"email", "", false, ""}, {"email", "aysel", false, ""},
		{"email", "a@b@example.org", false, ""}, {"email", "a@example.org, b@example.org", false, ""}, {"email", "a@example.org\r\nBcc: b@example.org", false, ""},
		{"email", "Aysel <a@example.org>", false, ""}, {"email", "<a@example.org>", false, ""}, {"email", `"a b"@example.org`, false, ""}, {"email", "a(comment)@example.org", false, ""},
		{"email", "a@[127.0.0.1]", false, ""}, {"email", "a@127.0.0.1", false, ""}, {"email", "a@localhost", false, ""}, {"email", "a..b@example.org", false, ""}, {"email", ".a@example.org", false, ""},
		{"email", "a@example..org", false, ""}, {"email", "a@-example.org", false, ""}, {"email", "a%b@example.org", false, ""}, {"email", "ə@example.org", false, ""}, {"email", "a\u202e@example.org", false, ""},
		{"email", "a@exam\u200bple.org", true, ""}, {"email", "a\u0000@example.org", false, ""},
	} {
		name := fmt.Sprintf("%s %.60q", c.field, c.value)
		person := human(1000 + i)
		body := p.holdBody(t, "s", person)
		want := "body.email"
		if c.field == "email" {
			body["email"] = c.value
		} else {
			person[c.field], want = c.value, "body.applicants[0]."+c.field
		}
		a := p.call(t, "POST", "/holds", body)
		if !c.fine {
			if a.status != 422 || a.locations(t) != want {
				t.Errorf("%s: %d, complaints about %q, want %q", name, a.status, a.locations(t), want)
			}
			continue
		}
		if a.status != 201 {
			t.Errorf("%s is fine, but: %d %s", name, a.status, a.body)
			continue
		}
		if c.field == "email" {
			continue
		}
		h := must[heldAnswer](t, 201, a)
		k, err := p.book.Booking(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		details, err := p.book.Details(k)
		if err != nil {
			t.Fatal(err)
		}
		who := details.Applicants[0]
		if got := map[string]string{birth: who.DateOfBirth, given: who.GivenNames, surname: who.Surname, document: who.DocumentNumber, nationality: who.Nationality}[c.field]; got != c.kept {
			t.Errorf("%s: kept %q, want %q", name, got, c.kept)
		}
	}
}

func TestOnePersonInManySpellings(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 40)
	with := func(document string) object {
		person := human(0)
		person["document_number"] = document
		return person
	}
	p.booked(t, "s", with("CO1234567"))
	for name, document := range map[string]string{
		"small letters": "co1234567", "spaces": "CO 123 4567", "hyphens": "CO-1234567", "nought for O": "C01234567", "Cyrillic": "СО1234567", "wide": "ＣＯ１２３４５６７",
		"Arabic digits": "CO١٢٣٤٥٦٧", "l for 1": "COl234567",
	} {
		if a := p.call(t, "POST", "/holds", p.holdBody(t, "s", with(document))); a.status != 409 {
			t.Errorf("%s: %d, want a conflict: %s", name, a.status, a.body)
		}
	}
	if a := p.call(t, "POST", "/holds", p.holdBody(t, "s", with("AB1234567"), with("АВ 1234567"))); a.status != 422 || a.locations(t) != "body.applicants[1].document_number" {
		t.Errorf("one person twice in a family: %d %s", a.status, a.body)
	}
	if a := p.call(t, "POST", "/holds", p.holdBody(t, "s", human(1), human(2), human(3), human(4), human(5), human(6), human(7))); a.status != 422 || a.locations(t) != "body.applicants" {
		t.Errorf("seven where six may come: %d %s", a.status, a.body)
	}
	many := make([]object, 21)
	for i := range many {
		many[i] = human(i)
	}
	if a := p.call(t, "POST", "/holds", p.holdBody(t, "s", many...)); a.status != 422 || a.locations(t) != "body.applicants" {
		t.Errorf("twenty-one people: %d %s", a.status, a.body)
	}
	// Everything wrong at once is said at once.
	bad := object{"given_names": "1", "surname": "2", "date_of_birth": "3", "nationality": "4", "document_number": "5"}
	body := p.holdBody(t, "s", bad)
	body["email"] = "6"
	if got := p.call(t, "POST", "/holds", body).locations(t); strings.Count(got, " ") != 5 {
		t.Errorf("six complaints in one go: %s", got)
	}
}

func TestDaysThatDoNotExist(t *testing.T) {
	t.Parallel()
	p := openPortal(t, storetest.SQLite(t), november, guard.Config{Holds: []guard.Limit{}})
	for _, day := range []string{"2027-02-29", "2026-04-31", "2026-13-01", "26-11-25", "2026-1-1", "tomorrow", "2026-11-2", "1999-12-31", "2201-01-01", "٢٠٢٦-١١-٢٥", "2026-11-25Z", "0000-00-00"} {
		q := url.Values{"post": {"london"}, "service": {"passport-renewal"}, "from": {day}}.Encode()
		if a := p.call(t, "GET", "/slots?"+q, nil); a.status != 422 || a.locations(t) != "query.from" {
			t.Errorf("from %s: %d %s", day, a.status, a.body)
		}
		page := url.Values{"post": {"london"}, "service": {"passport-renewal"}, "party": {"1"}, "date": {day}}.Encode()
		if a := p.ask(t, "GET", "/appointments/times?"+page, "", nil); a.status >= 500 {
			t.Errorf("the page of %s: %d", day, a.status)
		}
		if day == "1999-12-31" || day == "2201-01-01" {
			continue // a day like others to wait from, or until
		}
		for _, field := range []string{"from", "to"} {
			if a := p.call(t, "POST", "/waiting-list", object{
				"post": "london", "service": "passport-renewal", "email": "a@example.org", "applicants": []object{human(1)}, field: day, "proof": p.proof(t, "waiting-list"),
			}); a.status != 422 || a.locations(t) != "body."+field {
				t.Errorf("waiting, %s %s: %d %s", field, day, a.status, a.body)
			}
		}
	}
	far := object{"post": "london", "service": "passport-renewal", "email": "a@example.org", "applicants": []object{human(1)}, "from": "2201-01-01", "proof": p.proof(t, "waiting-list")}
	if a := p.call(t, "POST", "/waiting-list", far); a.status != 422 || a.locations(t) != "body.from" {
		t.Errorf("waiting from another century: %d %s", a.status, a.body)
	}
	for _, party := range []string{"0", "-1", "1e9", "99999999999999999999", "two", "٢", "1.5"} {
		q := url.Values{"post": {"london"}, "service": {"passport-renewal"}, "party": {party}}.Encode()
		if a := p.ask(t, "GET", "/appointments/times?"+q, "", nil); a.status >= 500 {
			t.Errorf("party %q: %d", party, a.status)
		}
	}
}

// TestSlotsWhereClocksChange asks, in places whose clocks change, for the days
// around it: a slot stands on its local day only, with the offset of its moment.
func TestSlotsWhereClocksChange(t *testing.T) {
	services := []string{"passport-renewal"}
	for _, c := range []struct {
		zone, day string
		clocks    []string // local times on the day
		want      []string // and when the API says that they are
	}{
		{"Europe/London", "2027-03-28", []string{"00:30", "02:30", "23:30"}, []string{"2027-03-28T00:30:00Z", "2027-03-28T02:30:00+01:00", "2027-03-28T23:30:00+01:00"}},
		{"Europe/London", "2027-10-31", []string{"00:30", "01:30", "23:30"}, []string{"2027-10-31T00:30:00+01:00", "2027-10-31T01:30:00+01:00", "2027-10-31T23:30:00Z"}},
		// No midnight: clocks go from 23:59 to 01:00, and back to 23:00.
		{"America/Santiago", "2027-09-05", []string{"01:00", "23:30"}, []string{"2027-09-05T01:00:00-03:00", "2027-09-05T23:30:00-03:00"}},
		{"America/Santiago", "2027-04-03", []string{"00:00", "23:30"}, []string{"2027-04-03T00:00:00-03:00", "2027-04-03T23:30:00-03:00"}},
		{"America/Santiago", "2027-04-04", []string{"00:00", "23:30"}, []string{"2027-04-04T00:00:00-04:00", "2027-04-04T23:30:00-04:00"}},
		{"Africa/Cairo", "2027-04-30", []string{"01:00", "23:30"}, []string{"2027-04-30T01:00:00+03:00", "2027-04-30T23:30:00+03:00"}},
		// The clocks of Ramadan.
		{"Africa/Casablanca", "2027-02-07", []string{"00:30", "04:00", "23:30"}, []string{"2027-02-07T00:30:00+01:00", "2027-02-07T04:00:00Z", "2027-02-07T23:30:00Z"}},
		{"Africa/Casablanca", "2027-03-14", []string{"00:30", "04:00", "23:30"}, []string{"2027-03-14T00:30:00Z", "2027-03-14T04:00:00+01:00", "2027-03-14T23:30:00+01:00"}},
		// Iran has given up summer time.
		{"Asia/Tehran", "2027-03-22", []string{"00:00", "23:30"}, []string{"2027-03-22T00:00:00+03:30", "2027-03-22T23:30:00+03:30"}},
		{"Asia/Tehran", "2026-12-31", []string{"00:00", "23:30"}, []string{"2026-12-31T00:00:00+03:30", "2026-12-31T23:30:00+03:30"}},
		{"Europe/London", "2027-01-01", []string{"00:00", "23:30"}, []string{"2027-01-01T00:00:00Z", "2027-01-01T23:30:00Z"}},
		{"Europe/London", "2028-02-29", []string{"00:00", "23:30"}, []string{"2028-02-29T00:00:00Z", "2028-02-29T23:30:00Z"}},
		{"Pacific/Kiritimati", "2026-12-31", []string{"00:00", "23:30"}, []string{"2026-12-31T00:00:00+14:00", "2026-12-31T23:30:00+14:00"}},
		{"Pacific/Pago_Pago", "2027-01-01", []string{"00:00", "23:30"}, []string{"2027-01-01T00:00:00-11:00", "2027-01-01T23:30:00-11:00"}},
	} {
		t.Run(c.zone+" "+c.day, func(t *testing.T) {
			day, err := time.Parse(time.DateOnly, c.day)
			if err != nil {
				t.Fatal(err)
			}
			p := openPortal(t, storetest.SQLite(t), day.AddDate(0, 0, -10), guard.Config{})
			there, err := p.posts.Get(context.Background(), "london")
			if err != nil {
				t.Fatal(err)
			}
			there.ID, there.Zone, there.Services, there.Version = "there", c.zone, services, 0
			if err := p.posts.Create(t.Context(), audit.System, there); err != nil {
				t.Fatal(err)
			}
			for _, offset := range []int{-1, 0, 1} {
				date := day.AddDate(0, 0, offset).Format(time.DateOnly)
				clocks := c.clocks
				if offset != 0 {
					clocks = []string{"00:00", "23:30"} // which must not be taken for the day's
				}
				for _, clock := range clocks {
					start, ok := post.Instant(there.Location(), date, clock)
					if !ok && offset == 0 {
						t.Fatalf("there is no %s on %s", clock, date)
					}
					if ok {
						p.addSlotAt(t, "there", date+"T"+clock, start, 2)
					}
				}
			}
			query := "post=there&service=passport-renewal&"
			var got []string
			for _, s := range must[[]slotAnswer](t, 200, p.call(t, "GET", "/slots?"+query+"from="+c.day+"&to="+c.day, nil)) {
				got = append(got, s.Start)
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("the API says\n%v, want\n%v", got, c.want)
			}
			page := p.ask(t, "GET", "/appointments/times?"+query+"party=1&date="+c.day, "", nil)
			if page.status != 200 || !strings.Contains(page.body, locale.For("en").LongDate(day)) {
				t.Fatalf("the page of times: %d, does not say %s", page.status, locale.For("en").LongDate(day))
			}
			for _, clock := range c.clocks {
				if !strings.Contains(page.body, `value="`+c.day+"T"+clock+`"`) {
					t.Errorf("the page does not offer %s", clock)
				}
			}
			if n := strings.Count(page.body, `name="slot"`); n != len(c.clocks) {
				t.Errorf("the page offers %d times, want %d", n, len(c.clocks))
			}
			// What is booked is told with the same offset everywhere.
			b := p.booked(t, c.day+"T"+c.clocks[1], human(1))
			if b.Start != c.want[1] {
				t.Errorf("booked at %s, want %s", b.Start, c.want[1])
			}
			for name, e := range entries(t, p.ask(t, "GET", strings.TrimPrefix(b.ICSURL, origin), "", nil).body) {
				if at, err := time.Parse(time.RFC3339, c.want[1]); err != nil || e.Start != at.UTC().Format(time.RFC3339) {
					t.Errorf("%s reads %s, want %s", name, e.Start, c.want[1])
				}
			}
		})
	}
}
