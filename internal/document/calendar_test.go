package document

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/outsidetest"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func event(t testing.TB, zoneName string, start time.Time) Event {
	return Event{
		UID: "019ab2c4-0000-7000-8000-000000000001@mfa.example", Sequence: 2, Start: start, End: start.Add(20 * time.Minute), Zone: zone(t, zoneName),
		Summary: "Pasportun dəyişdirilməsi; Səfirlik, Berlin", Description: "Bring:\n- old passport, photo; \"fee\"\n\\o/ " + strings.Repeat("çöşğüəı ", 30),
		Organizer: "Səfirlik; \"Berlin\", Almaniya: konsulluq", OrganizerEmail: "berlin@posts.example.org",
		Location: "Hubertusallee 43, 14193 Berlin\nGermany", Latitude: 52.4816, Longitude: -13.283333, URL: "https://mfa.example/appointments/manage/K7QX-2M9D?token=a,b;c",
		Stamp: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), Lang: "az",
	}
}

// read is what a parser from outside says of a file.
type read struct {
	Method, UID, Status, Summary, Description, Location, URL, TZID, Start, End, Organizer, CN string
	Sequence, Alarm                                                                           int
	Geo                                                                                       []float64
}

// parsers read a file by programs that are not ours.
func parsers(t *testing.T) map[string]func(path string) *exec.Cmd {
	python := outsidetest.Python(t, "icalendar", "7.3.0")
	nodeDir := outsidetest.Node(t, "ical.js", "2.2.1")
	scripts, err := filepath.Abs("../../test/calendar")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func(string) *exec.Cmd{
		"icalendar": func(path string) *exec.Cmd { return exec.Command(python, filepath.Join(scripts, "read.py"), path) },
		"ical.js": func(path string) *exec.Cmd {
			return exec.Command("node", filepath.Join(scripts, "read.mjs"), nodeDir, path)
		},
	}
}

func TestOtherProgramsReadTheEntry(t *testing.T) {
	readers := parsers(t)
	utc := func(y int, m time.Month, d, h, min int) time.Time { return time.Date(y, m, d, h, min, 0, 0, time.UTC) }
	events := map[string]Event{"none": event(t, "Asia/Baku", utc(2026, 12, 7, 8, 20))}
	// Either side of a change of clocks, north and south, and where the law
	// changed the clocks or the moon does.
	for name, c := range map[string]struct {
		zone string
		at   time.Time
	}{
		"winter":        {"Europe/Berlin", utc(2026, 12, 7, 8, 20)},
		"summer":        {"Europe/London", utc(2027, 6, 7, 8, 20)},
		"before spring": {"Europe/London", utc(2027, 3, 28, 0, 40)},
		"after spring":  {"Europe/London", utc(2027, 3, 28, 1, 20)},
		"first autumn":  {"America/New_York", utc(2026, 11, 1, 5, 30)},
		"second autumn": {"America/New_York", utc(2026, 11, 1, 6, 30)},
		"after autumn":  {"America/New_York", utc(2026, 11, 1, 7, 0)},
		"until autumn":  {"America/New_York", utc(2026, 11, 1, 4, 30)},
		"south":         {"America/Santiago", utc(2027, 1, 15, 13, 0)},
		"south winter":  {"America/Santiago", utc(2027, 7, 15, 13, 0)},
		"abolished":     {"Asia/Tehran", utc(2027, 7, 15, 6, 0)},
		"ramadan":       {"Africa/Casablanca", utc(2027, 2, 20, 10, 0)},
		"not ramadan":   {"Africa/Casablanca", utc(2027, 4, 20, 10, 0)},
		"half hour":     {"Asia/Kolkata", utc(2028, 2, 29, 4, 0)},
		"year end":      {"Pacific/Auckland", utc(2026, 12, 31, 20, 0)},
	} {
		events[name] = event(t, c.zone, c.at)
	}
	cancelled := event(t, "Europe/Berlin", utc(2026, 12, 7, 8, 20))
	cancelled.Cancelled, cancelled.Sequence = true, 3
	events["cancelled"] = cancelled
	bare := cancelled
	bare.Description, bare.Location, bare.URL, bare.Latitude, bare.Longitude, bare.OrganizerEmail = "", "", "", 0, 0, ""
	events["bare"] = bare

	for name, e := range events {
		path := filepath.Join(t.TempDir(), "e.ics")
		if err := os.WriteFile(path, e.ICS(), 0o600); err != nil {
			t.Fatal(err)
		}
		want := read{
			Method: "PUBLISH", UID: e.UID, Status: "CONFIRMED", Summary: e.Summary, Description: e.Description, Location: e.Location, URL: e.URL,
			TZID: e.Zone.String(), Start: e.Start.Format(time.RFC3339), End: e.End.Format(time.RFC3339), Sequence: e.Sequence, Alarm: -86400,
		}
		if e.OrganizerEmail != "" {
			want.Organizer, want.CN = "mailto:"+e.OrganizerEmail, "Səfirlik Berlin Almaniya konsulluq"
		}
		if e.Latitude != 0 {
			want.Geo = []float64{e.Latitude, e.Longitude}
		}
		if name == "first autumn" || name == "second autumn" {
			want.TZID = "" // a time that the clock shows twice is told as an instant
		}
		if e.Cancelled {
			want.Method, want.Status, want.Alarm = "CANCEL", "CANCELLED", 0
		}
		for reader, command := range readers {
			var stderr bytes.Buffer
			cmd := command(path)
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s, %s: %v: %s", name, reader, err, stderr.String())
			}
			var got read
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%s, %s: %v: %s", name, reader, err, out)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s reads\n%+v\nwant\n%+v", name, reader, got, want)
			}
		}
	}
}

// unfold undoes RFC 5545, section 3.1, and checks it on the way.
func unfold(t rapid.TB, data []byte) []string {
	if !utf8.Valid(data) || !bytes.HasSuffix(data, []byte("\r\n")) {
		t.Fatalf("not whole lines of UTF-8: %q", data)
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSuffix(string(data), "\r\n"), "\r\n") {
		if len(l) > 75 {
			t.Fatalf("a line of %d octets: %q", len(l), l)
		}
		if strings.ContainsFunc(l, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
			t.Fatalf("a control character in %q", l)
		}
		if !utf8.ValidString(l) {
			t.Fatalf("folded inside a character: %q", l)
		}
		if strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t") {
			if len(lines) == 0 {
				t.Fatal("the first line continues none")
			}
			lines[len(lines)-1] += l[1:]
		} else {
			lines = append(lines, l)
		}
	}
	return lines
}

// unescape undoes RFC 5545, section 3.3.11.
func unescape(t rapid.TB, text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ',' || c == ';':
			t.Fatalf("%q has a bare %q", text, c)
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(text):
			t.Fatalf("%q ends in an escape", text)
		default:
			i++
			switch text[i] {
			case 'n', 'N':
				b.WriteByte('\n')
			case ',', ';', '\\':
				b.WriteByte(text[i])
			default:
				t.Fatalf("%q has an unknown escape", text)
			}
		}
	}
	return b.String()
}

func TestAnyTextSurvivesTheFile(t *testing.T) {
	base := event(t, "Europe/Berlin", time.Date(2026, 12, 7, 8, 20, 0, 0, time.UTC))
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[,;:\\n"\n\r\tə😀 ]{0,200}`), rapid.StringMatching(`BEGIN:VALARM|\r\nEND:VEVENT\r\n`))
	rapid.Check(t, func(t *rapid.T) {
		e := base
		e.Summary, e.Description, e.Location = texts.Draw(t, "summary"), texts.Draw(t, "description"), texts.Draw(t, "location")
		got := map[string]string{}
		inEvent, begins := false, 0
		for _, l := range unfold(t, e.ICS()) {
			if strings.HasPrefix(l, "BEGIN:") {
				begins++
				inEvent = l == "BEGIN:VEVENT"
			}
			if name, value, ok := strings.Cut(l, ":"); ok && inEvent {
				got[name] = value
			}
		}
		if begins < 5 || begins > 9 {
			t.Fatalf("%d components", begins)
		}
		for name, want := range map[string]string{"SUMMARY": e.Summary, "DESCRIPTION": e.Description, "LOCATION": e.Location} {
			if text := unescape(t, got[name]); text != printable(want) {
				t.Fatalf("%s: %q became %q", name, want, text)
			}
		}
	})
}

func TestSameEntrySameBytes(t *testing.T) {
	e := event(t, "Africa/Casablanca", time.Date(2027, 2, 20, 10, 0, 0, 0, time.UTC))
	first := e.ICS()
	for range 20 {
		if !bytes.Equal(first, e.ICS()) {
			t.Fatal("another file from the same entry")
		}
	}
	if n := bytes.Count(first, []byte("TZOFFSETTO")); n < 4 {
		t.Errorf("%d observances around a Ramadan, want the changes of two years", n)
	}
}
