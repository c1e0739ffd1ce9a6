package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	register "github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
)

// verifyCmd checks what was issued against the database of this installation.
type verifyCmd struct {
	sealKeysFlag
	What string `arg:"" name:"file|code" help:"A document's file, its code, its address, or the bytes of a seal in hexadecimal digits or base64."`
}

// Run prints the answer and what the document shows; errNo unless it is genuine
// and not ended.
func (c *verifyCmd) Run(ctx context.Context) error {
	// Checking must not make a ring: nothing opens with a fresh one.
	ring, err := keyring.Open(c.Keys)
	if err != nil {
		return err
	}
	keys, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	ledger := verify.New(db, ring, time.Now)
	office := &paper.Office{Acts: register.New(register.Config{DB: db, Ring: ring, Documents: ledger, Now: time.Now}), Ledger: ledger, Keys: keys,
		Signing: signKeys(db, ring, audit.New(time.Now), c.orDefault().Issuer, unnamed.In("en")), Now: time.Now}
	answer, err := c.check(ctx, office)
	if err != nil {
		return err
	}
	p := locale.For("en")
	fmt.Println(p.T("verifyweb.outcome."+string(answer.Outcome)) + ": " + p.T("verifyweb.text."+string(answer.Outcome)))
	if !answer.Since.IsZero() {
		fmt.Println(p.T("verifyweb.since", "Date", answer.Since.UTC().Format(time.DateOnly)))
	}
	if answer.SealFault != "" {
		fmt.Println(p.T(answer.SealFault))
	}
	if answer.Signature != "" {
		fmt.Println(p.T("verifyweb.signature." + string(answer.Signature)))
	}
	for _, change := range answer.Changes {
		fmt.Println("  " + p.T("verifyweb.change."+string(change.Part)) + " " + p.T("verifyweb.change_place", "From", change.From, "To", change.To))
	}
	if d := answer.Document; d != nil {
		if d.SupersededBy != "" {
			fmt.Println(p.T("verifyweb.successor", "Number", d.SupersededBy))
		}
		for _, line := range d.Shown {
			fmt.Printf("  %-18s %s\n", p.T(line.Label), paper.Value(line, p))
		}
	}
	if !answer.Good() {
		return errNo
	}
	return nil
}

// check takes the argument for a file when there is one of that name.
func (c *verifyCmd) check(ctx context.Context, office *paper.Office) (*paper.Answer, error) {
	file, err := os.ReadFile(c.What)
	if err == nil {
		return office.CheckFile(ctx, file)
	}
	var path *fs.PathError
	if !errors.As(err, &path) {
		return nil, err
	}
	return office.Check(ctx, c.What)
}
