package transparency_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/transparency"
)

// Evidence convinces somebody who has nothing but the key, of that entry only,
// and stays true when the log grows.
func TestEvidence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l, other := newLog(t, db), newLog(t, storetest.SQLite(t))
		publish(t, other)
		stranger, err := other.Verifier(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := some(0, 700)
		add(t, db, l, all[:300])
		var notFound *fault.Error
		if _, err := l.Evidence(t.Context(), 3); !errors.As(err, &notFound) || notFound.Kind != fault.NotFound {
			t.Errorf("before a checkpoint: %v", err)
		}
		publish(t, l)
		key, err := l.Verifier(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		evidence, err := l.Evidence(t.Context(), 299)
		if err != nil {
			t.Fatal(err)
		}
		add(t, db, l, all[300:])
		publish(t, l)
		later, err := l.Evidence(t.Context(), 299)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{evidence, later} {
			if index, err := transparency.CheckEvidence(key, text, all[299]); err != nil || index != 299 {
				t.Errorf("entry %d, %v", index, err)
			}
			if _, err := transparency.CheckEvidence(key, text, all[298]); !errors.Is(err, transparency.ErrNoEvidence) {
				t.Errorf("of another entry: %v", err)
			}
			if _, err := transparency.CheckEvidence(stranger, text, all[299]); !errors.Is(err, transparency.ErrNoEvidence) {
				t.Errorf("by another log: %v", err)
			}
			for _, bad := range []string{"", strings.Replace(text, "index 299", "index 298", 1), strings.Replace(text, "index 299", "index 0299", 1), strings.Replace(text, "\n300\n", "\n301\n", 1) + "x", text[:len(text)-9]} {
				if _, err := transparency.CheckEvidence(key, bad, all[299]); !errors.Is(err, transparency.ErrNoEvidence) {
					t.Errorf("%q: %v", bad, err)
				}
			}
		}
	})
}

func FuzzEvidence(f *testing.F) {
	db := storetest.SQLite(f)
	l := newLog(f, db)
	add(f, db, l, some(0, 20))
	publish(f, l)
	key, err := l.Verifier(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	good, err := l.Evidence(f.Context(), 7)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("c2sp.org/tlog-proof@v1\nindex 0\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if index, err := transparency.CheckEvidence(key, text, some(7, 1)[0]); err == nil && index != 7 {
			t.Errorf("entry 7 is proved to be at %d by %q", index, text)
		}
	})
}
