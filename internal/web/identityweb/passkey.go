package identityweb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// A passkey button asks "begin" for options and sends the authenticator's
// answer to "finish", which says where to go next. Both are JSON; without
// JavaScript the buttons are not shown.

func (p *Pages) beginPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	options, token, err := p.staff.BeginPasskeySignIn(r.Context())
	if err != nil {
		return err
	}
	return p.sendOptions(w, options, token)
}

func (p *Pages) finishPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	answer, err := readAnswer(r)
	if err != nil {
		return err
	}
	in, err := p.staff.FinishPasskeySignIn(r.Context(), p.web.CookieValue(r, ceremonyCookie), answer.text, p.web.CookieValue(r, sessionCookie))
	if err != nil {
		return err
	}
	p.enter(w, in)
	return sendNext(w, web.SafeNext(r.URL.Query().Get("next"), home))
}

func (p *Pages) beginPasskey(w http.ResponseWriter, r *http.Request) error {
	person := PersonOf(r.Context())
	options, token, err := p.staff.BeginPasskey(r.Context(), person.Staff, person.Session)
	if err != nil {
		return err
	}
	return p.sendOptions(w, options, token)
}

func (p *Pages) finishPasskey(w http.ResponseWriter, r *http.Request) error {
	answer, err := readAnswer(r)
	if err != nil {
		return err
	}
	err = p.staff.FinishPasskey(r.Context(), PersonOf(r.Context()).Staff, p.web.CookieValue(r, ceremonyCookie), answer.Name, answer.text)
	if err != nil {
		return err
	}
	p.web.SetCookie(w, ceremonyCookie, "", -1)
	p.web.Flash(w, web.Flash{Kind: "success", Key: "identity.own.passkey_added"})
	return sendNext(w, "/staff/account")
}

func (p *Pages) beginEnrolPasskey(w http.ResponseWriter, r *http.Request) error {
	options, token, err := p.staff.BeginEnrolPasskey(r.Context(), r.URL.Query().Get("token"))
	if err != nil {
		return err
	}
	return p.sendOptions(w, options, token)
}

func (p *Pages) finishEnrolPasskey(w http.ResponseWriter, r *http.Request) error {
	answer, err := readAnswer(r)
	if err != nil {
		return err
	}
	in, err := p.staff.FinishEnrolPasskey(r.Context(), r.URL.Query().Get("token"), p.web.CookieValue(r, ceremonyCookie),
		answer.Name, answer.text, p.web.CookieValue(r, sessionCookie))
	if err != nil {
		return err
	}
	p.enter(w, in)
	p.web.Flash(w, web.Flash{Kind: "success", Key: "identity.enrol.done"})
	return sendNext(w, "/staff/account")
}

func (p *Pages) sendOptions(w http.ResponseWriter, options []byte, token string) error {
	p.keepCeremony(w, token)
	return sendJSON(w, json.RawMessage(options))
}

func sendNext(w http.ResponseWriter, path string) error {
	return sendJSON(w, map[string]string{"next": path})
}

func sendJSON(w http.ResponseWriter, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // an error here means that the reader has gone
	return nil
}

// answer is a credential as the browser's toJSON gives it, with the name that
// the person chose for it.
type answer struct {
	Name string `json:"name"`
	text []byte
}

func readAnswer(r *http.Request) (answer, error) {
	text, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return answer{}, large
	}
	a := answer{text: text}
	if err != nil || json.Unmarshal(text, &a) != nil {
		return answer{}, &fault.Error{Kind: fault.Invalid, Key: "web.error.form", Cause: err}
	}
	return a, nil
}
