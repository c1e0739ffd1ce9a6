package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/travel/sealkeys"
)

type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"List the keys that sign the seals of visas."`
	Create keysCreateCmd `cmd:"" help:"Make a new signer of seals, and a demonstration authority when there is none; the signer before is retired."`
	Import keysImportCmd `cmd:"" help:"Take one's own signer of seals into use; the authority's key stays where it is."`
}

// sealKeysFlag opens the keys of seals.
type sealKeysFlag struct {
	configFlag
	databaseFlag
	issuerFlag
	Keys string `env:"CHANCERY_KEYS" default:"chancery.keys" help:"The key ring's file."`
}

func (f sealKeysFlag) open(ctx context.Context) (*sealkeys.Keys, *store.DB, error) {
	ring, err := keyring.OpenOrCreate(f.Keys)
	if err != nil {
		return nil, nil, err
	}
	db, err := f.databaseFlag.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	return sealKeys(db, ring, f.orDefault().Issuer, unnamed.In("en")), db, nil
}

func printKey(k *sealkeys.Key) {
	state := "in use"
	if !k.RetiredAt.IsZero() {
		state = "retired " + k.RetiredAt.UTC().Format(time.DateOnly)
	}
	if !k.Kept() {
		state += ", key kept elsewhere"
	}
	fmt.Printf("%-9s  %s  %s  valid %s to %s  (%s)\n", k.Role, strings.ToUpper(k.Certificate.SerialNumber.Text(16)), k.Certificate.Subject,
		k.Certificate.NotBefore.Format(time.DateOnly), k.Certificate.NotAfter.Format(time.DateOnly), state)
}

type keysListCmd struct{ sealKeysFlag }

// Run prints one line a key, the oldest first.
func (c *keysListCmd) Run(ctx context.Context) error {
	keys, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := keys.All(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		printKey(k)
	}
	if len(all) == 0 {
		fmt.Println("There is no key yet; one is made with the first visa, or by chancery keys create.")
	}
	return nil
}

type keysCreateCmd struct{ sealKeysFlag }

// Run makes a signer and prints it.
func (c *keysCreateCmd) Run(ctx context.Context) error {
	keys, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	made, err := keys.Rotate(ctx)
	if err != nil {
		return inWords(err)
	}
	printKey(made)
	return nil
}

type keysImportCmd struct {
	sealKeysFlag
	Authority   string `required:"" placeholder:"FILE" help:"The authority's certificate, PEM."`
	Certificate string `required:"" placeholder:"FILE" help:"The signer's certificate, PEM."`
	Key         string `required:"" placeholder:"FILE" help:"The signer's key, PKCS #8 in PEM, on the curve P-256."`
}

// Run takes the files in and prints the signer.
func (c *keysImportCmd) Run(ctx context.Context) error {
	var files [3][]byte
	for i, name := range []string{c.Authority, c.Certificate, c.Key} {
		var err error
		if files[i], err = os.ReadFile(name); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	keys, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	made, err := keys.Import(ctx, files[0], files[1], files[2])
	if err != nil {
		return inWords(err)
	}
	printKey(made)
	return nil
}
