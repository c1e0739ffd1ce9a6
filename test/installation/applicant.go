package installation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
)

// Applicant is one person with a telephone of its own.
type Applicant struct {
	in *Installation
	n  int
}

// Applicant gives the n-th applicant, n below 2²⁰.
func (in *Installation) Applicant(n int) Applicant { return Applicant{in, n} }

// address is in a /24 that no other applicant has.
func (a Applicant) address() string {
	return fmt.Sprintf("%d.%d.%d.7", 11+a.n>>16, a.n>>8&255, a.n&255)
}

// Answer is what came back: the status, and the body as JSON.
type Answer struct {
	Status   int
	Problem  bool // application/problem+json
	Replayed bool
	Body     struct {
		ID         string `json:"id"`
		Reference  string `json:"reference"`
		State      string `json:"state"`
		ManageURL  string `json:"manage_url"`
		Applicants []struct {
			DocumentNumber string `json:"document_number"`
		} `json:"applicants"`
	}
}

func (a Applicant) ask(ctx context.Context, method, path, key string, body, into any) (Answer, error) {
	var answer Answer
	text, err := json.Marshal(body)
	if err != nil {
		return answer, err
	}
	r, err := http.NewRequestWithContext(ctx, method, a.in.URL+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return answer, err
	}
	if body == nil {
		r.Body, r.ContentLength = nil, 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", a.address())
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	got, err := a.in.client.Do(r)
	if err != nil {
		return answer, err
	}
	defer got.Body.Close()
	if text, err = io.ReadAll(got.Body); err != nil {
		return answer, err
	}
	kind, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type"))
	answer.Status, answer.Problem, answer.Replayed = got.StatusCode, kind == "application/problem+json", got.Header.Get("Idempotency-Replayed") == "true"
	if into == nil {
		into = &answer.Body
	}
	if got.StatusCode < 300 && len(text) > 0 {
		err = json.Unmarshal(text, into)
	}
	return answer, err
}

// Prove asks for a challenge and does its work.
func (a Applicant) Prove(ctx context.Context) (proof string, err error) {
	var c struct {
		Algorithm string `json:"algorithm"`
		Challenge string `json:"challenge"`
		MaxNumber int64  `json:"maxnumber"`
		Number    int64  `json:"number"`
		Salt      string `json:"salt"`
		Signature string `json:"signature"`
	}
	answer, err := a.ask(ctx, http.MethodGet, "/challenge?for=hold", "", nil, &c)
	if err != nil || answer.Status != http.StatusOK {
		return "", fmt.Errorf("ask for a challenge: %d, %w", answer.Status, err)
	}
	for ; c.Number <= c.MaxNumber; c.Number++ {
		sum := sha256.Sum256([]byte(c.Salt + strconv.FormatInt(c.Number, 10)))
		if hex.EncodeToString(sum[:]) == c.Challenge {
			text, err := json.Marshal(c)
			return base64.StdEncoding.EncodeToString(text), err
		}
	}
	return "", fmt.Errorf("the challenge %+v has no solution", c)
}

// Document is the applicant's document number.
func (a Applicant) Document() string { return fmt.Sprintf("ZZ%07d", a.n) }

// Hold asks for a place in the applicant's own name.
func (a Applicant) Hold(ctx context.Context, slot, proof, key string) (Answer, error) {
	return a.ask(ctx, http.MethodPost, "/holds", key, map[string]any{
		"slot": slot, "service": Service, "language": "en", "email": fmt.Sprintf("applicant%d@example.org", a.n), "proof": proof,
		"applicants": []map[string]string{{"given_names": "Aysel", "surname": "Specimen", "date_of_birth": "1990-04-17", "nationality": "AZE", "document_number": a.Document()}},
	}, nil)
}

// Confirm sends the one-time code of a hold. The code is what the mail says:
// the key ring gives it, since no mail leaves here.
func (a Applicant) Confirm(ctx context.Context, hold string) (Answer, error) {
	return a.Answer(ctx, hold, a.in.Keys.Code("code", hold, "1"))
}

// Answer sends the given code.
func (a Applicant) Answer(ctx context.Context, hold, code string) (Answer, error) {
	return a.ask(ctx, http.MethodPost, "/holds/"+url.PathEscape(hold)+"/confirm", "", map[string]string{"code": code}, nil)
}

// Read reads a booking, Cancel cancels it.
func (a Applicant) Read(ctx context.Context, reference, token string) (Answer, error) {
	return a.ask(ctx, http.MethodGet, "/bookings/"+reference+"?token="+url.QueryEscape(token), "", nil, nil)
}

func (a Applicant) Cancel(ctx context.Context, reference, token string) (Answer, error) {
	return a.ask(ctx, http.MethodDelete, "/bookings/"+reference+"?token="+url.QueryEscape(token), "", nil, nil)
}

// Token is the unguessable part of a manage link.
func Token(manageURL string) string {
	u, err := url.Parse(manageURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("token")
}
