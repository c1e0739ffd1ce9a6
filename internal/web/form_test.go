package web_test

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

func TestForm(t *testing.T) {
	form := web.NewForm(url.Values{"b.day": {" 7 "}, "b.month": {"2"}, "b.year": {"1994"}, "c.day": {"x"}, "s": {"1", "2"}})
	if got := form.Date("b"); got != "1994-02-07" {
		t.Errorf("date %q", got)
	}
	if got := form.Date("c"); got != "--0x" {
		t.Errorf("a date that is none: %q", got)
	}
	if form.Date("none") != "" || !form.Has("s", "2") || form.Has("s", "3") {
		t.Error("empty dates or lists are not read right")
	}
	form.SetDate("d", "2026-11-05")
	if form.Value("d.day") != "5" || form.Date("d") != "2026-11-05" {
		t.Errorf("a date set is %q", form.Date("d"))
	}
	if form.Refuse(errors.New("x")) || form.Refuse(fault.NewConflict("x")) || form.Refuse(nil) {
		t.Error("an error without fields was taken for refused answers")
	}
	if !form.Refuse(fmt.Errorf("hold: %w", fault.NewInvalid(fault.Field{Path: "p[0].x", Key: "k"}))) || form.Error("p[0].x").Key != "k" {
		t.Error("the refused field is not in the form")
	}
	if id := web.FieldID(web.Index("applicants", 0, "date_of_birth")); id != "applicants-0-date-of-birth" {
		t.Errorf("id %q", id)
	}
	var none *web.Form
	if none.Value("x") != "" || none.Error("x") != nil {
		t.Error("a missing form has values")
	}
}
