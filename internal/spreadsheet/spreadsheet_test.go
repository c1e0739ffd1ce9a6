package spreadsheet_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/spreadsheet"
)

func TestNothingIsAFormula(t *testing.T) {
	for value, want := range map[string]string{
		"":                          "",
		"Aygün":                     "Aygün",
		"12.5":                      "12.5",
		"=HYPERLINK(\"http://x\")":  "'=HYPERLINK(\"http://x\")",
		"+994":                      "'+994",
		"-1+1":                      "'-1+1",
		"@SUM(A1)":                  "'@SUM(A1)",
		"\t=1":                      "'\t=1",
		"\r=1":                      "'\r=1",
		"  =1":                      "'  =1",
		"＝1":                        "'＝1",
		"'quoted":                   "''quoted",
		"O'Connor":                  "O'Connor",
		"a=b":                       "a=b",
		"line\n=cmd|' /C calc'!A0 ": "line\n=cmd|' /C calc'!A0 ",
	} {
		if got := spreadsheet.Safe(value); got != want {
			t.Errorf("%q became %q, want %q", value, got, want)
		}
	}
}

func TestValuesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// csv.Reader makes a newline of a carriage return and a newline.
		text := rapid.StringMatching(`[-=+@'" ,;\n\tabə№0-9]{0,8}`)
		lines := rapid.SliceOfN(rapid.SliceOfN(text, 3, 3), 1, 5).Draw(t, "lines")
		var b strings.Builder
		w := spreadsheet.NewWriter(&b)
		for _, l := range lines {
			if err := w.Write(append(l, "end")...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		back, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(back) != len(lines) {
			t.Fatalf("%d lines of %d, %v", len(back), len(lines), err)
		}
		for i, l := range lines {
			for k, v := range l {
				if got := spreadsheet.Plain(back[i][k]); got != v {
					t.Fatalf("%q came back as %q", v, got)
				}
				if c := strings.TrimLeft(back[i][k], " "); c != "" && strings.ContainsAny(c[:1], "=+-@\t") {
					t.Fatalf("%q was written as %q", v, back[i][k])
				}
			}
		}
	})
}
