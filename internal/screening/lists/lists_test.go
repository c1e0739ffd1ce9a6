package lists_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/screening/lists"
	"github.com/chancery/chancery/internal/screening/match"
)

func sample(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile("testdata/un_sample.xml")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func un(t testing.TB, file string) *lists.Result {
	t.Helper()
	r, err := lists.UN(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestUN(t *testing.T) {
	r := un(t, string(sample(t)))
	if len(r.Problems) != 0 || len(r.Entries) != 4 || r.Made != "2026-11-20T00:00:00.000Z" || r.Unread["Atlantis (Lost Republic of)"] != 1 {
		t.Fatalf("%+v", r)
	}
	got := fmt.Sprintf("%+v", r.Entries[0])
	want := fmt.Sprintf("%+v", match.Entry{
		ID: "9000001", Kind: match.Individual, Reference: "SMi.001", Regime: "Sample Regime", Listed: "2019-03-04", Note: "An invented person, for tests and demonstrations.",
		Names:         []match.Name{{Text: "ZAFTAR QORBULAN AL-NUMUNAWI", Quality: match.Primary}, {Text: "زفتر قربلان النموناوي", Quality: match.Primary}, {Text: "Zaftar al-Numunavi", Quality: match.Good}, {Text: "Abu Numuna", Quality: match.Low}, {Text: "Zaftar the Sample", Quality: match.Low}},
		Births:        []match.Birth{{From: "1966-07-08", To: "1966-07-08"}, {From: "1967-01-01", To: "1967-12-31", About: true}},
		Nationalities: []string{"IRQ"}, Documents: []match.Document{{Type: "Passport", Number: "SMP 000 001", Country: "IRQ"}},
	})
	if got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	second, third, firm := r.Entries[1], r.Entries[2], r.Entries[3]
	if len(second.Names) != 2 || second.Births[0].String() != "1970/1973" || len(second.Documents) != 0 || len(second.Nationalities) != 0 {
		t.Errorf("%+v", second)
	}
	if len(third.Births) != 0 || firm.Kind != match.Entity || len(firm.Names) != 2 {
		t.Errorf("%+v %+v", third, firm)
	}
}

// What the list is for: the people of the sample are found in other spellings.
func TestSampleIsFound(t *testing.T) {
	x := match.NewIndex(un(t, string(sample(t))).Entries, match.UsualRules())
	for name, want := range map[string]string{
		"Zaftar Gorbulan Alnumunavi": "9000001", "زفتر النموناوي": "9000001", "Pimen Primerov": "9000002", "ПРИМЕРОВ Пимен": "9000002", "NUMUNE ORNEKZADE": "9000003", "NUMUNA ORNAKZADA": "9000003",
	} {
		if got := x.Search(match.Subject{Names: []string{name}}, "2026-11-25"); len(got) != 1 || got[0].Entry.ID != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

const begin, end = `<CONSOLIDATED_LIST dateGenerated="x"><INDIVIDUALS>`, `</INDIVIDUALS></CONSOLIDATED_LIST>`

func TestUNRefuses(t *testing.T) {
	person := `<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>Sample</FIRST_NAME></INDIVIDUAL>`
	laughs := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">` + `<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	for _, c := range []struct{ name, file, want string }{
		{"a reference to a file", `<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + begin + `<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>&x;</FIRST_NAME></INDIVIDUAL>` + end, "1 doctype"},
		{"a reference to a server", `<!DOCTYPE l SYSTEM "http://192.0.2.1/x.dtd">` + begin + person + end, "1 doctype"},
		{"a billion laughs", laughs + begin + `<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>&c;</FIRST_NAME></INDIVIDUAL>` + end, "1 doctype"},
		{"a document type in the middle", begin + "\n" + `<INDIVIDUAL><!DOCTYPE x></INDIVIDUAL>` + end, "2 doctype"},
		{"an unknown entity", begin + "\n\n<INDIVIDUAL><DATAID>&x;</DATAID></INDIVIDUAL>" + end, "3 not_xml"},
		{"another encoding", `<?xml version="1.0" encoding="utf-16"?>` + begin + end, "1 encoding"},
		{"not closed", begin + person, "1 not_xml"},
		{"not closed inside", begin + "<INDIVIDUAL><DATAID>1", "1 not_xml"},
		{"another list", "<OTHER/>", "1 not_un"},
		{"nothing", "", "0 not_un"},
		{"no text", "\xff\xfe", "1 not_xml"},
		{"deep", begin + "<INDIVIDUAL>" + strings.Repeat("<A>", 50) + strings.Repeat("</A>", 50) + "</INDIVIDUAL>" + end, "1 too_deep"},
		{"wide", begin + "<INDIVIDUAL>" + strings.Repeat("<A/>", 5000) + "</INDIVIDUAL>" + end, "1 too_deep"},
		{"long", begin + "<INDIVIDUAL><DATAID>" + strings.Repeat("1", 20000) + "</DATAID></INDIVIDUAL>" + end, "1 too_deep"},
		{"deep outside of entries", "<CONSOLIDATED_LIST><A><B><C><D/></C></B></A></CONSOLIDATED_LIST>", "1 too_deep"},
		{"many aliases", begin + "<INDIVIDUAL><DATAID>1</DATAID>" + aliases(300) + "</INDIVIDUAL>" + end, "1 too_many_parts"},
		{"one twice", begin + person + "\n" + person + end, "2 twice"},
		{"no number", begin + "<INDIVIDUAL><FIRST_NAME>Sample</FIRST_NAME></INDIVIDUAL>" + end, "1 no_id"},
		{"no name", begin + "\n<INDIVIDUAL><DATAID>1</DATAID></INDIVIDUAL>" + end, "2 no_name"},
		{"no date", begin + "<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>S</FIRST_NAME><INDIVIDUAL_DATE_OF_BIRTH><DATE>1971-02-30</DATE></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL>" + end, "1 date"},
	} {
		r := un(t, c.file)
		got := ""
		if len(r.Problems) > 0 {
			got = fmt.Sprint(r.Problems[0].Line, " ", strings.TrimPrefix(r.Problems[0].Key, "screening.import."))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<INDIVIDUAL_ALIAS><ALIAS_NAME>Sample %d</ALIAS_NAME></INDIVIDUAL_ALIAS>", i)
	}
	return b.String()
}

// endless gives a file that never ends.
type endless struct{ first io.Reader }

func (e endless) Read(p []byte) (int, error) {
	if n, _ := e.first.Read(p); n > 0 {
		return n, nil
	}
	return copy(p, bytes.Repeat([]byte("\n"), len(p))), nil
}

func TestAFileThatNeverEnds(t *testing.T) {
	r, err := lists.UN(endless{strings.NewReader(begin)})
	if err != nil || len(r.Problems) != 1 || !strings.HasSuffix(r.Problems[0].Key, "too_large") {
		t.Errorf("%v %+v", err, r)
	}
}

func TestTables(t *testing.T) {
	good := "\ufeffid,kind,names,births,nationalities,documents,reason,from,until\n" +
		`N-1,,"Tural Novruzzade|Турал Новруззаде",1971-05-02|1972,AZE|Georgia,AZE:C 0123,"Decision 7, section 2",2024-01-01,` + "\n" +
		"N-2;x,entity,Sample Media,,,,Reason,,2027-12-31\n"
	r, err := lists.National(strings.NewReader(good))
	if err != nil || len(r.Problems) != 0 || len(r.Entries) != 2 {
		t.Fatalf("%v %+v", err, r)
	}
	if e := r.Entries[0]; len(e.Names) != 2 || len(e.Births) != 2 || e.Nationalities[1] != "GEO" || e.Documents[0].Number != "C 0123" || e.Reason != "Decision 7, section 2" || e.From != "2024-01-01" {
		t.Errorf("%+v", e)
	}
	r, err = lists.Documents(strings.NewReader("number;country;type;status;reported\nc-0123;AZE;passport;Lost;2026-01-02\nX1;D;;stolen;\n"))
	if err != nil || len(r.Problems) != 0 || len(r.Entries) != 2 || r.Entries[0].ID != "AZE-C0123" || r.Entries[0].Status != "lost" {
		t.Fatalf("%v %+v", err, r)
	}
}

func TestTablesSayWhatIsWrongByLine(t *testing.T) {
	const head = "number,country,type,status,reported\n"
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "1 columns"},
		{"other columns", "a,b\n", "1 column"},
		{"a column twice", "number,number\n", "1 column"},
		{"a column less", "number,country\n", "1 columns"},
		{"fields", head + "C1,AZE,,lost\n", "2 width"},
		{"quotes", head + "C1,AZE,,lost,\n\"C2\"x,AZE,,lost,\n", "3 not_csv"},
		{"an open quote", head + "\"C1,AZE,,lost,\n", "2 not_csv"},
		{"no number", head + "-,AZE,,lost,\n", "2 document"},
		{"no country", head + "C1,Atlantis,,lost,\n", "2 country"},
		{"no status", head + "C1,AZE,,gone,\n", "2 status"},
		{"no date", head + "C1,AZE,,lost,2026-02-30\n", "2 date"},
		{"the same twice", head + "C1,AZE,,lost,\nC 1,AZE,,stolen,\n", "3 twice"},
		{"no text", head + "C1,AZE,\xff,lost,\n", "2 text"},
	} {
		r, err := lists.Documents(strings.NewReader(c.file))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(r.Problems) > 0 {
			got = fmt.Sprint(r.Problems[0].Line, " ", strings.TrimPrefix(r.Problems[0].Key, "screening.import."))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, row := range []string{"N,person,A,,,,R,,", "N,,A,,,,,,", "N,,A,71,,,R,,", "N,,A,,XX,,R,,", "N,,A,,,AZE,R,,", "N,,A,,,,R,2026-13-01,", "N,,A,,,,R,2026-02-02,2026-01-01", "N,,,,,,R,,", ",,A,,,,R,,"} {
		r, err := lists.National(strings.NewReader(strings.Join(lists.NationalColumns, ",") + "\n" + row + "\n"))
		if err != nil || len(r.Problems) != 1 || r.Problems[0].Line != 2 || len(r.Entries) != 0 {
			t.Errorf("%s: %v %+v", row, err, r)
		}
	}
}

// A file with a thousand faults tells a hundred and counts the others.
func TestManyProblems(t *testing.T) {
	r, err := lists.Documents(strings.NewReader("number,country,type,status,reported\n" + strings.Repeat("C1,AZE,,gone,\n", 1000)))
	if err != nil || len(r.Problems) != lists.MaxProblems || r.More != 1000-lists.MaxProblems {
		t.Errorf("%v %d %d", err, len(r.Problems), r.More)
	}
}

func FuzzUN(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(begin + end))
	f.Add([]byte("<!DOCTYPE x>"))
	f.Add([]byte(`<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + begin + `<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>&x;</FIRST_NAME></INDIVIDUAL>` + end))
	f.Add([]byte(`<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>` + begin + `<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>&c;</FIRST_NAME></INDIVIDUAL>` + end))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := lists.UN(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("an error of reading, from memory: %v", err)
		}
		check(t, r)
	})
}

func FuzzTables(f *testing.F) {
	f.Add([]byte("number,country,type,status,reported\nC1,AZE,,lost,2026-01-01\n"))
	f.Add([]byte(strings.Join(lists.NationalColumns, ",") + "\nN,,A,1971,AZE,AZE:1,R,,\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, read := range []func(io.Reader) (*lists.Result, error){lists.National, lists.Documents} {
			r, err := read(bytes.NewReader(file))
			if err != nil {
				t.Fatalf("an error of reading, from memory: %v", err)
			}
			check(t, r)
		}
	})
}

// check: what came out can be used.
func check(t *testing.T, r *lists.Result) {
	seen := map[string]bool{}
	for _, e := range r.Entries {
		if e.ID == "" || seen[e.ID] || len(e.Names)+len(e.Documents) == 0 {
			t.Errorf("%+v", e)
		}
		seen[e.ID] = true
		for _, b := range e.Births {
			if b.From > b.To || b.String() == "" {
				t.Errorf("birth %+v", b)
			}
		}
	}
	match.NewIndex(r.Entries, match.UsualRules())
}
