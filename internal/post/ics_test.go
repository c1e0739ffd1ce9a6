package post_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
)

// calendar wraps events, each given as lines without BEGIN and END.
func calendar(events ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n")
	for i, lines := range events {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n")
		if !strings.Contains(lines, "UID:") {
			fmt.Fprintf(&b, "UID:%d@test\r\n", i)
		}
		b.WriteString(strings.ReplaceAll(lines, "\n", "\r\n") + "\r\nEND:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

func TestReadCalendar(t *testing.T) {
	for name, c := range map[string]struct {
		events  []string
		want    string
		skipped int
	}{
		"one day":                 {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260502"}, "2026-05-01", 0},
		"no end is one day":       {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260501"}, "2026-05-01", 0},
		"end equal to start":      {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260501"}, "2026-05-01", 0},
		"the end is not included": {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270103"}, "2026-12-31 2027-01-01 2027-01-02", 0},
		"duration":                {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260501\nDURATION:P2D"}, "2026-05-01 2026-05-02", 0},
		"every year":              {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20200528\nRRULE:FREQ=YEARLY"}, "2026-05-28 2027-05-28 2028-05-28", 0},
		"until":                   {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20200528\nRRULE:FREQ=YEARLY;UNTIL=20271231"}, "2026-05-28 2027-05-28", 0},
		"count":                   {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20250528\nRRULE:FREQ=YEARLY;COUNT=2"}, "2026-05-28", 0},
		"last Monday of May":      {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"}, "2026-05-25 2027-05-31 2028-05-29", 0},
		"leap day":                {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"}, "2028-02-29", 0},
		"two days every year":     {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20251231\nDTEND;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY"}, "2026-01-01 2026-12-31 2027-01-01 2027-12-31 2028-01-01 2028-12-31", 2},
		"exception":               {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260528\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270528"}, "2026-05-28 2028-05-28", 0},
		"extra day":               {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260528\nRDATE;VALUE=DATE:20260601,20260603"}, "2026-05-28 2026-06-01 2026-06-03", 0},
		"moved repetition": {[]string{
			"UID:x\nSUMMARY:A\nDTSTART;VALUE=DATE:20260528\nRRULE:FREQ=YEARLY",
			"UID:x\nSUMMARY:A\nDTSTART;VALUE=DATE:20270530\nRECURRENCE-ID;VALUE=DATE:20270528",
		}, "2026-05-28 2027-05-30 2028-05-28", 0},
		"cancelled": {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260501\nSTATUS:CANCELLED", "SUMMARY:B\nDTSTART;VALUE=DATE:20260502"}, "2026-05-02", 0},
		"twice":     {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20260501", "SUMMARY:B\nDTSTART;VALUE=DATE:20260501"}, "2026-05-01", 1},
		"long past": {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:19990101", "SUMMARY:B\nDTSTART;VALUE=DATE:99991231"}, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			days, skipped, err := post.ReadCalendar(strings.NewReader(calendar(c.events...)), 2026, 2028)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range days {
				got = append(got, d.Date)
				if d.Source != post.Imported || len(d.Name.Missing()) > 0 {
					t.Errorf("%+v", d)
				}
			}
			if strings.Join(got, " ") != c.want || skipped != c.skipped {
				t.Errorf("got %v and %d left out, want %s and %d", got, skipped, c.want, c.skipped)
			}
		})
	}
}

func TestOneDayInTwoLanguages(t *testing.T) {
	days, skipped, err := post.ReadCalendar(strings.NewReader(calendar(
		"SUMMARY;LANGUAGE=en-GB:New Year's Day\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY",
		"SUMMARY;LANGUAGE=az:Yeni il\nDTSTART;VALUE=DATE:20260101",
		"SUMMARY;LANGUAGE=fr:Fête\nDTSTART;VALUE=DATE:20260714",
	)), 2026, 2027)
	if err != nil || skipped != 0 || len(days) != 3 {
		t.Fatal(days, skipped, err)
	}
	if days[0].Name["en"] != "New Year's Day" || days[0].Name["az"] != "Yeni il" {
		t.Errorf("both names should stand: %v", days[0].Name)
	}
	if days[2].Name["az"] != "New Year's Day" || days[1].Name["en"] != "Fête" {
		t.Errorf("a name stands in where a language has none: %v %v", days[1].Name, days[2].Name)
	}
}

func TestBadCalendarsSayWhatIsWrong(t *testing.T) {
	ok := "SUMMARY:Good\nDTSTART;VALUE=DATE:20260501"
	for name, c := range map[string]struct{ text, path, key string }{
		"nothing":         {"", "file", "post.ics.empty"},
		"a picture":       {"\x89PNG\r\n\x1a\n\x00\x00", "file", "post.ics.not_a_calendar"},
		"a page":          {"<!doctype html><title>x</title>", "file", "post.ics.not_a_calendar"},
		"cut short":       {strings.TrimSuffix(calendar(ok), "END:VEVENT\r\nEND:VCALENDAR\r\n"), "file", "post.ics.not_a_calendar"},
		"no events":       {calendar(), "file", "post.ics.empty"},
		"too big":         {calendar(ok + "\nDESCRIPTION:" + strings.Repeat("x", post.MaxCalendarBytes)), "file", "post.ics.too_big"},
		"too many":        {calendar(strings.Split(strings.Repeat(ok+"|", 2000)+ok, "|")...), "file", "post.ics.too_many"},
		"timed":           {calendar(ok, "SUMMARY:Prayer\nDTSTART:20260320T080000Z"), "events[1]", "post.ics.not_whole_day"},
		"no start":        {calendar("SUMMARY:A"), "events[0]", "post.ics.not_whole_day"},
		"no such day":     {calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20260231"), "events[0]", "post.ics.not_whole_day"},
		"backwards":       {calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20260502\nDTEND;VALUE=DATE:20260501"), "events[0]", "post.ics.bad_end"},
		"odd duration":    {calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20260502\nDURATION:PT5H"), "events[0]", "post.ics.bad_end"},
		"a whole year":    {calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101"), "events[0]", "post.ics.too_long"},
		"nameless":        {calendar("DTSTART;VALUE=DATE:20260501"), "events[0]", "post.ics.no_name"},
		"long name":       {calendar("DTSTART;VALUE=DATE:20260501\nSUMMARY:" + strings.Repeat("x", 300)), "events[0]", "post.ics.name_long"},
		"every second":    {calendar(ok + "\nRRULE:FREQ=SECONDLY"), "events[0]", "post.ics.bad_rule"},
		"hours of a day":  {calendar(ok + "\nRRULE:FREQ=DAILY;BYHOUR=1,2,3"), "events[0]", "post.ics.bad_rule"},
		"nonsense rule":   {calendar(ok + "\nRRULE:whenever"), "events[0]", "post.ics.bad_rule"},
		"bad exception":   {calendar(ok + "\nRRULE:FREQ=YEARLY\nEXDATE:20260501T000000Z"), "events[0]", "post.ics.bad_rule"},
		"month thirteen":  {calendar(ok + "\nRRULE:FREQ=YEARLY;BYMONTH=13"), "events[0]", "post.ics.bad_rule"},
		"a zone of hours": {calendar("SUMMARY:A\nDTSTART;TZID=Asia/Baku:20260501T090000"), "events[0]", "post.ics.not_whole_day"},
	} {
		t.Run(name, func(t *testing.T) {
			days, _, err := post.ReadCalendar(strings.NewReader(c.text), 2026, 2028)
			refusal := fault.As(err)
			if refusal == nil || refusal.Kind != fault.Invalid || len(days) != 0 {
				t.Fatalf("got %d days, %v", len(days), err)
			}
			if refusal.Fields[0].Path != c.path || refusal.Fields[0].Key != c.key {
				t.Errorf("got %v, want %s %s", refusal, c.path, c.key)
			}
		})
	}
}

func FuzzReadCalendar(f *testing.F) {
	f.Add(calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20260528\nRRULE:FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5\nEXDATE;VALUE=DATE:20270528"))
	f.Add(calendar("SUMMARY;LANGUAGE=az:A\nDTSTART;VALUE=DATE:20260528\nDURATION:P2W\nRDATE:20260601"))
	f.Add("BEGIN:VCALENDAR\nBEGIN:X\nEND:VCALENDAR")
	f.Fuzz(func(t *testing.T, text string) {
		days, _, err := post.ReadCalendar(strings.NewReader(text), 2026, 2028)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		last := ""
		for _, d := range days {
			if _, ok := post.ParseDate(d.Date); !ok || d.Date <= last || d.Date < "2026" || d.Date > "2029" || len(d.Name.Missing()) > 0 {
				t.Errorf("accepted %+v after %s", d, last)
			}
			last = d.Date
		}
	})
}
