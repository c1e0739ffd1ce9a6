package keyring

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Ring seals personal data and derives keyed hashes. It is safe for
// concurrent use.
type Ring struct {
	envelope tink.AEAD
	hashKey  []byte
	handle   *keyset.Handle
}

// file is the ring on disk: JSON, readable by its owner only.
type file struct {
	Encryption json.RawMessage `json:"encryption"`
	Hash       string          `json:"hash"`
}

// New makes a ring with fresh keys that lives in memory only.
func New() (*Ring, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make an encryption key: %w", err)
	}
	seed, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a hash key: %w", err)
	}
	// Tink hands out key material only in serialized form; a digest of it is
	// as random as the 256 bits inside.
	var raw bytes.Buffer
	if err := insecurecleartextkeyset.Write(seed, keyset.NewBinaryWriter(&raw)); err != nil {
		return nil, fmt.Errorf("make a hash key: %w", err)
	}
	sum := sha256.Sum256(raw.Bytes())
	return build(handle, sum[:])
}

func build(handle *keyset.Handle, hashKey []byte) (*Ring, error) {
	kek, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the encryption key: %w", err)
	}
	return &Ring{
		envelope: aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), kek),
		hashKey:  hashKey,
		handle:   handle,
	}, nil
}

// OpenOrCreate reads the ring at path, or makes one there, readable by its
// owner only, when there is none.
func OpenOrCreate(path string) (*Ring, error) {
	ring, err := Open(path)
	if !errors.Is(err, os.ErrNotExist) {
		return ring, err
	}
	ring, err = New()
	if err != nil {
		return nil, err
	}
	return ring, ring.save(path)
}

// Open reads the ring at path.
func Open(path string) (*Ring, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key ring: %w", err)
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("read the key ring %s: %w", path, err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Encryption)))
	if err != nil {
		return nil, fmt.Errorf("read the key ring %s: %w", path, err)
	}
	hashKey, err := hex.DecodeString(f.Hash)
	if err != nil || len(hashKey) != sha256.Size {
		return nil, fmt.Errorf("the key ring %s has no usable hash key", path)
	}
	return build(handle, hashKey)
}

func (r *Ring) save(path string) error {
	var encryption bytes.Buffer
	if err := insecurecleartextkeyset.Write(r.handle, keyset.NewJSONWriter(&encryption)); err != nil {
		return fmt.Errorf("write the key ring: %w", err)
	}
	text, err := json.Marshal(file{Encryption: encryption.Bytes(), Hash: hex.EncodeToString(r.hashKey)})
	if err != nil {
		return fmt.Errorf("write the key ring: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the key ring: %w", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("write the key ring: %w", err)
	}
	return nil
}

// Seal encrypts plaintext under a fresh data key. context, such as the table
// and row, must be given again to Unseal: a value moved elsewhere does not open.
func (r *Ring) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed, err := r.envelope.Encrypt(plaintext, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Unseal opens what Seal made with the same context.
func (r *Ring) Unseal(sealed []byte, context string) ([]byte, error) {
	plaintext, err := r.envelope.Decrypt(sealed, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("unseal %s: %w", context, err)
	}
	return plaintext, nil
}

func (r *Ring) mac(purpose string, parts []string) []byte {
	m := hmac.New(sha256.New, r.hashKey)
	for _, part := range append([]string{purpose}, parts...) {
		// Lengths keep ("ab","c") and ("a","bc") apart.
		_ = binary.Write(m, binary.BigEndian, uint64(len(part)))
		_, _ = m.Write([]byte(part))
	}
	return m.Sum(nil)
}

// LookupKey gives a keyed hash of parts, 32 hexadecimal digits: equal parts
// find each other, and nobody without the ring can tell what they were.
func (r *Ring) LookupKey(purpose string, parts ...string) string {
	return hex.EncodeToString(r.mac(purpose, parts)[:16])
}

// Token gives an unguessable token of 22 URL-safe characters (128 bits) that
// belongs to parts and is nowhere stored.
func (r *Ring) Token(purpose string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(r.mac(purpose, parts)[:16])
}

// Code gives a six-digit one-time code that belongs to parts and is nowhere
// stored. Whoever checks it must count tries.
func (r *Ring) Code(purpose string, parts ...string) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(r.mac(purpose, parts))%1_000_000)
}

// Equal compares a token or code in constant time.
func Equal(given, want string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}
