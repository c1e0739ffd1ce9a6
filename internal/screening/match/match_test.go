package match_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/screening/match"
)

// today is a day on which all entries without a period are in force.
const today = "2026-11-25"

func index(entries ...match.Entry) *match.Index {
	for i := range entries {
		if entries[i].ID == "" {
			entries[i].ID = fmt.Sprint("e", i)
		}
		if entries[i].Kind == "" {
			entries[i].Kind = match.Individual
		}
	}
	return match.NewIndex(entries, match.UsualRules())
}

func called(names ...string) match.Entry {
	var e match.Entry
	for _, n := range names {
		e.Names = append(e.Names, match.Name{Text: n, Quality: match.Primary})
	}
	return e
}

func birth(t *testing.T, text string) []match.Birth {
	t.Helper()
	b, ok := match.ParseBirth(text)
	if !ok {
		t.Fatalf("%q is no birth date", text)
	}
	return []match.Birth{b}
}

// The same name in other scripts, spellings and orders is found; other names
// are not. All people are invented.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		listed, asked string
		want          bool
	}{
		{"Muhammad Hasan Qasimov", "Muhammad Hasan Qasimov", true},
		{"Muhammad Hasan Qasimov", "QASIMOV MUHAMMAD HASAN", true},
		{"Muhammad Hasan Qasimov", "Mohammed Hassan Gasimov", true},
		{"Muhammad Hasan Qasimov", "Мухаммед Гасан Касимов", true},
		{"Muhammad Hasan Qasimov", "Muhammad Qasimov", true},
		{"Cavid Cəfərov", "Javid Jafarov", true},
		{"Cavid Cəfərov", "Джавид Джафаров", true},
		{"Cavid Cəfərov", "CAVID CAFAROV", true},
		{"Cavid Cəfərov", "Dzhavid Dzhafarov", true},
		{"Şahin Əliyev", "Shahin Aliyev", true},
		{"Şahin Əliyev", "SAHIN ALIYEV", true},
		{"Şahin Əliyev", "Шахин Алиев", true},
		{"Hüseyn Xəlilov", "Guseyn Khalilov", true},
		{"Hüseyn Xəlilov", "HUSEYN XALILOV", true},
		{"Hüseyn Xəlilov", "Гусейн Халилов", true},
		{"محمود عبد الرحمن السيد", "Mahmoud Abdel-Rahman El Sayed", true},
		{"محمود عبد الرحمن السيد", "MAHMUD ABDURRAHMAN ALSAYYID", true},
		{"Mahmoud Abdulrahman Al-Sayed", "محمود عبدالرحمن السيد", true},
		{"Walid Anwar al-Rashid", "وليد أنور الرشيد", true},
		{"Walid Anwar al-Rashid", "Valid Anvar Alrashid", true},
		{"Юрий Щербаков", "Yuri Shcherbakov", true},
		{"Юрий Щербаков", "Iurii Shcherbakov", true},
		{"Jürgen Großmann", "Juergen Grossmann", true},
		{"Jürgen Großmann", "JURGEN GROSSMANN", true},
		{"Jovan Nikolić", "Yovan Nikolich", true},
		{"Alexander Maksimov", "Aleksandr Maximov", true},
		{"Seán O'Connor", "Sean OConnor", true},
		{"Ramiz Hacıyev", "Ramiz Gadzhiev", true},
		{"Tural Novruzzade", "Tural Novruzzadeh", true},
		{"Tural Novruzzade", "Tural Nvoruzzade", true},   // two letters swapped
		{"Tural Novruzzade", "Tural Novrutzade", true},   // one letter wrong
		{"Tural Novruzzade", "Tural Novruzade", true},    // one letter missing
		{"Tural Novruzzade", "Tural N", false},           // an initial is too little
		{"Tural Novruzzade", "Rashad Novruzzade", false}, // a relative
		{"Tural Novruzzade", "Tural Mehdizade", false},
		{"Muhammad Hasan Qasimov", "Muhammad Ali Karimov", false},
		{"Şahin Əliyev", "Şahin Vəliyev", false},
		{"Walid Anwar al-Rashid", "Walid al-Masri", false},
		{"Юрий Щербаков", "Юрий Иванов", false},
		{"John Smith", "Jane Smithson", false},
		{"Anna Karelina", "Inna Karpova", false},
		{"Le Van De", "LE VAN DE", true},
		{"王伟", "王伟", true},
		{"王伟", "李强", false},
	} {
		got := index(called(c.listed)).Search(match.Subject{Names: []string{c.asked}}, today)
		if (len(got) == 1) != c.want {
			t.Errorf("%q, listed %q: found %v, want %v", c.asked, c.listed, got, c.want)
		}
	}
}

// Without a birth date nothing is taken off; with one, it decides between
// namesakes.
func TestBirthDatesAndNationalities(t *testing.T) {
	entry := called("Tural Novruzzade")
	entry.Births, entry.Nationalities = birth(t, "1971-05-02"), []string{"AZE"}
	x := index(entry)
	total := func(day, nationality string) int {
		s := match.Subject{Names: []string{"Tural Novruzzadeh"}}
		if day != "" {
			s.Births = birth(t, day)
		}
		if nationality != "" {
			s.Nationalities = []string{nationality}
		}
		found := x.Search(s, today)
		if len(found) == 0 {
			return 0
		}
		sum := 0
		for _, p := range found[0].Score.Parts {
			sum += p.Points
		}
		if want := max(0, min(100, sum)); want != found[0].Score.Total {
			t.Errorf("%s %s: the parts make %d, the total is %d", day, nationality, sum, found[0].Score.Total)
		}
		return sum
	}
	descending := []string{"1971-05-02", "1971-05", "1971-02-05", "", "1972-09-09", "1964-01-01"}
	for i := 1; i < len(descending); i++ {
		if a, b := total(descending[i-1], ""), total(descending[i], ""); a <= b {
			t.Errorf("%q gives %d, %q gives %d", descending[i-1], a, descending[i], b)
		}
	}
	if total("1971", "") != total("1971-05", "") || total("1970/1972~", "") != total("1971", "") {
		t.Error("dates that agree as far as they are known do not count the same")
	}
	if total("1964-01-01", "") != 0 {
		t.Error("a namesake of another age is a hit")
	}
	if !(total("", "AZE") > total("", "") && total("", "") > total("", "FRA")) {
		t.Error("the nationality does not count")
	}
}

func TestDocuments(t *testing.T) {
	x := index(match.Entry{ID: "lost", Kind: match.Paper, Documents: []match.Document{{Number: "C 01234567", Country: "AZE"}}, Status: "lost"},
		match.Entry{ID: "person", Names: []match.Name{{Text: "Tural Novruzzade"}}, Documents: []match.Document{{Number: "P7700"}}})
	for _, c := range []struct {
		number, country, want string
	}{
		{"C01234567", "AZE", "lost 100"}, {"c-01234567", "AZE", "lost 100"}, {"CO1234567", "AZE", "lost 84"}, {"C01234567", "", "lost 92"},
		{"C01234567", "GEO", ""}, {"C01234568", "AZE", ""}, {"P7700", "IRN", "person 92"}, {"", "AZE", ""},
	} {
		got := ""
		for _, m := range x.Search(match.Subject{Names: []string{"Somebody Else"}, Documents: []match.Document{{Number: c.number, Country: c.country}}}, today) {
			got += fmt.Sprint(m.Entry.ID, " ", m.Score.Total)
		}
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.number, c.country, got, c.want)
		}
	}
}

func TestPeriodsKindsAndAliases(t *testing.T) {
	past, now, firm, alias := called("Tural Novruzzade"), called("Tural Novruzzade"), called("Tural Novruzzade"), called("Somebody Else", "", "Tural Novruzzade")
	past.ID, past.Until = "past", "2026-11-24"
	now.ID, now.From, now.Until = "now", today, today
	firm.ID, firm.Kind = "firm", match.Entity
	alias.ID, alias.Names[2].Quality = "alias", match.Low
	found := index(past, now, firm, alias).Search(match.Subject{Names: []string{"Tural Novruzzade"}}, today)
	if len(found) != 2 || found[0].Entry.ID != "now" || found[1].Entry.ID != "alias" || found[1].Score.Total != 95 {
		t.Fatalf("%+v", found)
	}
	if listed := found[1].Score.Parts[0].Listed; listed != "Tural Novruzzade" {
		t.Errorf("the alias that was found is shown as %q", listed)
	}
	if found := index(firm).Search(match.Subject{Kind: match.Entity, Names: []string{"NOVRUZZADE Tural"}}, today); len(found) != 1 {
		t.Error("a firm is not found as a firm")
	}
}

func TestOneWord(t *testing.T) {
	single := called("Abdullah")
	single.Births = birth(t, "1970-01-02")
	x := index(single)
	asked := match.Subject{Names: []string{"Abdullah Novruzzade"}}
	if found := x.Search(asked, today); len(found) != 0 {
		t.Errorf("one word of two is a hit by itself: %+v", found)
	}
	if asked.Births = birth(t, "1970-01-02"); len(x.Search(asked, today)) != 1 {
		t.Error("one word and the birth date are no hit")
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Əliyev, Şahin": "ALIYEV SHAHIN", "ﻋﻠﻲ": "", "علي": "ALI", "O'Connor-Smith": "OCONNOR SMITH", "Ёлкина": "ELKINA", "  ": "",
		"عبد الرحمن": "ABDULRHMN", "Abd al-Rahman": "ABDULRAHMAN", "İsmayıl": "ISMAYIL", "a\x00b\xffc": "A BC",
	} {
		if in == "ﻋﻠﻲ" {
			continue // presentation forms: see TestPresentationForms
		}
		if got := match.Fold(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
}

// Letters in the forms that old systems store (U+FExx, fullwidth) are the same
// letters.
func TestPresentationForms(t *testing.T) {
	if got, want := match.Fold("ﻋﻠﻲ Ａｌｉ"), match.Fold("علي Ali"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBirth(t *testing.T) {
	for text, want := range map[string]string{
		"1971-05-02": "1971-05-02", "1971-05": "1971-05", "1971": "1971", "1971~": "1971~", "1970/1972": "1970/1972", "1971-02-30": "", "71": "", "1972/1970": "",
		"": "", "0001": "", "1971-1-1": "", "1970-05/1970-06": "1970-05-01/1970-06-30",
	} {
		b, ok := match.ParseBirth(text)
		if ok != (want != "") || ok && b.String() != want {
			t.Errorf("%q: %q %v, want %q", text, b, ok, want)
		}
	}
}

func TestRules(t *testing.T) {
	if r := match.UsualRules(); r.Version == "" || r.Hit != 82 {
		t.Errorf("%+v", r)
	}
	for _, bad := range []string{"", "hit: 82", "unknown: 1", "{"} {
		if _, err := match.ReadRules([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Whatever is typed, searching ends, and who is listed by that very name is
// found.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"Tural Novruzzade", "محمد", "王伟", "a\xff\x00", strings.Repeat("ab ", 400), "ABD AL", "x-’", "Å̂Ə́ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		entry := called(name)
		found := index(entry, called("Someone Different")).Search(match.Subject{Names: []string{name}}, today)
		if match.Fold(name) != "" && len(found) == 0 {
			t.Errorf("%q is not found under its own name (%q)", name, match.Fold(name))
		}
	})
}
