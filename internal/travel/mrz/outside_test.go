package mrz_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/travel/mrz"
)

// Python's mrz package reads what we write as we do, and finds every check
// digit wrong that we find wrong. It knows neither long document numbers nor
// dates with unknown parts, and wants given names, an expiry in the coming
// years and no crew member's certificate, so the rest is left out.
func TestReadByAnotherProgram(t *testing.T) {
	python := outsidetest.Python(t, "mrz", "0.6.2")
	type asked struct {
		fields mrz.Fields
		right  bool
	}
	var zones [][]string
	var all []asked
	for seed := 0; len(all) < 120; seed++ {
		f := rapid.Custom(drawFields).Example(seed)
		if len(f.Number) > 9 || !f.Birth.Known() || !f.Expiry.Known() || f.GivenNames == "" || f.Code == "AC" {
			continue
		}
		f.Birth.Year, f.Expiry.Year = 1950+f.Birth.Year%60, 2027+f.Expiry.Year%10
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Fatal(err)
		}
		zones, all = append(zones, lines), append(all, asked{f, true})
		// The check digit of the birth date, one too high.
		line, column := 1, 19
		if f.Format == mrz.TD1 {
			column = 6
		}
		wrong := append([]string{}, lines...)
		wrong[line] = lines[line][:column] + string('0'+(lines[line][column]-'0'+1)%10) + lines[line][column+1:]
		zones, all = append(zones, wrong), append(all, asked{f, false})
	}
	question, err := json.Marshal(zones)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "../../../test/mrzcheck/read.py")
	cmd.Stdin = bytes.NewReader(question)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var answers []struct {
		Right                                                                 bool
		Surname, Given, Issuer, Nationality, Birth, Expiry, Sex, Number, Code string
	}
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(all) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	short := strings.NewReplacer("-", "")
	for i, a := range answers {
		f, text := all[i].fields, strings.Join(zones[i], "\n")
		if a.Right != all[i].right {
			t.Errorf("right %v, want %v:\n%s", a.Right, all[i].right, text)
		}
		sex := strings.Replace(f.Sex, "X", "<", 1)
		for what, pair := range map[string][2]string{
			"surname": {a.Surname, f.Surname}, "given names": {a.Given, f.GivenNames}, "issuer": {a.Issuer, f.Issuer}, "nationality": {a.Nationality, f.Nationality},
			"birth": {a.Birth, short.Replace(f.Birth.String())[2:]}, "expiry": {a.Expiry, short.Replace(f.Expiry.String())[2:]}, "sex": {a.Sex, sex}, "number": {a.Number, f.Number}, "code": {a.Code, f.Code},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %q, ours %q:\n%s", what, pair[0], pair[1], text)
			}
		}
	}
}
