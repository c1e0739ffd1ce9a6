package guard

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
)

// ticketPrefix tells a wait ticket from a solution, whose base 64 has no dots.
const ticketPrefix = "w1."

// maxWait bounds how long anybody is made to wait.
const maxWait = 5 * time.Minute

// Ticket lets a person without JavaScript wait in place of a proof of work: a
// page says "continue in 20 seconds" and refreshes itself. Time is the one
// thing that costs a person and a bot the same.
type Ticket struct {
	// Text is what the form sends as its proof.
	Text string
	// Wait is how long until it is accepted.
	Wait time.Duration
}

// Wait gives a ticket for one use for purpose, bound to the network. The more
// often the network has asked lately, the longer the wait, up to five minutes.
// Errors are internal.
func (g *Guard) Wait(network Network, purpose string) (Ticket, error) {
	wait := g.config.Wait
	for range g.doublings(g.ask(network)) {
		if wait *= 2; wait >= maxWait {
			wait = maxWait
			break
		}
	}
	var raw [12]byte
	if _, err := io.ReadFull(g.random, raw[:]); err != nil {
		return Ticket{}, fmt.Errorf("make a wait ticket: %w", err)
	}
	ready := g.now().Add(wait)
	nonce, readyText := hex.EncodeToString(raw[:]), strconv.FormatInt(ready.UnixMilli(), 10)
	return Ticket{Text: ticketPrefix + readyText + "." + nonce + "." + g.ticketMAC(network, purpose, readyText, nonce), Wait: wait}, nil
}

// Left says how long a ticket's wait still takes, 0 when it is over; the ticket
// is not used up. Invalid with the path "proof" when it will never be accepted:
// unreadable, for another purpose or network, expired, or used already.
func (g *Guard) Left(ctx context.Context, network Network, purpose, ticket string) (time.Duration, error) {
	if len(ticket) > maxProof || !strings.HasPrefix(ticket, ticketPrefix) {
		return 0, refuseProof("guard.proof_unreadable")
	}
	id, _, err := g.checkTicket(network, purpose, ticket)
	if busy := fault.As(err); busy != nil && busy.Kind == fault.Busy {
		return busy.RetryAfter, nil
	}
	if err != nil {
		return 0, err
	}
	spent, err := g.isSpent(ctx, id)
	if err == nil && spent {
		err = refuseProof("guard.proof_spent")
	}
	return 0, err
}

func (g *Guard) ticketMAC(network Network, purpose, ready, nonce string) string {
	return g.ring.Token("wait-ticket", network.Wide, purpose, ready, nonce)
}

func (g *Guard) checkTicket(network Network, purpose, proof string) (id string, expires time.Time, err error) {
	parts := strings.Split(proof, ".")
	if len(parts) != 4 {
		return "", expires, refuseProof("guard.proof_unreadable")
	}
	ready, nonce, mac := parts[1], parts[2], parts[3]
	millis, err := strconv.ParseInt(ready, 10, 64)
	if err != nil {
		return "", expires, refuseProof("guard.proof_unreadable")
	}
	if !keyring.Equal(mac, g.ticketMAC(network, purpose, ready, nonce)) {
		return "", expires, refuseProof("guard.proof_wrong")
	}
	readyAt := time.UnixMilli(millis)
	expires = readyAt.Add(g.config.ProofFor)
	now := g.now()
	if left := readyAt.Sub(now); left > 0 {
		return "", expires, fault.NewBusy("guard.wait_longer", left)
	}
	if !now.Before(expires) {
		return "", expires, refuseProof("guard.proof_expired")
	}
	return ticketPrefix + nonce, expires, nil
}
