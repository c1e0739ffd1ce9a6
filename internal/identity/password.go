package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/fault"
)

// Argon2id (RFC 9106) with 19 MiB and two passes, the least that OWASP's
// password storage sheet recommends; the parameters stand in every hash, so
// they can rise without breaking old ones.
const (
	argonKiB    = 19 * 1024
	argonPasses = 2
	argonLanes  = 1
	argonSalt   = 16
	argonKey    = 32
)

// The bounds of a password, in characters.
const (
	MinPassword = 12
	MaxPassword = 200
)

// parallelHashes bounds the memory and processors that a flood of sign-ins can
// take.
var parallelHashes = 2 * runtime.GOMAXPROCS(0)

// normal makes the same password of the same characters, however the keyboard
// composed them (NIST SP 800-63B, section 3.1.1.2).
func normal(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// hashPassword gives a PHC string with a salt of its own.
func hashPassword(password string) string {
	var salt [argonSalt]byte
	_, _ = rand.Read(salt[:]) // never fails: crypto/rand ends the process instead
	key := argon2.IDKey(normal(password), salt[:], argonPasses, argonKiB, argonLanes, argonKey)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, argonKiB, argonPasses, argonLanes, enc(salt[:]), enc(key))
}

// matches compares a password with a PHC string.
func matches(password, phc string) (bool, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("identity: a stored password hash has an unknown form")
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("identity: a stored password hash has an unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("identity: a stored password hash has unreadable parameters")
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 || memory == 0 || passes == 0 || lanes == 0 {
		return false, fmt.Errorf("identity: a stored password hash cannot be read")
	}
	got := argon2.IDKey(normal(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// matchesInTurn is matches, waiting while too many hashes are being made.
func (s *Service) matchesInTurn(ctx context.Context, password, phc string) (bool, error) {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-s.hashing }()
	return matches(password, phc)
}

// checkPassword says what is wrong with a new password, under path.
func checkPassword(fields *fault.Fields, path, password string, account *Staff) {
	length := utf8.RuneCountInString(password)
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(account.Email, "@")
	switch {
	case !utf8.ValidString(password) || length > MaxPassword:
		fields.AddWith(path, "identity.password.long", fault.Args{"Max": MaxPassword})
	case length < MinPassword:
		fields.AddWith(path, "identity.password.short", fault.Args{"Min": MinPassword})
	case len(different) < 5:
		fields.Add(path, "identity.password.monotonous")
	case account.UserName != "" && strings.Contains(lower, account.UserName),
		len(local) > 3 && strings.Contains(lower, local):
		fields.Add(path, "identity.password.name")
	}
}
