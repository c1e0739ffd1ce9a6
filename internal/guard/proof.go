package guard

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// Challenge is what the ALTCHA widget (protocol version 1) fetches and solves:
// find the number between 0 and MaxNumber for which the hexadecimal SHA-256 of
// salt and number is Challenge.
type Challenge struct {
	Algorithm string `json:"algorithm" example:"SHA-256"`
	Challenge string `json:"challenge" doc:"Hexadecimal SHA-256 of salt followed by the number to find" example:"ea5557b4511d4ca1a6be74ce36c515a4c2061a07b9a2030e6645ede4f4f67d10"`
	MaxNumber int64  `json:"maxnumber" doc:"The number is between 0 and this" example:"50000"`
	Salt      string `json:"salt" doc:"Ends with an ampersand, which belongs to it" example:"a1edff7a432bbe3395d04e6a7922d99e?expires=1795600869&for=hold&"`
	Signature string `json:"signature" doc:"To be given back unchanged" example:"a584c9de7afc0fb86cb1341df2dae502450ed1e7f13d309e3a8bbe8cdfe7bdf1"`
}

// solution is the widget's answer, as JSON in base 64. The widget adds how
// long it took, which nobody can trust.
type solution struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	Number    int64  `json:"number"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

const algorithm = "SHA-256"

// maxProof bounds a proof as sent, in bytes.
const maxProof = 2048

// asking is how often a network has lately asked for proofs: a count that
// halves every halfLife.
type asking struct {
	n  float64
	at time.Time
}

const halfLife = 5 * time.Minute

// ask counts one more proof that network asks for, and says how many it is by now.
func (g *Guard) ask(network Network) float64 {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	near := g.askOne("near "+network.Near, now)
	// A whole /24 or /48 may do more before it counts as one.
	return max(near, g.askOne("wide "+network.Wide, now)/8)
}

func (g *Guard) askOne(key string, now time.Time) float64 {
	a, _ := g.asked.Get(key)
	if !a.at.IsZero() {
		a.n *= math.Exp2(-max(0, now.Sub(a.at).Seconds()) / halfLife.Seconds())
	}
	a.n, a.at = a.n+1, now
	g.asked.Add(key, a)
	return a.n
}

// doublings is how much harder it gets for a network that asks a lot.
func (g *Guard) doublings(asked float64) int {
	return int(max(0, asked-1) / float64(g.config.EasyProofs))
}

// Challenge makes a proof of work for one use for purpose ("hold", "ballot",
// "waiting-list"). The more often the network has asked lately, the harder it
// is. Errors are internal.
func (g *Guard) Challenge(network Network, purpose string) (Challenge, error) {
	highest := g.config.Difficulty
	for range g.doublings(g.ask(network)) {
		if highest *= 2; highest >= g.config.MaxDifficulty {
			highest = g.config.MaxDifficulty
			break
		}
	}
	var raw [24]byte
	if _, err := io.ReadFull(g.random, raw[:]); err != nil {
		return Challenge{}, fmt.Errorf("make a challenge: %w", err)
	}
	number := int64(binary.BigEndian.Uint64(raw[:8]) % uint64(highest+1))
	params := url.Values{"expires": {strconv.FormatInt(g.now().Add(g.config.ProofFor).Unix(), 10)}, "for": {purpose}}
	// The closing & keeps the number apart from the parameters: without it,
	// digits could be moved from one to the other (CVE-2025-68113).
	salt := hex.EncodeToString(raw[8:]) + "?" + params.Encode() + "&"
	challenge := digest(salt, number)
	return Challenge{Algorithm: algorithm, Challenge: challenge, MaxNumber: highest, Salt: salt, Signature: g.sign(challenge)}, nil
}

func digest(salt string, number int64) string {
	sum := sha256.Sum256(append([]byte(salt), strconv.FormatInt(number, 10)...))
	return hex.EncodeToString(sum[:])
}

func (g *Guard) sign(challenge string) string {
	mac := hmac.New(sha256.New, []byte(g.ring.LookupKey("proof-of-work")))
	mac.Write([]byte(challenge))
	return hex.EncodeToString(mac.Sum(nil))
}

// Accept takes a proof, which holds for one use: the solution of a Challenge,
// or a ticket from Wait, for the same purpose. Call it when the rest of the
// request is in order, right before acting on it. Invalid with the path
// "proof" when it is missing, unreadable, for another purpose, expired or used
// already; Busy when a ticket's wait is not over.
func (g *Guard) Accept(ctx context.Context, network Network, purpose, proof string) error {
	var id string
	var expires time.Time
	var err error
	switch {
	case proof == "":
		return refuseProof("guard.proof_missing")
	case len(proof) > maxProof:
		return refuseProof("guard.proof_unreadable")
	case strings.HasPrefix(proof, ticketPrefix):
		id, expires, err = g.checkTicket(network, purpose, proof)
	default:
		id, expires, err = g.checkSolution(purpose, proof)
	}
	if err != nil {
		return err
	}
	return g.spend(ctx, id, expires)
}

func refuseProof(key string) error {
	return fault.NewInvalid(fault.Field{Path: "proof", Key: key})
}

func (g *Guard) checkSolution(purpose, proof string) (id string, expires time.Time, err error) {
	text, err := base64.StdEncoding.DecodeString(proof)
	if err != nil {
		return "", expires, refuseProof("guard.proof_unreadable")
	}
	var s solution
	if err := json.Unmarshal(text, &s); err != nil || s.Algorithm != algorithm {
		return "", expires, refuseProof("guard.proof_unreadable")
	}
	_, query, found := strings.Cut(s.Salt, "?")
	params, err := url.ParseQuery(strings.TrimSuffix(query, "&"))
	seconds, badTime := strconv.ParseInt(params.Get("expires"), 10, 64)
	switch {
	case !found || err != nil || badTime != nil || !strings.HasSuffix(s.Salt, "&"):
		return "", expires, refuseProof("guard.proof_unreadable")
	case !keyring.Equal(s.Signature, g.sign(s.Challenge)) || !keyring.Equal(s.Challenge, digest(s.Salt, s.Number)):
		return "", expires, refuseProof("guard.proof_wrong")
	case params.Get("for") != purpose:
		return "", expires, refuseProof("guard.proof_wrong")
	}
	expires = time.Unix(seconds, 0)
	if !g.now().Before(expires) {
		return "", expires, refuseProof("guard.proof_expired")
	}
	return s.Challenge, expires, nil
}

// spend notes that a proof was used, or refuses it when it was before. Two
// processes on one database learn of each other's with the next Flush.
func (g *Guard) spend(ctx context.Context, id string, expires time.Time) error {
	before, err := g.isSpent(ctx, id)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, used := g.spent[id]; used || before {
		return refuseProof("guard.proof_spent")
	}
	g.spent[id], g.unspent[id] = store.Millis(expires), store.Millis(expires)
	return nil
}

// isSpent says whether a proof was used, here or by another process.
func (g *Guard) isSpent(ctx context.Context, id string) (bool, error) {
	g.mu.Lock()
	_, used := g.spent[id]
	g.mu.Unlock()
	if used {
		return true, nil
	}
	var n int
	if err := g.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM guard_spent WHERE proof = $1`, id).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a used proof: %w", err)
	}
	return n > 0, nil
}

func writeSpent(ctx context.Context, tx *store.Tx, spent map[string]int64) error {
	rows := make([][]any, 0, len(spent))
	for proof, expires := range spent {
		rows = append(rows, []any{proof, expires})
	}
	_, err := tx.Insert(ctx, "guard_spent", []string{"proof", "expires_at"}, rows, "ON CONFLICT (proof) DO NOTHING")
	return err
}
