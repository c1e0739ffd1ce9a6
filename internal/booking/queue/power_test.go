package queue

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/store"
)

// office names the database of the process that is killed.
const office = "CHANCERY_TEST_OFFICE"

// TestMain lets this program be a desk that works until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(office); path != "" {
		if err := work(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// work gives tickets and calls people without end, and says what was done once
// it is answered for.
func work(path string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, "sqlite:"+path)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	r := open(&testing.T{}, db)
	for {
		given, err := r.WalkIn(ctx, officer, "baku", NewTicketID(), "visa", 1, false)
		if err != nil {
			return err
		}
		fmt.Println("given", given.Number)
		called, err := r.CallNext(ctx, officer, "baku", "c1")
		if err != nil {
			return err
		}
		fmt.Println("called", called.Number)
		if _, err := r.Finish(ctx, officer, "baku", called.ID, Done); err != nil {
			return err
		}
		fmt.Println("finished", called.Number)
	}
}

// When the power fails, everything that was answered for is there afterwards,
// once, and no step is half done.
func TestAPowerCutLosesNothing(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "office.db")
	desk := exec.CommandContext(t.Context(), os.Args[0])
	desk.Env = append(os.Environ(), office+"="+path)
	desk.Stderr = os.Stderr
	out, err := desk.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Start(); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{} // the last thing said of each number
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		what, number, _ := strings.Cut(lines.Text(), " ")
		said[number] = what
		if n == 100 {
			if err := desk.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := desk.Wait(); err == nil || len(said) < 30 {
		t.Fatalf("the desk was not killed at work: %v, %d tickets", err, len(said))
	}
	db, err := store.Open(ctx, "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := open(t, db)
	tickets, err := list(ctx, db.Read(), `SELECT `+columns+` FROM queue_ticket ORDER BY serial`)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]State{}
	for i, ticket := range tickets {
		if ticket.Serial != i+1 {
			t.Fatalf("ticket %d has the number %s", i+1, ticket.Number)
		}
		states[ticket.Number] = ticket.State
		var steps int
		if err := db.Read().QueryRowContext(ctx, `SELECT count(*) FROM queue_step WHERE ticket_id = $1`, ticket.ID).Scan(&steps); err != nil {
			t.Fatal(err)
		}
		if want := map[State]int{Waiting: 1, Called: 2, Finished: 3}[ticket.State]; steps != want {
			t.Errorf("%s is %s after %d steps, want %d", ticket.Number, ticket.State, steps, want)
		}
	}
	for number, what := range said {
		at := map[string]int{"given": 1, "called": 2, "finished": 3}[what]
		if is := map[State]int{Waiting: 1, Called: 2, Finished: 3}[states[number]]; is < at {
			t.Errorf("%s was %s, and is %q after the power cut", number, what, states[number])
		}
	}
	// And the work goes on where it stopped.
	next, err := r.WalkIn(ctx, officer, "baku", NewTicketID(), "visa", 1, false)
	if err != nil || next.Serial != len(tickets)+1 {
		t.Fatalf("after the power cut: %+v, %v", next, err)
	}
}
