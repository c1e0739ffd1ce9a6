package guard_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
)

// Nothing that was not solved or waited for is taken, and whatever is sent in
// its place gets a refusal of the field.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"", "AAAA", "bnVsbA==", "w1.", "w1...", "w1.1764072000000.00.x", "w1.9223372036854775807.a.b", "w1.-1.a.b", "\x00", "e30", "e30=",
		`{"algorithm":"SHA-256","challenge":"","number":0,"salt":"?&","signature":""}`,
		`{"algorithm":"SHA-256","challenge":"x","number":-9223372036854775808,"salt":"a?expires=99999999999999999999&for=hold&","signature":"x"}`} {
		f.Add(seed)
		f.Add(base64.StdEncoding.EncodeToString([]byte(seed)))
	}
	w := newWorld(f, storetest.SQLite(f))
	f.Fuzz(func(t *testing.T, proof string) {
		home := w.home("192.0.2.7")
		wantRefusal(t, w.Accept(context.Background(), home, "hold", proof))
		if _, err := w.Left(context.Background(), home, "hold", proof); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("a made-up ticket: %v", err)
		}
	})
}

func wantRefusal(t *testing.T, err error) {
	t.Helper()
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Invalid || len(refusal.Fields) != 1 || refusal.Fields[0].Path != "proof" {
		t.Errorf("got %v, want a refusal of the proof", err)
	}
}

// A genuine solution with any one member changed is none; the widget may add
// members and write numbers and space as JSON lets it.
func FuzzAcceptOfAChangedSolution(f *testing.F) {
	f.Add("salt", "1", true)
	f.Add("number", "1", true)
	f.Add("number", "1e2", false)
	f.Add("number", `"12"`, false)
	f.Add("signature", "A", true)
	f.Add("Salt", `"x?expires=9&for=hold&"`, false)
	f.Add("took", "99", false)
	f.Add("challenge", "", false)
	w := newWorld(f, storetest.SQLite(f))
	c, err := w.Challenge(w.home("192.0.2.7"), "hold")
	if err != nil {
		f.Fatal(err)
	}
	genuine := solve(f, c)
	f.Fuzz(func(t *testing.T, member, value string, atEnd bool) {
		var changed map[string]json.RawMessage
		if err := json.Unmarshal([]byte(mustJSON(t, genuine)), &changed); err != nil {
			t.Fatal(err)
		}
		if old := string(changed[member]); atEnd && strings.HasSuffix(old, `"`) {
			value = strings.TrimSuffix(old, `"`) + strings.Trim(mustJSON(t, value), `"`) + `"`
		} else if atEnd {
			value = old + value
		}
		changed[member] = json.RawMessage(value)
		text, err := json.Marshal(changed)
		if err != nil {
			return // not JSON, which FuzzAccept sends
		}
		var read struct {
			Algorithm, Challenge, Salt, Signature string
			Number                                int64
		}
		same := json.Unmarshal(text, &read) == nil && read.Algorithm == c.Algorithm && read.Challenge == c.Challenge && read.Salt == c.Salt &&
			read.Signature == c.Signature && read.Number == genuine["number"]
		if same {
			return // the first time it is right, then it is spent
		}
		wantRefusal(t, w.Accept(context.Background(), w.home("192.0.2.7"), "hold", base64.StdEncoding.EncodeToString(text)))
	})
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A ticket whose wait is over, with any part of it changed, is none.
func FuzzAcceptOfAChangedTicket(f *testing.F) {
	f.Add(3, "0")
	f.Add(5, "+1")
	f.Add(20, ".")
	f.Add(-1, "=")
	w := newWorld(f, storetest.SQLite(f))
	ticket, err := w.Wait(w.home("192.0.2.7"), "hold")
	if err != nil {
		f.Fatal(err)
	}
	w.at = w.at.Add(ticket.Wait + time.Second)
	f.Fuzz(func(t *testing.T, at int, put string) {
		text := ticket.Text
		at = ((at % len(text)) + len(text)) % len(text)
		for _, changed := range []string{text[:at] + put + text[at:], text[:at] + put + text[min(at+len(put), len(text)):], text[:at] + text[at+1:]} {
			if changed != text {
				wantRefusal(t, w.Accept(context.Background(), w.home("192.0.2.7"), "hold", changed))
			}
		}
	})
}
