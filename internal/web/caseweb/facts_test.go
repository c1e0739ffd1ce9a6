package caseweb

import (
	"testing"
	"time"
)

// The questionnaire refuses zones that are not right; those from before a rule
// was made stand in the files all the same.
func TestAWrongZoneIsSeen(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	// The specimen of ICAO Doc 9303 part 4.
	answer := func(second, number string) map[string]any {
		return map[string]any{"number": number, "issuer": "UTO", "nationality": "UTO", "expires": "2012-04-15",
			"mrz": []any{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", second}}
	}
	const right = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
	if p := readPaper("Document", answer(right, "l898902c3"), now, "en"); !p.Right() {
		t.Errorf("the specimen is said to be wrong: %+v", p)
	}
	p := readPaper("Document", answer("L898902C46"+right[10:], "L898902C3"), now, "en")
	if p.Right() || p.Zone == nil || p.Zone.Checks[0].Right || !p.Fields[0].Differs {
		t.Errorf("a changed digit is not seen: %+v", p)
	}
	if p := readPaper("Document", answer("what is this", "L898902C3"), now, "en"); !p.Unread || p.Right() {
		t.Error("what is no zone is read as one")
	}
	if p := readPaper("Document", map[string]any{"number": "X1"}, now, "en"); p.Zone != nil || p.Unread || p.Right() {
		t.Error("a document without lines has a zone")
	}
}
