package planweb_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestFromAnEmptyPlanToPeopleWhoMustMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		if code, body := s.get(t, "/staff/plan/london", "en"); code != http.StatusOK || !strings.Contains(body, "Nothing is planned yet") {
			t.Fatalf("%d %s", code, between(body, "<main", "</main>"))
		}
		// Nothing is saved by looking.
		code, page := s.post(t, rules, mondays())
		if code != http.StatusOK || !strings.Contains(page, "What the new rule would do") || len(s.slots(t)) != 0 {
			t.Fatalf("%d %s", code, between(page, "<main", "</main>"))
		}
		if code, where := s.agree(t, rules, page, nil); code != http.StatusSeeOther || where != "/staff/plan/london" {
			t.Fatalf("%d %s", code, where)
		}
		slots := s.slots(t)
		if len(slots) == 0 || len(slots)%3 != 0 {
			t.Fatalf("%d slots", len(slots))
		}
		s.come(t, slots[0].ID, 1)
		last := s.come(t, slots[0].ID, 2)

		planned, err := s.plans.Plan(context.Background(), "london")
		if err != nil {
			t.Fatal(err)
		}
		path := "/staff/plan/london/rules/" + planned.Rules[0].ID
		if code, body := s.get(t, path, "en"); code != http.StatusOK || !strings.Contains(body, `value="09:00"`) || !strings.Contains(body, `value="1" checked`) {
			t.Fatalf("%d %s", code, between(body, "<main", "</main>"))
		}
		fewer := mondays()
		fewer.Set("places", "1")
		_, page = s.post(t, path, fewer)
		if !strings.Contains(page, last.Reference) || !strings.Contains(page, "09:20") {
			t.Errorf("no word of who must move, and of the next time: %s", between(page, "<main", "</main>"))
		}
		// Changing the answers keeps them.
		if code, body := s.agree(t, path, page, url.Values{"back": {"yes"}}); code != http.StatusOK || !strings.Contains(body, `name="places" type="text" value="1"`) {
			t.Errorf("%d %s", code, between(body, "<main", "</main>"))
		}
		// Somebody cancels meanwhile: what was shown is not true any more.
		other := s.come(t, slots[1].ID, 3)
		fourth := s.come(t, slots[1].ID, 4)
		code, body := s.agree(t, path, page, nil)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Look at the effect again") {
			t.Fatalf("%d %s", code, between(body, "<main", "</main>"))
		}
		if k, _ := s.book.Booking(context.Background(), last.ID); !k.MoveBy.IsZero() {
			t.Error("the refused change was made")
		}
		if code, body := s.agree(t, path, body, url.Values{"reason.en": {strings.Repeat("x", 301)}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#reason-en"`) {
			t.Errorf("%d", code)
		}
		if code, _ := s.agree(t, path, body, url.Values{"reason.en": {"Works"}}); code != http.StatusSeeOther {
			t.Errorf("%d", code)
		}
		if said := s.flash(t); !strings.Contains(said, "2 bookings must move") {
			t.Errorf("it says %s", said)
		}
		if k, _ := s.book.Booking(context.Background(), other.ID); !k.MoveBy.IsZero() {
			t.Error("who booked first must move")
		}
		mail := s.mail(t, notify.KindMustMove, last.ID)
		for _, want := range []string{"The reason: Works", "09:00", "09:40", last.Reference, "/appointments/manage/" + last.Reference + "?token="} {
			if !strings.Contains(mail.Text, want) {
				t.Errorf("no %q in %s", want, mail.Text)
			}
		}
		for _, lang := range locale.Languages {
			for path, want := range map[string]string{"/staff/plan/london/must-move": "Aysel Test", "/staff/plan/london": "must-move"} {
				if code, body := s.get(t, path, lang); code != http.StatusOK || !strings.Contains(body, want) || strings.Contains(body, "planweb.") {
					t.Errorf("%s in %s: %d %s", path, lang, code, between(body, "<main", "</main>"))
				}
			}
		}
		// On the telephone, the desk moves them to what is kept.
		list := "/staff/plan/london/must-move"
		if code, _ := s.post(t, list+"/"+last.Reference, url.Values{"slot": {slots[2].ID}}); code != http.StatusForbidden {
			t.Errorf("moved without the permission: %d", code)
		}
		s.gate.person = head{"plan.see", "day.see", "booking.staff"}
		_, body = s.get(t, list, "en")
		kept := between(body, `name="slot" value="`, `"`)
		if code, where := s.post(t, list+"/"+last.Reference, url.Values{"slot": {"another"}}); code != http.StatusSeeOther || where != list {
			t.Errorf("%d %s", code, where)
		}
		if k, _ := s.book.Booking(context.Background(), last.ID); k.SlotID != slots[0].ID {
			t.Error("moved to what was not kept")
		}
		for range 2 {
			if code, where := s.post(t, list+"/"+last.Reference, url.Values{"slot": {kept}}); code != http.StatusSeeOther || where != list {
				t.Errorf("%d %s", code, where)
			}
		}
		if k, _ := s.book.Booking(context.Background(), last.ID); k.SlotID != slots[2].ID || !k.MoveBy.IsZero() {
			t.Errorf("not moved: %+v", k)
		}
		if code, _ := s.post(t, list+"/XXXX-XXXX", url.Values{"slot": {kept}}); code != http.StatusNotFound {
			t.Errorf("%d", code)
		}

		// An auditor sees who must move, but not their names.
		s.gate.person = head{"plan.see"}
		if _, body := s.get(t, "/staff/plan/london/must-move", "en"); !strings.Contains(body, fourth.Reference) || strings.Contains(body, "Aysel") || strings.Contains(body, "<form method=\"post\" action=\"/staff/plan/") {
			t.Error("names are for those who see the day")
		}
		if _, body := s.get(t, "/staff/plan/london", "en"); strings.Contains(body, "/rules/") {
			t.Error("links to change for who may only look")
		}
	})
}

func TestTheCalendarChangesAndAsks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		_, page := s.post(t, rules, mondays())
		s.agree(t, rules, page, nil)
		if _, body := s.get(t, "/staff/plan/london", "en"); strings.Contains(body, "The calendar has changed") {
			t.Error("a change without a change")
		}
		first := s.slots(t)[0]
		text := locale.Text{"en": "Flood", "az": "Daşqın"}
		if _, err := s.posts.AddClosure(context.Background(), "staff:7", post.Closure{PostID: "london", From: first.Date, To: first.Date, Reason: text}); err != nil {
			t.Fatal(err)
		}
		if _, body := s.get(t, "/staff/plan/london", "en"); !strings.Contains(body, "The calendar has changed") || !strings.Contains(body, "Flood") {
			t.Error("no word of the closure")
		}
		_, page = s.get(t, "/staff/plan/london/apply", "en")
		if code, where := s.agree(t, "/staff/plan/london/apply", page, nil); code != http.StatusSeeOther {
			t.Fatalf("%d %s", code, where)
		}
		if got := s.slots(t); got[0].Date == first.Date {
			t.Error("the closed day has slots")
		}
		if _, body := s.get(t, "/staff/plan/london", "en"); strings.Contains(body, "The calendar has changed") {
			t.Error("still asking")
		}
	})
}

func TestDaysThatAreOtherThanUsual(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	_, page := s.post(t, rules, mondays())
	s.agree(t, rules, page, nil)
	day := s.slots(t)[0].Date
	parts := strings.Split(day, "-")
	closing := url.Values{"date.year": {parts[0]}, "date.month": {parts[1]}, "date.day": {parts[2]}, "kind": {"closed"}, "note": {"Moving house"}}
	const add = "/staff/plan/london/exceptions/new"
	_, page = s.post(t, add, closing)
	if code, where := s.agree(t, add, page, nil); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, where)
	}
	if s.slots(t)[0].Date == day {
		t.Error("the day is not closed")
	}
	// An extra rule makes slots all the same.
	extra := mondays()
	extra.Del("weekdays")
	extra.Set("one_day", "yes")
	extra.Set("date", day)
	extra.Set("from", "08:00")
	extra.Set("to", "08:20")
	_, page = s.post(t, rules, extra)
	s.agree(t, rules, page, nil)
	if got := s.slots(t)[0]; got.Date != day || got.Clock != "08:00" {
		t.Errorf("%+v", got)
	}
	_, body := s.get(t, "/staff/plan/london", "en")
	if !strings.Contains(body, "Moving house") || !strings.Contains(body, "Extra slots") {
		t.Error(between(body, "<main", "</main>"))
	}
	planned, _ := s.plans.Plan(context.Background(), "london")
	remove := "/staff/plan/london/exceptions/" + planned.Exceptions[0].ID + "/remove"
	_, page = s.get(t, remove, "en")
	if code, _ := s.agree(t, remove, page, nil); code != http.StatusSeeOther {
		t.Errorf("%d", code)
	}
	if code, _ := s.get(t, remove, "en"); code != http.StatusNotFound {
		t.Errorf("removed twice: %d", code)
	}
}

func TestWhatTheFormsRefuse(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	for field, values := range map[string]url.Values{
		"weekdays":        {"weekdays": nil},
		"from":            {"from": {"nine"}},
		"to":              {"to": {"08:00"}},
		"slot-minutes":    {"slot_minutes": {"many"}},
		"places":          {"places": {"-3"}},
		"services":        {"services": {"tea"}},
		"counters":        {"counters": {"none"}},
		"reserve":         {"reserve": {"half"}},
		"release":         {"release": {"whenever"}},
		"days-ahead":      {"days_ahead": {"9999999999999999999"}},
		"batch-ahead":     {"release": {"batch"}, "release_weekday": {"1"}, "release_time": {"10:00"}, "span_days": {"7"}, "batch_ahead": {"x"}},
		"release-weekday": {"release": {"batch"}, "release_time": {"10:00"}, "span_days": {"7"}, "batch_ahead": {"1"}},
		"openings-0-date": {"release": {"openings"}},
		"openings-1-time": {"release": {"openings"}, "openings[0].date": {"2026-12-01"}, "openings[0].time": {"10:00"}, "openings[0].from": {"2026-12-10"}, "openings[0].to": {"2026-12-20"}, "openings[1].date": {"2026-12-02"}, "openings[1].from": {"2026-12-21"}, "openings[1].to": {"2026-12-31"}},
		"valid-to":        {"valid_from": {"2027-02-01"}, "valid_to": {"2027-01-31"}},
		"date":            {"one_day": {"yes"}, "date": {""}},
		"valid-from":      {"valid_from": {"2027-02-29"}},
		"span-days":       {"release": {"batch"}, "release_weekday": {"1"}, "release_time": {"10:00"}, "span_days": {"1"}, "batch_ahead": {"1"}},
		"release-time":    {"release": {"batch"}, "release_weekday": {"1"}, "release_time": {""}, "span_days": {"7"}, "batch_ahead": {"1"}},
		"openings-0-from": {"release": {"openings"}, "openings[0].date": {"2026-12-11"}, "openings[0].time": {"10:00"}, "openings[0].from": {"2026-12-10"}, "openings[0].to": {"2026-12-20"}},
	} {
		form := mondays()
		for name, value := range values {
			form[name] = value
		}
		code, body := s.post(t, rules, form)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#`+field+`"`) || !strings.Contains(body, `id="`+field+`"`) {
			t.Errorf("%s: %d %s", field, code, between(body, "error-summary__list", "</ul>"))
		}
	}
	exception := url.Values{"date.day": {"31"}, "date.month": {"11"}, "date.year": {"2026"}, "kind": {"hours"}, "from": {"10:00"}, "to": {"09:00"}}
	code, body := s.post(t, "/staff/plan/london/exceptions/new", exception)
	for _, field := range []string{"date", "to"} {
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#`+field+`"`) {
			t.Errorf("%s: %d", field, code)
		}
	}
	for path, want := range map[string]int{"/staff/plan/london/rules/x": 404, "/staff/plan/london/rules/x/remove": 404, "/staff/plan/paris": 403, "/staff/plan": 303} {
		if code, _ := s.get(t, path, "en"); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}

func TestEveryPageInBothLanguages(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	weekly := mondays()
	for name, value := range map[string]string{"release": "batch", "release_weekday": "1", "release_time": "10:00", "span_days": "14", "batch_ahead": "7", "reserve": "1", "reserve_unit": "places", "valid_from": "2026-12-01"} {
		weekly.Set(name, value)
	}
	published := mondays()
	for name, value := range map[string]string{"release": "openings", "openings[0].date": "2026-12-01", "openings[0].time": "10:00", "openings[0].from": "2026-12-10", "openings[0].to": "2026-12-20"} {
		published.Set(name, value)
	}
	ballot := mondays()
	ballot.Set("release", "ballot")
	for _, form := range []url.Values{mondays(), weekly, published, ballot} {
		_, page := s.post(t, rules, form)
		if code, body := s.agree(t, rules, page, nil); code != http.StatusSeeOther {
			t.Fatalf("%d %s", code, between(body, "<main", "</main>"))
		}
	}
	planned, err := s.plans.Plan(context.Background(), "london")
	if err != nil || len(planned.Rules) != 4 {
		t.Fatalf("%+v, %v", planned, err)
	}
	paths := []string{"/staff/plan/london", rules, rules + "?for=day", "/staff/plan/london/exceptions/new", "/staff/plan/london/apply", "/staff/plan/london/must-move", "/staff/plan/london/revisions"}
	for _, r := range planned.Rules {
		paths = append(paths, "/staff/plan/london/rules/"+r.ID, "/staff/plan/london/rules/"+r.ID+"/remove")
	}
	for _, path := range paths {
		for _, lang := range locale.Languages {
			if code, body := s.get(t, path, lang); code != http.StatusOK || strings.Contains(body, "planweb.") || strings.Contains(body, "<no value>") || strings.Contains(body, "ZgotmplZ") {
				t.Errorf("%s in %s: %d %s", path, lang, code, between(body, "<main", "</main>"))
			}
		}
	}
	if _, body := s.get(t, "/staff/plan/london/revisions", "en"); !strings.Contains(body, "Revision 4: a rule was saved, Wednesday, 25 November 2026, 12:00, Leyla") || !strings.Contains(body, "4 rules, 0 exceptions") {
		t.Errorf("the history says %s", between(body, "<main", "</main>"))
	}
	if _, body := s.get(t, "/staff/plan/london/revisions?before=2", "en"); strings.Contains(body, "Revision 2") || !strings.Contains(body, "Revision 1") {
		t.Error("the history does not go on where it was left")
	}
	// The form shows a rule as it was saved.
	for i, want := range []string{`value="rolling" checked`, `name="span_days" type="text" value="14"`, `name="openings[0].from" type="date" value="2026-12-10"`, `value="ballot" checked`} {
		if _, body := s.get(t, "/staff/plan/london/rules/"+planned.Rules[i].ID, "en"); !strings.Contains(body, want) {
			t.Errorf("rule %d: no %s", i, want)
		}
	}
}
