package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// refusals are the problems whose example shows more than a status: what they
// mean, and an error that leads to one.
var refusals = map[int]struct {
	means string
	like  error
}{
	http.StatusNotFound:            {"There is no such thing, or its token is another's.", fault.NewNotFound("web.error.not_found")},
	http.StatusConflict:            {"The request is good, but the state of things refuses it; detail says why and what to do.", fault.NewConflict("web.error.idempotency_in_flight")},
	http.StatusUnprocessableEntity: {"Fields that cannot be accepted are listed in errors, each with its place.", fault.NewInvalid(fault.Field{Path: "applicants[0].date_of_birth", Key: "api.field.date"})},
	http.StatusTooManyRequests:     {"Too much from one network, address or person. Try again after Retry-After seconds.", fault.NewBusy("guard.too_fast", time.Second)},
}

// exemplify adds meaning, example and headers to the problems of an operation
// that has been registered.
func exemplify(a *API, op huma.Operation) {
	item := a.huma.OpenAPI().Paths[op.Path]
	if item == nil {
		return
	}
	for _, registered := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if registered == nil || registered.OperationID != op.OperationID {
			continue
		}
		for status, refusal := range refusals {
			response := registered.Responses[strconv.Itoa(status)]
			if response == nil {
				continue
			}
			problem := *a.server.ProblemOf(context.Background(), refusal.like)
			problem.RequestID = "gqlTpoaSFWo4Y4piCLJdXQ"
			response.Description = refusal.means
			for _, media := range response.Content {
				media.Example = problemExample(problem)
			}
			if status == http.StatusTooManyRequests {
				response.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds to wait", Schema: &huma.Schema{Type: "integer"}}}
			}
		}
	}
}

// problemExample is the problem as its readers see it.
func problemExample(p web.Problem) map[string]any {
	example := map[string]any{"type": p.Type, "title": p.Title, "status": p.Status, "detail": p.Detail, "request_id": p.RequestID}
	if len(p.Errors) > 0 {
		example["errors"] = p.Errors
	}
	return example
}
