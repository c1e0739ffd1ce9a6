package guard_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

type world struct {
	*guard.Guard
	t    testing.TB
	db   *store.DB
	ring *keyring.Ring
	at   time.Time
}

func newWorld(t testing.TB, db *store.DB) *world {
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, ring: ring, at: noon}
	w.restart(guard.Config{Difficulty: 200, EasyProofs: 2})
	return w
}

func (w *world) now() time.Time { return w.at }

func (w *world) restart(c guard.Config) { w.Guard = guard.New(w.db, w.ring, rand.Reader, w.now, c) }

func (w *world) home(addr string) guard.Network { return w.Network(netip.MustParseAddr(addr)) }

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Key != key && (len(f.Fields) == 0 || f.Fields[0].Key != key) {
		t.Fatalf("got %v, want the refusal %s", err, key)
	}
}

// solve does what the widget does.
func solve(t testing.TB, c guard.Challenge) map[string]any {
	t.Helper()
	for n := int64(0); n <= c.MaxNumber; n++ {
		sum := sha256.Sum256([]byte(c.Salt + strconv.FormatInt(n, 10)))
		if hex.EncodeToString(sum[:]) == c.Challenge {
			return map[string]any{"algorithm": c.Algorithm, "challenge": c.Challenge, "number": n, "salt": c.Salt, "signature": c.Signature, "took": 12}
		}
	}
	t.Fatal("the challenge has no solution")
	return nil
}

func encode(t testing.TB, solution map[string]any) string {
	t.Helper()
	text, err := json.Marshal(solution)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(text)
}

func TestAProofHoldsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		home := w.home("192.0.2.7")
		challenge := func() guard.Challenge {
			c, err := w.Challenge(home, "hold")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		proof := encode(t, solve(t, challenge()))
		var group sync.WaitGroup
		answers := make([]error, 16)
		for i := range answers {
			group.Go(func() { answers[i] = w.Accept(ctx, home, "hold", proof) })
		}
		group.Wait()
		accepted := 0
		for _, err := range answers {
			if err == nil {
				accepted++
			} else {
				wantKey(t, err, "guard.proof_spent")
			}
		}
		if accepted != 1 {
			t.Fatalf("one proof was accepted %d times", accepted)
		}
		if err := w.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		w.restart(guard.Config{Difficulty: 200})
		wantKey(t, w.Accept(ctx, home, "hold", proof), "guard.proof_spent")

		wantKey(t, w.Accept(ctx, home, "hold", ""), "guard.proof_missing")
		wantKey(t, w.Accept(ctx, home, "hold", "%%%"), "guard.proof_unreadable")
		wantKey(t, w.Accept(ctx, home, "hold", strings.Repeat("A", 4000)), "guard.proof_unreadable")
		wantKey(t, w.Accept(ctx, home, "ballot", encode(t, solve(t, challenge()))), "guard.proof_wrong")
		for name, change := range map[string]func(map[string]any){
			"guard.proof_wrong":      func(s map[string]any) { s["number"] = s["number"].(int64) + 1 },
			"guard.proof_unreadable": func(s map[string]any) { s["algorithm"] = "SHA-1" },
		} {
			s := solve(t, challenge())
			change(s)
			wantKey(t, w.Accept(ctx, home, "hold", encode(t, s)), name)
		}
		forged := solve(t, challenge())
		forged["signature"] = strings.Repeat("0", 64)
		wantKey(t, w.Accept(ctx, home, "hold", encode(t, forged)), "guard.proof_wrong")

		// Splicing: the first digits of the number move into the expiry.
		for range 50 {
			s := solve(t, challenge())
			number := strconv.FormatInt(s["number"].(int64), 10)
			if len(number) < 2 {
				continue
			}
			s["salt"] = strings.TrimSuffix(s["salt"].(string), "&") + "&" + number[:1]
			rest, err := strconv.ParseInt(number[1:], 10, 64)
			if err != nil || strconv.FormatInt(rest, 10) != number[1:] {
				continue
			}
			s["number"] = rest
			wantKey(t, w.Accept(ctx, home, "hold", encode(t, s)), "guard.proof_unreadable")
			break
		}

		late := encode(t, solve(t, challenge()))
		w.at = w.at.Add(20 * time.Minute)
		wantKey(t, w.Accept(ctx, home, "hold", late), "guard.proof_expired")
		w.at = w.at.Add(time.Minute)
		if err := w.Clean(ctx); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.Read().QueryRowContext(ctx, `SELECT count(*) FROM guard_spent`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d expired proofs are still kept, %v", n, err)
		}
	})
}

func TestDifficultyRisesForWhoAsksALot(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	ask := func(addr string) int64 {
		c, err := w.Challenge(w.home(addr), "hold")
		if err != nil {
			t.Fatal(err)
		}
		return c.MaxNumber
	}
	var seen []int64
	for range 30 {
		seen = append(seen, ask("192.0.2.7"))
	}
	if seen[0] != 200 || seen[1] != 200 || seen[2] != 400 || seen[4] != 800 || seen[29] != 40*200 {
		t.Errorf("difficulties %v", seen)
	}
	if other := ask("198.51.100.1"); other != 200 {
		t.Errorf("somebody elsewhere pays %d", other)
	}
	w.at = w.at.Add(time.Hour)
	if again := ask("192.0.2.7"); again != 200 {
		t.Errorf("an hour later it is still %d", again)
	}
}

func TestWaitingInsteadOfProving(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, storetest.SQLite(t))
	home := w.home("2001:db8:1:2::1")
	ticket, err := w.Wait(home, "hold")
	if err != nil || ticket.Wait != 20*time.Second {
		t.Fatalf("%+v, %v", ticket, err)
	}
	err = w.Accept(ctx, home, "hold", ticket.Text)
	wantKey(t, err, "guard.wait_longer")
	if f := fault.As(err); f.Kind != fault.Busy || f.RetryAfter != 20*time.Second {
		t.Errorf("told to wait %v", f.RetryAfter)
	}
	w.at = w.at.Add(20 * time.Second)
	wantKey(t, w.Accept(ctx, w.home("2001:db8:2::1"), "hold", ticket.Text), "guard.proof_wrong")
	wantKey(t, w.Accept(ctx, home, "ballot", ticket.Text), "guard.proof_wrong")
	wantKey(t, w.Accept(ctx, home, "hold", strings.Replace(ticket.Text, "w1.1", "w1.0", 1)), "guard.proof_wrong")
	wantKey(t, w.Accept(ctx, home, "hold", "w1.x.y"), "guard.proof_unreadable")
	// The same household, another address of its /48.
	if err := w.Accept(ctx, w.home("2001:db8:1:3::9"), "hold", ticket.Text); err != nil {
		t.Fatal(err)
	}
	wantKey(t, w.Accept(ctx, home, "hold", ticket.Text), "guard.proof_spent")
	var last guard.Ticket
	for range 20 {
		if last, err = w.Wait(home, "hold"); err != nil {
			t.Fatal(err)
		}
	}
	if last.Wait != 5*time.Minute {
		t.Errorf("after many tickets the wait is %v", last.Wait)
	}
	w.at = w.at.Add(time.Hour)
	wantKey(t, w.Accept(ctx, home, "hold", last.Text), "guard.proof_expired")
}

func TestNetworksAreKeyedHashesOfPrefixes(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	a, b, c := w.home("192.0.2.7"), w.home("::ffff:192.0.2.7"), w.home("192.0.2.8")
	if a != b || a.Near == c.Near || a.Wide != c.Wide {
		t.Errorf("IPv4: %v %v %v", a, b, c)
	}
	x, y, z := w.home("2001:db8:1:2::1"), w.home("2001:db8:1:2:ffff::1"), w.home("2001:db8:1:3::1")
	if x != y || x.Near == z.Near || x.Wide != z.Wide {
		t.Errorf("IPv6: %v %v %v", x, y, z)
	}
	other := newWorld(t, storetest.SQLite(t))
	if other.home("192.0.2.7") == a || strings.Contains(a.Near+a.Wide, "192.0") {
		t.Error("the key ring plays no part")
	}
	if w.Network(netip.Addr{}) != (guard.Network{}) {
		t.Error("no address has a network")
	}
}

func TestReadsAreLimitedByNetworkAndItsSurroundings(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.restart(guard.Config{ReadsPerSecond: 2, ReadBurst: 4})
	home := w.home("192.0.2.7")
	for range 4 {
		if err := w.AllowRead(home); err != nil {
			t.Fatal(err)
		}
	}
	err := w.AllowRead(home)
	wantKey(t, err, "guard.too_fast")
	if f := fault.As(err); f.RetryAfter != 500*time.Millisecond {
		t.Errorf("told to wait %v", f.RetryAfter)
	}
	w.at = w.at.Add(500 * time.Millisecond)
	if err := w.AllowRead(home); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	passed := 0
	for i := range 250 {
		if w.AllowRead(w.home("198.51.100."+strconv.Itoa(i))) == nil {
			passed++
		}
	}
	if passed != 8*4 {
		t.Errorf("one /24 passed %d times at once, want 32", passed)
	}
	if err := w.AllowRead(guard.Network{}); err != nil {
		t.Errorf("without a network: %v", err)
	}
}

func TestHoldsAreCountedThroughRestartsAndAcrossProcesses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		config := guard.Config{Holds: []guard.Limit{{By: guard.ByNetwork, Max: 6, Window: time.Hour}, {By: guard.ByPerson, Max: 3, Window: 24 * time.Hour}}}
		w.restart(config)
		home := w.home("192.0.2.7")
		try := func(person string) error {
			return w.AllowHold(ctx, guard.Attempt{Network: home, EmailKey: "mail", PersonKeys: []string{person}})
		}
		for range 3 {
			if err := try("anna"); err != nil {
				t.Fatal(err)
			}
		}
		wantKey(t, try("anna"), "guard.too_many_tries")
		if err := w.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		w.restart(config)
		wantKey(t, try("anna"), "guard.too_many_tries")

		// Another process takes what is left of the network's share.
		other := guard.New(db, w.ring, rand.Reader, w.now, config)
		for range 3 {
			if err := other.AllowHold(ctx, guard.Attempt{Network: home}); err != nil {
				t.Fatal(err)
			}
		}
		if err := other.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		w.at = w.at.Add(5 * time.Second)
		err := try("boris")
		wantKey(t, err, "guard.too_many_tries")
		wait := fault.As(err).RetryAfter
		w.at = w.at.Add(wait - time.Minute)
		wantKey(t, try("boris"), "guard.too_many_tries")
		w.at = w.at.Add(2 * time.Minute)
		if err := try("boris"); err != nil {
			t.Errorf("after the wait of %v: %v", wait, err)
		}
		if err := w.AllowHold(ctx, guard.Attempt{Network: w.home("198.51.100.1"), PersonKeys: []string{"clara"}}); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		w.at = w.at.Add(72 * time.Hour)
		if err := w.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if err := w.Clean(ctx); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.Read().QueryRowContext(ctx, `SELECT count(*) FROM guard_count`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d old counts are still kept, %v", n, err)
		}
	})
}

func TestWhatCannotBeWrittenIsKept(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, storetest.SQLite(t))
	home := w.home("192.0.2.7")
	if err := w.AllowHold(ctx, guard.Attempt{Network: home}); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if w.Flush(gone) == nil {
		t.Fatal("written under a context that is over")
	}
	if err := w.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := w.db.Read().QueryRowContext(ctx, `SELECT sum(n) FROM guard_count WHERE bucket LIKE 'hold.network.1h%'`).Scan(&n); err != nil || n != 1 {
		t.Errorf("one attempt was counted %d times, %v", n, err)
	}
}
