package installation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// Where the slots are.
const (
	Post    = "london"
	Service = "passport-renewal"
)

// Installation is a database with its key ring, and the server on it.
type Installation struct {
	Keys  *keyring.Ring
	Slots []string // ids
	URL   string   // of the server while it runs

	dsn, keyFile string
	client       *http.Client
	server       *exec.Cmd
	log          *bytes.Buffer
}

// Each runs the test on a fresh installation on each engine.
func Each(t *testing.T, slots []booking.Slot, test func(t *testing.T, in *Installation)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		test(t, prepare(t, "sqlite:"+filepath.Join(t.TempDir(), "chancery.db"), slots))
	})
	t.Run("postgresql", func(t *testing.T) {
		test(t, prepare(t, storetest.PostgreSQLURL(t), slots))
	})
}

// Slot is the n-th slot of an installation's plan, with places for the public.
func Slot(n, places int) booking.Slot {
	start := time.Now().UTC().Truncate(time.Hour).AddDate(0, 0, 20).Add(time.Duration(n) * time.Hour)
	return booking.Slot{PostID: Post, GroupID: Service, RuleID: "load", Date: start.Format(time.DateOnly), Clock: start.Format("15:04"),
		Start: start, End: start.Add(time.Hour), Planned: places, OpensAt: start.AddDate(0, 0, -40)}
}

func prepare(t *testing.T, dsn string, slots []booking.Slot) *Installation {
	t.Helper()
	ctx := context.Background()
	in := &Installation{dsn: dsn, keyFile: filepath.Join(t.TempDir(), "keys.json")}
	var err error
	if in.Keys, err = keyring.OpenOrCreate(in.keyFile); err != nil {
		t.Fatal(err)
	}
	in.WithDatabase(t, func(db *store.DB) {
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		trail := audit.New(time.Now)
		services, err := catalogue.Load(files.Services)
		if err != nil {
			t.Fatal(err)
		}
		if err := demo.LoadPosts(ctx, post.New(db, trail, services, time.Now), time.Now()); err != nil {
			t.Fatal(err)
		}
		book := booking.Open(booking.Options{DB: db, Ring: in.Keys, Audit: trail, Outbox: notify.NewOutbox(db, time.Now), Now: time.Now})
		defer book.Close()
		for i := range slots {
			slots[i].ID = store.NewID()
			in.Slots = append(in.Slots, slots[i].ID)
		}
		if err := book.AddSlots(ctx, slots); err != nil {
			t.Fatal(err)
		}
	})
	transport := &http.Transport{MaxConnsPerHost: 500, MaxIdleConnsPerHost: 500, DisableCompression: true}
	in.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		in.Kill()
		if t.Failed() && in.log != nil {
			t.Logf("the server's complaints:\n%.3000s", strings.Join(complaints(in.log.String()), ""))
		}
	})
	return in
}

// WithDatabase opens the installation's database beside the server.
func (in *Installation) WithDatabase(t *testing.T, do func(db *store.DB)) {
	t.Helper()
	db, err := store.Open(context.Background(), in.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	do(db)
}

// Balance fails the test when the books or the audit trail are not in order.
func (in *Installation) Balance(t *testing.T) {
	t.Helper()
	in.WithDatabase(t, func(db *store.DB) {
		ctx := context.Background()
		if err := booking.BooksError(booking.CheckBooks(ctx, db.Read())); err != nil {
			t.Errorf("the books do not balance: %v", err)
		}
		if report, err := audit.Verify(ctx, db.Read()); err != nil || !report.Whole() {
			t.Errorf("the audit trail is broken at entry %d: %s, %v", report.BrokenAt, report.Reason, err)
		}
	})
}

// program builds the binary once for a test process.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "chancery-test-")
	if err != nil {
		return "", err
	}
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(dir, "chancery")
	build := exec.Command("go", "build", "-o", path, "./cmd/chancery")
	build.Dir = filepath.Join(filepath.Dir(here), "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

// Start runs the server until Stop or Kill, and waits until it is ready. The
// proof of work is easy, since one machine does that of all applicants; all
// other limits are the usual ones.
func (in *Installation) Start(t *testing.T) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	addr, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	in.URL, in.log = "http://"+addr, &bytes.Buffer{}
	in.server = exec.Command(path, "serve", "--addr", addr, "--db", in.dsn, "--keys", in.keyFile,
		"--trusted-proxies", "127.0.0.0/8", "--proof-difficulty", "1000")
	in.server.Stdout, in.server.Stderr = in.log, in.log
	if err := in.server.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, in.URL+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := in.client.Do(r); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			in.Kill()
			t.Fatalf("the server is not ready: %s", in.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Kill ends the server as a power cut would: SIGKILL, with no chance to finish
// anything.
func (in *Installation) Kill() { _ = in.end(syscall.SIGKILL) }

// Stop ends the server as an administrator would, and fails the test when it
// had complaints.
func (in *Installation) Stop(t *testing.T) {
	t.Helper()
	if err := in.end(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if wrong := complaints(in.log.String()); len(wrong) > 0 {
		t.Errorf("the server complained %d times", len(wrong))
	}
}

func complaints(log string) (found []string) {
	for line := range strings.Lines(log) {
		if strings.Contains(line, "ERROR") || strings.Contains(line, "panic") {
			found = append(found, line)
		}
	}
	return found
}

func (in *Installation) end(signal syscall.Signal) error {
	if in.server == nil {
		return nil
	}
	err := errors.Join(in.server.Process.Signal(signal), in.server.Wait())
	in.server = nil
	return err
}
