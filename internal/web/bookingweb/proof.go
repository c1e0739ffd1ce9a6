package bookingweb

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

// The purposes of a proof: one that was made for one is none for another.
const (
	ForHold        = "hold"
	ForWaitingList = "waiting-list"
	ForBallot      = "ballot"
)

// Gatekeeper puts the guard before everything that asks for a place. A form
// sends its proof as "altcha" (solved by assets/js/proof.js) or, without
// JavaScript, as "ticket".
type Gatekeeper struct {
	Guard *guard.Guard
	Keys  *keyring.Ring
}

// Proof is what a form needs so that it can be sent with a proof:
//
//	<form … data-altcha-challenge="{{.Data.Proof.Challenge}}" data-altcha-wait="{{t "bookingproof.checking"}}">
//	{{template "proof" .Data.Proof}}
type Proof struct {
	// Challenge is where the script fetches its task.
	Challenge string
	// Ticket is accepted instead, after a wait that filling in the form takes up.
	Ticket string
}

// Network is the sender's network as the guard and the book know it.
func (g Gatekeeper) Network(ctx context.Context) guard.Network {
	return g.Guard.Network(web.ClientOf(ctx))
}

// Proof gives the data for a form that somebody fills in. form is what was
// sent before, nil on the first showing: a wait that began then goes on.
// Errors are internal.
func (g Gatekeeper) Proof(r *http.Request, purpose string, form *web.Form) (Proof, error) {
	out := Proof{Challenge: challengePath(purpose), Ticket: form.Value("ticket")}
	if out.Ticket != "" {
		if _, err := g.Guard.Left(r.Context(), g.Network(r.Context()), purpose, out.Ticket); err == nil || fault.KindOf(err) != fault.Invalid {
			return out, err
		}
	}
	ticket, err := g.Guard.Wait(g.Network(r.Context()), purpose)
	out.Ticket = ticket.Text
	return out, err
}

func challengePath(purpose string) string { return api.Prefix + "/challenge?for=" + purpose }

// Admit lets a form pass whose proof holds and whose sender, address and
// people have not tried too often. Call it right before acting: a proof holds
// once. Invalid with the path "proof" when the form is to be shown again, Busy
// for too many tries.
func (g Gatekeeper) Admit(ctx context.Context, purpose string, form *web.Form, d booking.Details) error {
	err := g.admit(ctx, purpose, cmp.Or(form.Value("altcha"), form.Value("ticket")), d)
	if f := fault.As(err); f != nil && f.Key == "guard.wait_longer" {
		return fault.NewInvalid(fault.Field{Path: "proof", Key: "bookingproof.longer", Args: fault.Args{"Count": seconds(f.RetryAfter)}})
	}
	return err
}

// admit asks for the work first, so that nobody can use up a stranger's tries
// for nothing.
func (g Gatekeeper) admit(ctx context.Context, purpose, proof string, d booking.Details) error {
	network := g.Network(ctx)
	if err := g.Guard.Accept(ctx, network, purpose, proof); err != nil {
		return err
	}
	attempt := g.attempt(d)
	attempt.Network = network
	return g.Guard.AllowHold(ctx, attempt)
}

// admitProgram is admit for the API, where nobody can wait for a page.
func (g Gatekeeper) admitProgram(ctx context.Context, purpose, proof string, d booking.Details) error {
	if proof == "" {
		return fault.NewInvalid(fault.Field{Path: "proof", Key: "bookingproof.missing", Args: fault.Args{"Challenge": challengePath(purpose)}})
	}
	return g.admit(ctx, purpose, proof, d)
}

// AdmitPeople counts a try for those whom a hold is given; its proof and its
// network were judged when the places were taken.
func (g Gatekeeper) AdmitPeople(ctx context.Context, d booking.Details) error {
	return g.Guard.AllowHold(ctx, g.attempt(d))
}

// AdmitMail counts a try of this network to have mail sent to an address, in
// whatever room; Busy when there were too many.
func (g Gatekeeper) AdmitMail(ctx context.Context, address string) error {
	attempt := g.attempt(booking.Details{Email: address})
	attempt.Network = g.Network(ctx)
	return g.Guard.AllowHold(ctx, attempt)
}

func (g Gatekeeper) attempt(d booking.Details) guard.Attempt {
	a := guard.Attempt{EmailKey: g.Guard.MailboxKey(d.Email)}
	for _, who := range d.Applicants {
		a.PersonKeys = append(a.PersonKeys, who.PersonKey(g.Keys))
	}
	return a
}

// admitHold is Admit for the button of a time. Whoever comes without a proof
// that holds (no JavaScript, a page left open for long) is sent to wait; then
// the answer is given and waiting is true. A proof that was used before is
// refused: it came with another click.
func (g Gatekeeper) admitHold(w http.ResponseWriter, r *http.Request, form *web.Form) (waiting bool, err error) {
	err = g.Admit(r.Context(), ForHold, form, booking.Details{})
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Invalid || refusal.Fields[0].Key == "guard.proof_spent" {
		return false, err
	}
	// A wait that goes on is not begun again.
	proof, err := g.Proof(r, ForHold, form)
	if err != nil {
		return false, err
	}
	q := url.Values{"ticket": {proof.Ticket}}
	for _, name := range waitFields {
		if v := form.Value(name); v != "" && len(v) <= maxWaitField {
			q.Set(name, v)
		}
	}
	web.SeeOther(w, r, "/appointments/wait?"+q.Encode())
	return true, nil
}

// waitFields are what the button of a time sends; none of it is personal.
var waitFields = []string{"slot", "post", "date", "service", "party"}

const maxWaitField = 100

type waitPage struct {
	Seconds int
	Ready   bool
	Fields  []option
	Back    string
}

// wait is the page of people without JavaScript: it reloads itself until the
// ticket is good, and then has a button to go on.
func (p Pages) wait(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	form := web.NewForm(q)
	left, err := p.Gate.Guard.Left(r.Context(), p.Gate.Network(r.Context()), ForHold, form.Value("ticket"))
	back := p.timesPath(r.Context(), form)
	if fault.KindOf(err) == fault.Invalid {
		// Waited too long, or used already: the times are the place to begin again.
		web.SeeOther(w, r, back)
		return nil
	}
	if err != nil {
		return err
	}
	data := waitPage{Seconds: seconds(left), Ready: left == 0, Back: back}
	for _, name := range append([]string{"ticket"}, waitFields...) {
		if v := form.Value(name); v != "" && len(v) <= 2*maxWaitField {
			data.Fields = append(data.Fields, option{name, v})
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if !data.Ready {
		w.Header().Set("Refresh", strconv.Itoa(data.Seconds))
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/wait.html", data)
}

// timesPath is the page of times from which a form was sent.
func (p Pages) timesPath(ctx context.Context, form *web.Form) string {
	at := form.Value("post")
	if slot, err := p.Book.Slot(ctx, form.Value("slot")); err == nil {
		at = slot.PostID
	}
	return "/appointments/times?" + url.Values{"post": {at}, "service": {form.Value("service")}, "party": {form.Value("party")}}.Encode()
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

type challengeInput struct {
	For string `query:"for" enum:"hold,waiting-list,ballot" default:"hold" doc:"What the proof is for"`
}

// Register adds the operation that gives out challenges.
func (g Gatekeeper) Register(a *api.API) {
	api.Register(a, huma.Operation{
		OperationID: "get-challenge", Method: http.MethodGet, Path: "/challenge", Summary: "A proof-of-work challenge", Tags: []string{"Appointments"},
		Description: "ALTCHA, version 1: find the number from 0 to maxnumber for which the hexadecimal SHA-256 of salt followed by the number " +
			"is challenge. The proof is the base 64 of the JSON {algorithm, challenge, number, salt, signature}. It holds once, for 20 minutes. " +
			"The more a network asks for, the harder they become.",
	}, func(ctx context.Context, in *challengeInput) (*one[guard.Challenge], error) {
		c, err := g.Guard.Challenge(g.Network(ctx), in.For)
		return &one[guard.Challenge]{Body: c}, err
	})
}
