package form_test

import (
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
)

// checkOf puts a check on the last page in the place of the small one's.
func checkOf(t *testing.T, that string) *form.Definition {
	t.Helper()
	return parse(t, replace(t, `'!has(answers.children) || size(children) < 3 || stay < 30'`, `'`+that+`'`))
}

// A check complains when it is false and when it breaks; not over what is not
// there, for that is said elsewhere, or may be missing.
func TestWhenChecksComplain(t *testing.T) {
	for that, complains := range map[string]bool{
		`stay < 3`:                                     true,
		`stay < 30`:                                    false,
		`salary > 3.0`:                                 false, // not asked of this person
		`salary > 3.0 || stay > 30`:                    false,
		`salary > 3.0 && stay > 30`:                    true, // false whatever the salary is
		`size(children) > 3`:                           false,
		`has(answers.salary)`:                          true,
		`years(purpose, today) > 3`:                    true, // breaks: no date
		`1 / (stay - 5) > 0`:                           true, // breaks: by zero
		`plus_days(today, 1) == "2026-11-26"`:          false,
		`plus_months("2024-01-31", 1) == "2024-02-29"`: false,
		`years("2008-02-29", "2026-02-28") == 17 && years("2008-02-29", "2026-03-01") == 18`: false,
		`days("2026-11-25", "2026-12-25") == 30`:                                             false,
		`years("2008", "2026-01-01") == 18`:                                                  false,
		`plus_days(today, 1000000) > ""`:                                                     true, // breaks: beyond all years
	} {
		d := checkOf(t, that)
		err := d.Check(form.Answers{"purpose": "tourism", "with_children": false, "stay": 5.0, "agreed": true}, today)
		if f := fault.As(err); (f != nil) != complains || f != nil && (len(f.Fields) != 1 || f.Fields[0].Key != "form.check" || f.Fields[0].Path != "stay") {
			t.Errorf("%s: %v", that, err)
		}
	}
}

// An expression that would take for ever is stopped, and refuses.
func TestExpensiveChecksEnd(t *testing.T) {
	ten := "[1,2,3,4,5,6,7,8,9,10]"
	d := checkOf(t, ten+".all(a, "+ten+".all(b, "+ten+".all(c, "+ten+".all(d, "+ten+".all(e, "+ten+".all(f, a+b+c+d+e+f < stay + 100))))))")
	err := d.Check(form.Answers{"purpose": "tourism", "with_children": false, "stay": 5.0, "agreed": true}, today)
	if f := fault.As(err); f == nil || f.Fields[0].Key != "form.check" {
		t.Errorf("a million comparisons: %v", err)
	}
}
