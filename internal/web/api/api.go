package api

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Prefix is where the interface lives.
const Prefix = "/api/v1"

// WithToken is the Security of operations that want the bearer token of what
// they are about.
var WithToken = []map[string][]string{{"token": {}}}

// API collects operations. Register all of them before the server runs.
type API struct {
	huma   huma.API
	server *web.Server
	page   func() *document
	limits map[string]int64 // of bodies, by pattern; others have the server's
}

func init() {
	// Huma keeps its errors in package variables; ours ask the request which
	// server it belongs to, so that they fit every API of the process.
	huma.NewError = func(status int, message string, _ ...error) huma.StatusError {
		return &web.Problem{Status: status, Detail: message}
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, causes ...error) huma.StatusError {
		return refusal(ctx.Context(), status, causes)
	}
}

// refusal turns what huma refuses into a problem.
func refusal(ctx context.Context, status int, causes []error) huma.StatusError {
	server := web.ServerOf(ctx)
	var fields []web.ProblemField
	for _, cause := range causes {
		var large *http.MaxBytesError
		var detail huma.ErrorDetailer
		switch {
		case errors.As(cause, &large):
			return server.ProblemOf(ctx, large)
		case errors.As(cause, &detail):
			// The value is left out: it may be somebody's personal data.
			d := detail.ErrorDetail()
			fields = append(fields, web.ProblemField{Location: d.Location, Message: translate(ctx, d.Message)})
		case status >= http.StatusInternalServerError:
			return server.Report(ctx, cause)
		}
	}
	return server.ProblemFor(ctx, status, fields)
}

// New makes the API of a server, with its OpenAPI document at
// /api/v1/openapi.json and .yaml and its page at /api/v1/.
func New(server *web.Server) (*API, error) {
	config := huma.DefaultConfig("Chancery", "1")
	config.Info.Description = "Appointments and services of the ministry. Times are RFC 3339 with the post's offset; " +
		"errors are RFC 9457 problem documents in the language of Accept-Language; every POST may carry an Idempotency-Key."
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Servers = []*huma.Server{{URL: server.BaseURL() + Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {
		Type: "http", Scheme: "bearer", Description: "The token of one application: whoever started it got it, and a code sent by e-mail gives a new one.",
	}}
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema fields in answers
	config.RejectUnknownQueryParameters = true
	config.Formats = map[string]huma.Format{
		"application/json": {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal},
		"json":             {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal},
	}
	a := &API{server: server, limits: map[string]int64{}}
	a.huma = huma.NewAPI(config, humago.NewAdapter(routes{server, a.limits}, Prefix))
	a.page = sync.OnceValue(func() *document { return describe(a.huma.OpenAPI()) })
	if err := server.Templates("api", templates); err != nil {
		return nil, err
	}
	a.documentRoutes()
	return a, nil
}

// maxDepth bounds how deep the brackets of a JSON body nest.
const maxDepth = 32

func unmarshal(data []byte, v any) error {
	if deeper(data, maxDepth) {
		return fmt.Errorf("the document nests more than %d levels deep", maxDepth)
	}
	return json.Unmarshal(data, v)
}

// deeper says whether brackets outside strings nest more than limit deep.
func deeper(data []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// routes registers huma's routes with the server, so that they have the same
// limits, log and metrics as pages.
type routes struct {
	server *web.Server
	limits map[string]int64
}

// HandleFunc makes every POST idempotent.
func (m routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	h := func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Language", web.PrinterOf(r.Context()).Lang())
		w.Header().Add("Vary", "Accept-Language")
		handler(w, r)
		return nil
	}
	if strings.HasPrefix(pattern, http.MethodPost+" ") {
		h = m.server.Idempotent(h)
	}
	var options []web.RouteOption
	if limit := m.limits[pattern]; limit > 0 {
		options = append(options, web.BodyLimit(limit))
	}
	m.server.Handle(pattern, web.Public, h, options...)
}

// ServeHTTP completes the interface that huma asks for; requests come in
// through the server.
func (m routes) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// patience is how long a request may take. Huma would set 5 seconds for
// reading the body, and net/http takes an expired read deadline for a caller
// who left: in a crowd, whoever waited longer for the answer would get a 500.
const patience = time.Minute

// Register adds an operation. Every operation documents its problems; POSTs
// document Idempotency-Key. MaxBodyBytes is the limit of the body where it is
// larger than the server's own.
func Register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	documentProblems(a.huma, &op)
	if op.MaxBodyBytes > 0 {
		a.limits[op.Method+" "+Prefix+op.Path] = op.MaxBodyBytes
	}
	op.BodyReadTimeout = cmp.Or(op.BodyReadTimeout, patience)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.server.Report(ctx, err)
		}
		return out, nil
	})
	exemplify(a, op)
}

func documentProblems(api huma.API, op *huma.Operation) {
	statuses := []int{http.StatusTooManyRequests, http.StatusInternalServerError}
	if len(op.Security) > 0 {
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if strings.Contains(op.Path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if op.Method != http.MethodGet {
		statuses = append(statuses, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.Method == http.MethodPost {
		statuses = append(statuses, http.StatusUnprocessableEntity) // a key used again for something else
		one, most := 1, 255
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header",
			Description: "Makes the request safe to repeat for 24 hours: the first answer is given again.",
			Schema:      &huma.Schema{Type: "string", MinLength: &one, MaxLength: &most, Pattern: "^[!-~]+$"},
		})
	}
	op.Errors = append(op.Errors, statuses...)
	problem := api.OpenAPI().Components.Schemas.Schema(problemType, true, "")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "A problem",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: problem}},
	}
}
