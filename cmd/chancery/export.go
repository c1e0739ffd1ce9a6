package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/extract"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
)

type exportCmd struct {
	Bookings exportBookingsCmd `cmd:"" help:"Write bookings out."`
}

type exportBookingsCmd struct {
	configFlag
	databaseFlag
	Keys      string    `env:"CHANCERY_KEYS" default:"chancery.keys" help:"The key ring's file; needed for names."`
	Format    string    `enum:"csv,jsonl,ics" default:"csv" help:"csv, jsonl (JSON Lines) or ics (a calendar)."`
	Post      string    `placeholder:"POST" help:"Only this post."`
	From      time.Time `format:"2006-01-02" placeholder:"DATE" help:"Only appointments on this local day or later."`
	To        time.Time `format:"2006-01-02" placeholder:"DATE" help:"Only appointments on this local day or earlier."`
	WithNames bool      `help:"Also write the people's names. This is noted in the audit trail."`
	Out       string    `type:"path" placeholder:"FILE" help:"Where to write; standard output when not given."`
}

// Validate refuses a period that is upside down.
func (c *exportBookingsCmd) Validate() error {
	if !c.From.IsZero() && !c.To.IsZero() && c.From.After(c.To) {
		return errors.New("--from is after --to")
	}
	return nil
}

// Run writes the bookings, and says on standard error how many there were. A
// file appears whole or not at all.
func (c *exportBookingsCmd) Run(ctx context.Context) error {
	services, err := catalogue.Load(files.Services)
	if err != nil {
		return err
	}
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	trail := audit.New(time.Now)
	posts := post.New(db, trail, services, time.Now)
	x := &extract.Extractor{DB: db, Posts: posts, Trail: trail}
	if c.WithNames {
		if _, err := os.Stat(c.Keys); err != nil {
			return fmt.Errorf("names need the key ring: %w", err)
		}
		keys, err := keyring.OpenOrCreate(c.Keys)
		if err != nil {
			return err
		}
		book := booking.Open(booking.Options{DB: db, Ring: keys, Offer: offer{services, posts}, Audit: trail, Outbox: notify.NewOutbox(db, time.Now), Now: time.Now})
		defer book.Close()
		x.Book = book
	}
	q := extract.Query{Post: c.Post, From: dateOf(c.From), To: dateOf(c.To), Names: c.WithNames, By: operator()}
	n, err := 0, error(nil)
	write := func(w io.Writer) error {
		n, err = x.Write(ctx, w, c.Format, q)
		return err
	}
	if c.Out == "" {
		err = buffered(os.Stdout, write)
	} else {
		err = writeWhole(c.Out, write)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d bookings\n", n)
	return nil
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// operator is who runs the command, as far as the machine knows.
func operator() string {
	if who, err := user.Current(); err == nil {
		return who.Username
	}
	return "unknown"
}

func buffered(to io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriter(to)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// writeWhole writes a file that only its owner can read, under another name
// until it is whole.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // after the rename there is nothing left to remove
	if err := errors.Join(buffered(f, write), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
