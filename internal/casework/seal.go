package casework

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"github.com/chancery/chancery/internal/fault"
)

// keySize is that of AES-256, in bytes.
const keySize = 32

// caseKey seals what belongs to one application. context is "table:id", so
// that nothing opens in another row.
type caseKey struct{ cipher *subtle.AESGCM }

// newKey makes a key, and the same sealed by the key ring for the row.
func (s *Service) newKey(applicationID string) (*caseKey, []byte, error) {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw) // never fails, see crypto/rand
	sealed, err := s.ring.Seal(raw, object(applicationID))
	if err != nil {
		return nil, nil, err
	}
	cipher, err := subtle.NewAESGCM(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("make a case key: %w", err)
	}
	return &caseKey{cipher}, sealed, nil
}

// key opens the application's key; not found when it was erased.
func (s *Service) key(a *Application) (*caseKey, error) {
	if len(a.dataKey) == 0 {
		return nil, errErased()
	}
	raw, err := s.ring.Unseal(a.dataKey, object(a.ID))
	if err != nil {
		return nil, err
	}
	cipher, err := subtle.NewAESGCM(raw)
	if err != nil {
		return nil, fmt.Errorf("use a case key: %w", err)
	}
	return &caseKey{cipher}, nil
}

func errErased() error { return fault.NewNotFound("casework.erased") }

func (k *caseKey) seal(plain []byte, context string) ([]byte, error) {
	sealed, err := k.cipher.Encrypt(plain, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", context, err)
	}
	return sealed, nil
}

func (k *caseKey) open(sealed []byte, context string) ([]byte, error) {
	plain, err := k.cipher.Decrypt(sealed, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", context, err)
	}
	return plain, nil
}

func (k *caseKey) sealJSON(v any, context string) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", context, err)
	}
	return k.seal(text, context)
}

// openJSON reads what sealJSON wrote into v; nothing sealed leaves v as it is.
func (k *caseKey) openJSON(sealed []byte, context string, v any) error {
	if len(sealed) == 0 {
		return nil
	}
	text, err := k.open(sealed, context)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read %s: %w", context, err)
	}
	return nil
}
