package mrz_test

import (
	"testing"

	"github.com/chancery/chancery/internal/travel/mrz"
)

// The examples of Doc 9303-4, -6 and -7, section "Truncation of names". Where the
// standard leaves the choice, ours takes letters from the last component backwards
// and leaves every component its initial.
func TestNamesAsInTheExamples(t *testing.T) {
	for _, c := range []struct {
		format         mrz.Format
		surname, given string
		want           string
		truncated      bool
	}{
		{mrz.TD3, "HENG", "DEBORAH MING LO", "HENG<<DEBORAH<MING<LO<<<<<<<<<<<<<<<<<<", false},
		{mrz.TD3, "SMITH-JONES", "SUSIE MARGARET", "SMITH<JONES<<SUSIE<MARGARET<<<<<<<<<<<<", false},
		{mrz.TD3, "O'CONNOR", "ENYA SIOBHAN", "OCONNOR<<ENYA<SIOBHAN<<<<<<<<<<<<<<<<<<", false},
		{mrz.TD3, "VAN DER MUELLEN", "MARTIN", "VAN<DER<MUELLEN<<MARTIN<<<<<<<<<<<<<<<<", false},
		{mrz.TD3, "AL-BASRI", "HUDA MUHAMMAD JAWAD", "AL<BASRI<<HUDA<MUHAMMAD<JAWAD<<<<<<<<<<", false},
		{mrz.TD3, "ARKFREITH", "", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", false},
		{mrz.TD3, "SATRIYA SUDARPA", "", "SATRIYA<SUDARPA<<<<<<<<<<<<<<<<<<<<<<<<", false},
		{mrz.TD3, "D’Artagnan", "Marie-Elise, Anna", "DARTAGNAN<<MARIE<ELISE<ANNA<<<<<<<<<<<<", false},
		{mrz.TD3, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", true},
		{mrz.TD3, "NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG", "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU", true},
		{mrz.TD3, "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<W<<DI", true},
		{mrz.TD3, "PAPANDROPOULOUS", "JONATHON WARREN TREVOR", "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR", true},
		{mrz.TD2, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DEJ<K", true},
		{mrz.TD2, "PAPANDROPOULOUS", "JONATHOON ALEC", "PAPANDROPOULOUS<<JONATHOON<ALEC", true},
		{mrz.MRVB, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DEJ<K", true},
		{mrz.MRVB, "PAPANDROPOULOUS", "STEPHEN TREVOR", "PAPANDROPOULOUS<<STEPHEN<TREVOR", true},
		{mrz.MRVA, "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<W<<DI", true},
		{mrz.TD1, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DE<K", true},
		{mrz.TD1, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD", true},
	} {
		f := mrz.Fields{Format: c.format, Code: map[mrz.Format]string{mrz.TD1: "I", mrz.TD2: "I", mrz.TD3: "PP", mrz.MRVA: "V", mrz.MRVB: "V"}[c.format],
			Issuer: "UTO", Nationality: "UTO", Surname: c.surname, GivenNames: c.given, Number: "D23145890", Birth: day(1974, 8, 12), Expiry: day(2030, 1, 1)}
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Errorf("%s, %s: %v", c.surname, c.given, err)
			continue
		}
		got := lines[0][5:]
		if c.format == mrz.TD1 {
			got = lines[2]
		}
		if z := read(t, lines...); got != c.want || z.NamesMayBeTruncated != c.truncated {
			t.Errorf("%v %s, %s:\n got %s (%v)\nwant %s", c.format, c.surname, c.given, got, z.NamesMayBeTruncated, c.want)
		}
	}
}

func TestNamesThatCannotBeWritten(t *testing.T) {
	f := specimens[0].fields
	for _, name := range []string{"", "  ", "Əliyev", "JOHN2", "A\xff"} {
		if f.Surname = name; true {
			if _, err := mrz.Compose(f); !refuses(err, "surname") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	f.Surname, f.GivenNames = "ERIKSSON", "Анна"
	if _, err := mrz.Compose(f); !refuses(err, "given_names") {
		t.Error(err)
	}
}
