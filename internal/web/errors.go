package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

// Refusals that belong to HTTP and to no room.
var (
	errSignIn           = fault.NewUnauthenticated("web.error.sign_in")
	errNotAllowed       = fault.NewForbidden("web.error.not_allowed")
	errCrossOrigin      = fault.NewForbidden("web.error.cross_origin")
	errNotFound         = fault.NewNotFound("web.error.not_found")
	errUnsupportedMedia = &statusFault{http.StatusUnsupportedMediaType, "unsupported-media-type", "web.error.media"}
	errMethod           = &statusFault{http.StatusMethodNotAllowed, "method-not-allowed", "web.error.method"}
)

// statusFault is a refusal by status for which package fault needs no kind.
type statusFault struct {
	status int
	name   string
	key    string
}

func (e *statusFault) Error() string { return e.name }

// Problem is an RFC 9457 problem document, and what an error page shows.
type Problem struct {
	Type   string         `json:"type" doc:"What kind of problem, an absolute URL" example:"https://example.org/problems/conflict" format:"uri"`
	Title  string         `json:"title" doc:"The kind of problem in words"`
	Status int            `json:"status" doc:"The HTTP status"`
	Detail string         `json:"detail" doc:"What happened and what to do, in the language asked for"`
	Errors []ProblemField `json:"errors,omitempty" doc:"The fields that cannot be accepted"`
	// RequestID is what a person can quote to the ministry.
	RequestID string `json:"request_id,omitempty" doc:"Identifies the request in the ministry's log"`

	name       string
	retryAfter time.Duration
}

// elsewhere leads the reader to another page of this server.
type elsewhere struct {
	path string
	error
}

func (e elsewhere) Unwrap() error { return e.error }

// Elsewhere is an error that a browser answers by going to a path of this
// server, where the reader can do something about cause; to the API it is cause.
func Elsewhere(path string, cause error) error { return elsewhere{path, cause} }

// ProblemField is one field of the request that cannot be accepted.
type ProblemField struct {
	Location string `json:"location" doc:"JSON path of the field" example:"body.applicants[0].date_of_birth"`
	Message  string `json:"message" doc:"What is wrong with it"`
}

// Error gives the detail; with GetStatus and ContentType it makes a Problem an
// answer for package huma.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457, section 3.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Wait is how many seconds to wait before another try; 0 when waiting does not
// help.
func (p *Problem) Wait() int { return int((p.retryAfter + time.Second - 1) / time.Second) }

// WaitMinutes is Wait in minutes, for people; 0 below two of them.
func (p *Problem) WaitMinutes() int {
	if p.retryAfter < 2*time.Minute {
		return 0
	}
	return int((p.retryAfter + time.Minute - 1) / time.Minute)
}

// GetHeaders gives the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.Wait()))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110, section 15.5.2
	}
	return h
}

var kindStatus = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.NotFound:        http.StatusNotFound,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Conflict:        http.StatusConflict,
	fault.Forbidden:       http.StatusForbidden,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Busy:            http.StatusTooManyRequests,
}

// ProblemOf maps any error to a problem in the language of ctx. It is the only
// place where an error gets a status. What it does not know is a 500 without
// detail.
func (s *Server) ProblemOf(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	p := PrinterOf(ctx)
	var status *statusFault
	var large *http.MaxBytesError
	switch f := fault.As(err); {
	case f != nil:
		return s.problemOfFault(ctx, p, f)
	case errors.As(err, &status):
		return s.problem(ctx, p, status.status, status.name, status.key, nil)
	case errors.As(err, &large):
		return s.problem(ctx, p, http.StatusRequestEntityTooLarge, "too-large", "web.error.too_large",
			fault.Args{"KiB": large.Limit >> 10})
	default:
		return s.problem(ctx, p, http.StatusInternalServerError, "internal", "web.error.internal", nil)
	}
}

func (s *Server) problemOfFault(ctx context.Context, p *locale.Printer, f *fault.Error) *Problem {
	status := kindStatus[f.Kind]
	if f.Kind == fault.Invalid && len(f.Fields) == 0 {
		status = http.StatusBadRequest
	}
	key := f.Key
	if key == "" || f.Kind == fault.Internal {
		key = "web.error.internal"
	}
	problem := s.problem(ctx, p, status, f.Kind.String(), key, f.Args)
	problem.retryAfter = f.RetryAfter
	for _, field := range f.Fields {
		problem.Errors = append(problem.Errors, ProblemField{Location: location(field.Path), Message: p.T(field.Key, field.Args)})
	}
	return problem
}

// location says in which part of the request a field is. Rooms know only the
// document, so that is the body; a path that names another part, or the answers
// that were saved before, stays.
func location(path string) string {
	for _, part := range []string{"header.", "query.", "path.", "body.", "answers."} {
		if strings.HasPrefix(path, part) {
			return path
		}
	}
	return strings.TrimSuffix("body."+path, ".")
}

func (s *Server) problem(ctx context.Context, p *locale.Printer, status int, name, key string, args fault.Args) *Problem {
	return &Problem{
		Type: s.opt.BaseURL + "/problems/" + name, Title: p.T("web.problem." + nameKey(name)),
		Status: status, Detail: p.T(key, args), RequestID: RequestIDOf(ctx), name: name,
	}
}

// ProblemFor makes the problem of a status that a library has chosen, with
// fields of its own; the API uses it for what huma refuses.
func (s *Server) ProblemFor(ctx context.Context, status int, fields []ProblemField) *Problem {
	p := PrinterOf(ctx)
	name, key := "internal", "web.error.internal"
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return s.ProblemOf(ctx, &http.MaxBytesError{Limit: defaultBodyLimit})
	case status == http.StatusUnsupportedMediaType:
		return s.ProblemOf(ctx, errUnsupportedMedia)
	case status == http.StatusNotFound:
		return s.ProblemOf(ctx, errNotFound)
	case status == http.StatusMethodNotAllowed:
		return s.ProblemOf(ctx, errMethod)
	case status == http.StatusNotAcceptable:
		name, key = "not-acceptable", "web.error.not_acceptable"
	case status == http.StatusRequestTimeout:
		name, key = "timeout", "web.error.timeout"
	case status >= 400 && status < 500:
		name, key = "invalid", "fault.invalid"
	}
	problem := s.problem(ctx, p, status, name, key, nil)
	problem.Errors = fields
	return problem
}

// Report is ProblemOf that also logs what an operator must know.
func (s *Server) Report(ctx context.Context, err error) *Problem {
	problem := s.ProblemOf(ctx, err)
	var ready *Problem
	if problem.Status >= http.StatusInternalServerError && !errors.As(err, &ready) {
		s.opt.Logger.ErrorContext(ctx, "request failed", "request", RequestIDOf(ctx), "route", of(ctx).route, "error", err)
	}
	return problem
}

// fail answers a request with the error's page or problem document.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return // nobody is listening any more
	}
	problem := s.Report(ctx, err)
	if rec, ok := w.(*recorder); ok && rec.status != 0 {
		return // the answer has begun; the log has the rest
	}
	for name, values := range problem.GetHeaders() {
		w.Header()[name] = values
	}
	if isAPI(r) {
		writeProblem(w, r, problem)
		return
	}
	var other elsewhere
	if errors.As(err, &other) {
		SeeOther(w, r, other.path)
		return
	}
	if problem.Status == http.StatusUnauthorized {
		signIn(w, r)
		return
	}
	if err := s.Render(w, r, problem.Status, "web/error.html", problem); err != nil {
		s.opt.Logger.ErrorContext(ctx, "error page failed", "request", RequestIDOf(ctx), "error", err)
		http.Error(w, problem.Title, problem.Status)
	}
}

func writeProblem(w http.ResponseWriter, r *http.Request, problem *Problem) {
	w.Header().Set("Content-Type", problem.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Language", PrinterOf(r.Context()).Lang())
	w.Header().Add("Vary", "Accept-Language")
	w.WriteHeader(problem.Status)
	_ = json.NewEncoder(w).Encode(problem) // an error here means that the reader has gone
}
