package sealkeys_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/travel/seal"
	"github.com/chancery/chancery/internal/travel/sealkeys"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// A signer is made once however many ask at once, replaced when its time is over,
// and kept for checking.
func TestSignersComeAndGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, at := context.Background(), noon
		ring, err := keyring.New()
		if err != nil {
			t.Fatal(err)
		}
		open := func() *sealkeys.Keys {
			return sealkeys.New(db, ring, "AZ", "Trial", func() time.Time { return at })
		}
		serials := make([]string, 6)
		var wait sync.WaitGroup
		for i := range serials {
			wait.Go(func() {
				g, err := open().Signer(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				serials[i] = seal.Reference(g.Certificate)
			})
		}
		wait.Wait()
		k := open()
		all, err := k.All(ctx)
		if err != nil {
			t.Fatal(err)
		}
		inUse, authorities := 0, 0
		for _, one := range all {
			if one.Role == sealkeys.AuthorityRole {
				authorities++
			} else if one.RetiredAt.IsZero() {
				inUse++
			}
			if one.Role == sealkeys.SignerRole && one.Certificate.CheckSignatureFrom(all[0].Certificate) != nil {
				t.Error("a signer is not the authority's")
			}
		}
		if inUse != 1 || authorities != 1 {
			t.Errorf("%d signers and %d authorities are in use", inUse, authorities)
		}
		first, err := k.Signer(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at = noon.AddDate(2, 0, 1)
		second, err := k.Signer(ctx)
		if err != nil || seal.Reference(second.Certificate) == seal.Reference(first.Certificate) {
			t.Errorf("after two years: %v", err)
		}
		if trust, err := k.Trust(ctx); err != nil || len(trust.Authorities) != 1 || len(trust.Signers) != len(all) {
			t.Errorf("%d signers are trusted, want %d: %v", len(trust.Signers), len(all), err)
		}
		// The secret lies sealed.
		var sealed []byte
		if err := db.Read().QueryRowContext(ctx, `SELECT sealed FROM seal_key WHERE role = 'authority'`).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		if _, err := x509.ParsePKCS8PrivateKey(sealed); err == nil || len(sealed) == 0 {
			t.Error("the authority's key lies open")
		}
	})
}

func certificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func TestOnesOwnKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, at := context.Background(), noon
		ring, err := keyring.New()
		if err != nil {
			t.Fatal(err)
		}
		k := sealkeys.New(db, ring, "AZ", "Trial", func() time.Time { return at })
		if _, err := k.Signer(ctx); err != nil {
			t.Fatal(err)
		}
		state, err := seal.NewAuthority("AZ", "The State", noon)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := state.NewSigner("V7", 77, noon)
		if err != nil {
			t.Fatal(err)
		}
		stranger, err := state.NewSigner("V8", 78, noon)
		if err != nil {
			t.Fatal(err)
		}
		other, err := seal.NewAuthority("AZ", "Another", noon)
		if err != nil {
			t.Fatal(err)
		}
		key := func(g *seal.Signer) []byte {
			der, err := x509.MarshalPKCS8PrivateKey(g.Key)
			if err != nil {
				t.Fatal(err)
			}
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		}
		for path, bad := range map[string][3][]byte{
			"authority":   {certificate(signer.Certificate), certificate(signer.Certificate), key(signer)},
			"certificate": {certificate(other.Certificate), certificate(signer.Certificate), key(signer)},
			"key":         {certificate(state.Certificate), certificate(signer.Certificate), key(stranger)},
		} {
			_, err := k.Import(ctx, bad[0], bad[1], bad[2])
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Fields[0].Path != path {
				t.Errorf("%s: %v", path, err)
			}
		}
		if _, err := k.Import(ctx, nil, []byte("x"), []byte("-----BEGIN")); fault.KindOf(err) != fault.Invalid {
			t.Error(err)
		}
		if _, err := k.Import(ctx, certificate(state.Certificate), certificate(signer.Certificate), key(signer)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // also when its time is over: there is no other
			in, err := k.Signer(ctx)
			if err != nil || seal.Identifier(in.Certificate) != "AZV7" {
				t.Fatalf("%v", err)
			}
			at = noon.AddDate(3, 0, 0)
		}
		if _, err := k.Rotate(ctx); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a signer is made under an authority whose key is elsewhere: %v", err)
		}
		if _, err := k.Import(ctx, certificate(state.Certificate), certificate(signer.Certificate), key(signer)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the same serial number twice: %v", err)
		}
	})
}
