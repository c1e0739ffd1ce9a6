package transparency_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/transparency"
)

func TestMain(m *testing.M) { storetest.NoLeaks(m) }

func newLog(t testing.TB, db *store.DB) *transparency.Log {
	t.Helper()
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	return transparency.New(db, ring, "example.org/log", func() time.Time { return time.Date(2026, 11, 25, 14, 0, 0, 0, time.UTC) })
}

func some(from, n int) []transparency.Entry {
	all := make([]transparency.Entry, n)
	for i := range all {
		all[i] = transparency.Hash("issued", []byte("salt"), []byte(fmt.Sprint(from+i)))
	}
	return all
}

func add(t testing.TB, db *store.DB, l *transparency.Log, entries []transparency.Entry) (first int64) {
	t.Helper()
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		first, err = l.Append(ctx, tx, entries...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func publish(t testing.TB, l *transparency.Log) *transparency.Checkpoint {
	t.Helper()
	c, err := l.Publish(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func raw(hashes []tlog.Hash) [][]byte {
	all := make([][]byte, len(hashes))
	for i := range hashes {
		all[i] = hashes[i][:]
	}
	return all
}

// Entries come in batches of any size; each proof holds for the checker of the
// library that we use and for another one, and the tree is that of RFC 6962.
func TestProofs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLog(t, db)
		random := mathrand.New(mathrand.NewPCG(9, 6962))
		var points []*transparency.Checkpoint
		var all []transparency.Entry
		points = append(points, publish(t, l))
		for len(all) < 1700 {
			batch := some(len(all), []int{1, 1, 2, 7, 60, 255, 256, 300}[random.IntN(8)])
			if first := add(t, db, l, batch); first != int64(len(all)) {
				t.Fatalf("first index %d after %d entries", first, len(all))
			}
			all = append(all, batch...)
			if random.IntN(3) > 0 {
				points = append(points, publish(t, l))
			}
		}
		points = append(points, publish(t, l))
		if n, err := l.Check(t.Context()); err != nil || n != int64(len(all)) {
			t.Errorf("checked %d, %v", n, err)
		}
		last := points[len(points)-1]
		key, err := l.Verifier(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(key)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range points {
			opened, err := note.Open(c.Note, note.VerifierList(verifier))
			if want := fmt.Sprintf("example.org/log\n%d\n%s\n", c.Size, c.Root); err != nil || opened.Text != want {
				t.Fatalf("checkpoint %q, want %q: %v", c.Note, want, err)
			}
			if i == 0 || c.Size == 0 {
				continue
			}
			for range 10 {
				index := random.Int64N(c.Size)
				p, err := l.Inclusion(t.Context(), index, c.Size)
				if err != nil {
					t.Fatal(err)
				}
				leaf := tlog.RecordHash(all[index][:])
				if err := tlog.CheckRecord(p, c.Size, c.Root, index, leaf); err != nil {
					t.Errorf("inclusion of %d in %d: %v", index, c.Size, err)
				}
				if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(c.Size), rfc6962.DefaultHasher.HashLeaf(all[index][:]), raw(p), c.Root[:]); err != nil {
					t.Errorf("inclusion of %d in %d, by others: %v", index, c.Size, err)
				}
				if proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(c.Size), rfc6962.DefaultHasher.HashLeaf([]byte("x")), raw(p), c.Root[:]) == nil {
					t.Error("what is not there is proved")
				}
			}
			p, err := l.Consistency(t.Context(), c.Size, last.Size)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(p, last.Size, last.Root, c.Size, c.Root); err != nil {
				t.Errorf("consistency of %d with %d: %v", c.Size, last.Size, err)
			}
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(c.Size), uint64(last.Size), raw(p), c.Root[:], last.Root[:]); err != nil {
				t.Errorf("consistency of %d with %d, by others: %v", c.Size, last.Size, err)
			}
		}
		readByTiles(t, l, last, all)
		if index, found, err := l.Find(t.Context(), all[777]); !found || index != 777 || err != nil {
			t.Errorf("entry 777 is at %d, %v, %v", index, found, err)
		}
		if _, found, err := l.Find(t.Context(), transparency.Hash("revoked", []byte("salt"), []byte("777"))); found || err != nil {
			t.Errorf("found what is not there, %v", err)
		}
		for _, bad := range [][2]int64{{-1, 5}, {5, 5}, {0, last.Size + 1}} {
			if _, err := l.Inclusion(t.Context(), bad[0], bad[1]); err == nil {
				t.Errorf("inclusion of %v", bad)
			}
		}
		if _, err := l.Consistency(t.Context(), 3, last.Size+1); err == nil {
			t.Error("consistency with what is not there")
		}
	})
}

// tiles reads tiles as a stranger does; package tlog checks what it gets.
type tiles struct {
	t *testing.T
	l *transparency.Log
}

func (r tiles) Height() int                     { return 8 }
func (r tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tiles) ReadTiles(all []tlog.Tile) (out [][]byte, err error) {
	for _, one := range all {
		data, err := r.l.Tile(r.t.Context(), strings.Replace(one.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

// readByTiles knows nothing of the log but its checkpoint and tiles.
func readByTiles(t *testing.T, l *transparency.Log, c *transparency.Checkpoint, all []transparency.Entry) {
	t.Helper()
	from := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tiles{t, l})
	for index := int64(0); index < c.Size; index += 97 {
		h, err := from.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil || h[0] != tlog.RecordHash(all[index][:]) {
			t.Errorf("entry %d by tiles: %v", index, err)
		}
	}
	var read []transparency.Entry
	for n := int64(0); n <= c.Size/256; n++ {
		path := fmt.Sprintf("tile/entries/%03d", n)
		if n == c.Size/256 {
			if c.Size%256 == 0 {
				break
			}
			path += fmt.Sprintf(".p/%d", c.Size%256)
		}
		data, err := l.Tile(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			read = append(read, transparency.Entry(data[2:2+length]))
			data = data[2+length:]
		}
	}
	if !slices.Equal(read, all) {
		t.Errorf("%d entries by bundles, want %d", len(read), len(all))
	}
	for _, path := range []string{"tile/0/099", fmt.Sprintf("tile/0/%03d", c.Size/256), "tile/1/000", "tile/5/000.p/1", "tile/6/000.p/1", "tile/entries/x000/000", ""} {
		if _, err := l.Tile(t.Context(), path); err == nil {
			t.Errorf("%s is there", path)
		}
	}
}

// What is rolled back leaves no gap, and writers at once give no index twice.
func TestIndicesHaveNoGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLog(t, db)
		broken := errors.New("power cut")
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for w := range 6 {
			wg.Go(func() {
				for i := range 12 {
					var first int64
					err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
						if first, err = l.Append(ctx, tx, some(w*1000+i*50, 40)...); err == nil && i%3 == 2 {
							err = broken
						}
						return err
					})
					if errors.Is(err, broken) {
						continue
					}
					if err != nil {
						t.Error(err)
						continue
					}
					mu.Lock()
					for n := range int64(40) {
						if seen[first+n] {
							t.Errorf("index %d twice", first+n)
						}
						seen[first+n] = true
					}
					mu.Unlock()
					if i%4 == 0 {
						if _, err := l.Publish(context.Background()); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		if c := publish(t, l); c.Size != int64(len(seen)) || len(seen) != 6*8*40 {
			t.Errorf("%d entries, %d indices", c.Size, len(seen))
		}
		if _, err := l.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A row changed behind the log's back is noticed, and nothing is signed over it.
func TestARewrittenLogIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		sql     string
		publish bool // is noticed at the next checkpoint already
	}{
		"an entry in a full tile": {`UPDATE log_entry SET entry = (SELECT entry FROM log_entry WHERE idx = 4) WHERE idx = 3`, false},
		"a late entry":            {`UPDATE log_entry SET entry = (SELECT entry FROM log_entry WHERE idx = 4) WHERE idx = 599`, true},
		"a hash":                  {`UPDATE log_node SET hash = (SELECT hash FROM log_node WHERE level = 1 AND n = 0) WHERE n = 1`, true},
		"an entry taken out":      {`DELETE FROM log_entry WHERE idx = 598`, true},
		"a shorter log":           {`UPDATE log_head SET size = 500`, true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				l := newLog(t, db)
				add(t, db, l, some(0, 600))
				publish(t, l)
				if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.ExecContext(ctx, c.sql)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if _, err := l.Check(t.Context()); !errors.Is(err, transparency.ErrRewritten) {
					t.Errorf("checked: %v", err)
				}
				if c.publish {
					if name != "a shorter log" && name != "an entry taken out" {
						add(t, db, l, some(600, 1))
					}
					if name == "an entry taken out" {
						if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
							_, err := tx.ExecContext(ctx, `UPDATE log_head SET size = 601`)
							return err
						}); err != nil {
							t.Fatal(err)
						}
					}
					if _, err := l.Publish(t.Context()); !errors.Is(err, transparency.ErrRewritten) {
						t.Errorf("published: %v", err)
					}
				} else if _, err := l.Tile(t.Context(), "tile/0/000"); !errors.Is(err, transparency.ErrRewritten) {
					t.Errorf("served: %v", err)
				}
			})
		})
	}
}

// The bytes of an entry never change: worked out from the description of Hash by
// a program in Python.
func TestEntriesAreWhatTheyWere(t *testing.T) {
	if got := fmt.Sprintf("%x", transparency.Hash("issued", []byte("salt"), []byte("digest"))); got != "04997373fa42628b7ab7ade18a8b47b843178e0bf5fa74d63e89fe372f5e4e94" {
		t.Errorf("got %s", got)
	}
}

func FuzzTilePath(f *testing.F) {
	for _, path := range []string{"tile/0/000", "tile/1/x001/067.p/5", "tile/entries/x123/x456/789", "tile/data/000", "tile/8/0/000", "tile/0/000.p/256", "tile/-1/000", ""} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		tile, ok := transparency.ParseTilePath(path)
		if !ok {
			return
		}
		// The path of what was read is the path.
		level := fmt.Sprint(tile.L)
		if tile.L < 0 {
			level = "entries"
		}
		written := ""
		for rest, n := fmt.Sprintf("%03d", tile.N%1000), tile.N/1000; ; n /= 1000 {
			if written = rest; n == 0 {
				break
			}
			rest = fmt.Sprintf("x%03d/%s", n%1000, rest)
		}
		written = "tile/" + level + "/" + written
		if tile.W < 256 {
			written += fmt.Sprintf(".p/%d", tile.W)
		}
		if written != path || tile.N < 0 || tile.W < 1 || tile.L > 5 {
			t.Errorf("%q is %+v, written %q", path, tile, written)
		}
	})
}
