package draw

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var beacon = &Randomness{Source: "A public lottery, draw 4711", When: "2026-11-24T10:00:00Z", Value: "4.8.15.16.23.42"}

// tampering is one way to cheat, and the first statement that gives it away.
var tampering = []struct {
	name   string
	change func(f *File)
	caught Statement
}{
	{"not drawn yet", func(f *File) { f.Stage = Closed }, StatementStage},
	{"revealed too early", func(f *File) { f.RevealedAt = "2026-11-23T12:00:00Z" }, StatementTimes},
	{"randomness known beforehand", func(f *File) { f.Randomness.When = "2026-11-24T07:59:59Z" }, StatementTimes},
	{"drawn before the randomness", func(f *File) { f.Randomness.When = "2026-11-24T12:00:04Z" }, StatementTimes},
	{"an entry twice", func(f *File) { f.Entries = append(f.Entries, f.Entries[len(f.Entries)-1]) }, StatementEntries},
	{"a slot twice", func(f *File) { f.Places = append(f.Places, f.Places[0]) }, StatementPlaces},
	{"another seed", func(f *File) { f.Seed = strings.Repeat("ab", 32) }, StatementCommitment},
	{"an entry put in after the close", func(f *File) {
		f.Entries = append(f.Entries, Entry{ID: "E-ZZZZ-ZZZZ", Party: 1, Wants: []string{Any}})
	}, StatementRoot},
	{"an entry taken out", func(f *File) { f.Entries = f.Entries[1:] }, StatementRoot},
	{"other wishes", func(f *File) { f.Entries[0].Wants = []string{"slot-c"} }, StatementClosing},
	{"a bigger party", func(f *File) { f.Entries[0].Party++ }, StatementClosing},
	{"fewer places", func(f *File) { f.Places[0].Places-- }, StatementClosing},
	{"another source of randomness", func(f *File) { f.Randomness.Source = "A coin" }, StatementClosing},
	{"randomness left out", func(f *File) { f.Randomness.Value = "" }, StatementRandomness},
	{"randomness changed", func(f *File) { f.Randomness.Value = "4.8.15.16.23.43" }, StatementOrder},
	{"two entries swapped", func(f *File) { f.Order[3], f.Order[4] = f.Order[4], f.Order[3] }, StatementOrder},
	{"the order cut short", func(f *File) { f.Order = f.Order[:len(f.Order)-1] }, StatementOrder},
	{"a place for a friend", func(f *File) {
		at := slices.IndexFunc(f.Outcome, func(o Outcome) bool { return o.Slot == nil })
		slot := "slot-a"
		f.Outcome[at].Slot = &slot
	}, StatementOutcome},
	{"places kept back", func(f *File) { f.Leftover = append(f.Leftover, Leftover{"slot-c", 1}) }, StatementLeftover},
}

func honest(t *testing.T) *File {
	t.Helper()
	random := *beacon
	return drawn(t, fixedSeed(1), entriesOf(12), threePlaces, &random)
}

func TestVerifySaysWhatFails(t *testing.T) {
	f := honest(t)
	report, err := Verify(f)
	if err != nil || report.Entries != 12 || report.Winners == 0 || report.Given+report.Leftover != 12 || len(report.Checks) != 11 {
		t.Fatalf("an honest draw: %+v, %v", report, err)
	}
	for _, c := range tampering {
		t.Run(c.name, func(t *testing.T) {
			f := honest(t)
			c.change(f)
			report, err := Verify(f)
			var m *Mismatch
			if !errors.As(err, &m) {
				t.Fatal("nobody would notice")
			}
			if m.Statement != c.caught || m.Detail == "" {
				t.Errorf("caught by %q, want %q", m, c.caught)
			}
			if len(report.Checks) != 11 {
				t.Errorf("the report has %d statements", len(report.Checks))
			}
		})
	}
}

// The second implementation, in Python, must agree on honest and on tampered
// files: the same answer, and the same recomputed values.
func TestASecondProgramAgrees(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("this test needs python3: ", err)
	}
	program := filepath.Join("..", "..", "..", "test", "drawcheck", "drawcheck.py")
	check := func(t *testing.T, f *File, wantExit int) {
		t.Helper()
		text, err := f.Write()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "draw.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var out, complaint bytes.Buffer
		run := exec.Command(python, program, path)
		run.Stdout, run.Stderr = &out, &complaint
		if err := run.Run(); run.ProcessState == nil || run.ProcessState.ExitCode() != wantExit {
			t.Fatalf("exit %v, %v, want %d: %s", run.ProcessState, err, wantExit, complaint.String())
		}
		var theirs File
		if err := json.Unmarshal(out.Bytes(), &theirs); err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for _, e := range f.Entries {
			numbers = append(numbers, e.ID)
		}
		seed, err := hex.DecodeString(f.Seed)
		if err != nil {
			t.Fatal(err)
		}
		order := Order(seed, f.randomness(), numbers)
		outcome, leftover := Allocate(order, f.Entries, f.Places)
		root, err := Root(numbers)
		if err != nil {
			t.Fatal(err)
		}
		same := theirs.Commitment == Commitment(seed) && theirs.MerkleRoot == root && theirs.ClosingDigest == ClosingDigest(f) &&
			slices.Equal(theirs.Order, order) && slices.Equal(theirs.Leftover, leftover) &&
			slices.EqualFunc(theirs.Outcome, outcome, func(a, b Outcome) bool { return a.text() == b.text() })
		if !same {
			t.Errorf("the second program computes other values: %s", out.String())
		}
	}
	t.Run("honest", func(t *testing.T) { check(t, honest(t), 0) })
	t.Run("without randomness", func(t *testing.T) { check(t, drawn(t, fixedSeed(2), entriesOf(57), threePlaces, nil), 0) })
	t.Run("nobody entered", func(t *testing.T) { check(t, drawn(t, fixedSeed(3), nil, threePlaces, nil), 0) })
	for _, c := range tampering {
		if c.caught == StatementEntries || c.caught == StatementPlaces {
			continue // with a thing there twice, what would follow is undefined
		}
		t.Run(c.name, func(t *testing.T) {
			f := honest(t)
			c.change(f)
			check(t, f, 1)
		})
	}
}

func TestParseIsStrict(t *testing.T) {
	text, err := honest(t).Write()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.Write(); err != nil || !bytes.Equal(again, text) {
		t.Error("the file does not come back as it was written")
	}
	for name, change := range map[string][2]string{
		"unknown member":    {`"post":`, `"pots":`},
		"repeated member":   {`"post":`, `"id": "0197-draw", "post":`},
		"case of a member":  {`"post":`, `"Post":`},
		"another format":    {`chancery-draw/1`, `chancery-draw/2`},
		"party as fraction": {`"party": 1`, `"party": 1.5`},
		"party as exponent": {`"party": 1`, `"party": 1e1`},
		"party as text":     {`"party": 1`, `"party": "1"`},
		"no party":          {`"party": 1`, `"party": 0`},
		"stage":             {`"stage": "drawn"`, `"stage": "done"`},
		"upper-case digits": {`"commitment": "`, `"commitment": "A`},
		"look-alikes":       {`"id": "E-`, `"id": "U-`},
		"leading zero":      {`4.8.15`, `04.8.15`},
		"a loose instant":   {`2026-11-24T08:00:00Z`, `2026-11-24T08:00:00.0Z`},
		"a date as a slot":  {`"slot": "slot-a"`, `"slot": "2026-12-01"`},
		"two documents":     {"\n}\n", "\n}\n{}"},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) {
			t.Fatalf("%s: nothing to change", name)
		}
		if _, err := Parse(strings.NewReader(changed)); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	slot := "slot-a"
	seed := &File{Format: Format, ID: "x", Post: "p", Service: "s", Stage: Drawn, OpensAt: "2026-11-20T08:00:00Z", ClosesAt: "2026-11-24T08:00:00Z",
		DrawsAt: "2026-11-24T08:00:00Z", Commitment: strings.Repeat("0", 64), Seed: strings.Repeat("0", 64), Entries: entriesOf(3), Places: threePlaces,
		Order: []string{"E-0000-0000"}, Outcome: []Outcome{{"E-0000-0000", &slot}, {"E-0000-0001", nil}}, Leftover: []Leftover{{"slot-a", 1}}}
	text, err := seed.Write()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":"chancery-draw/1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(bytes.NewReader(text))
		if err != nil {
			return
		}
		_, _ = Verify(file) // must not panic, whatever the file claims
		again, err := file.Write()
		if err != nil {
			t.Fatal(err)
		}
		second, err := Parse(bytes.NewReader(again))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if third, err := second.Write(); err != nil || !bytes.Equal(again, third) {
			t.Fatal("the file is not stable")
		}
	})
}
