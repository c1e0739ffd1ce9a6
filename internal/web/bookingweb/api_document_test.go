package bookingweb_test

import (
	"encoding/json"
	"strings"
	"testing"
)

type described struct {
	Paths map[string]map[string]struct {
		Summary    string
		Tags       []string
		Parameters []struct {
			Name, In string
			Example  any
			Schema   struct{ Examples, Enum []any }
		}
		Responses map[string]struct {
			Description string
			Headers     map[string]any
			Content     map[string]struct {
				Schema struct {
					Ref string `json:"$ref"`
				}
				Example map[string]any
			}
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct {
				Ref         string `json:"$ref"`
				Type        any
				Examples    []any
				Description string
			}
		}
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	d := must[described](t, 200, p.call(t, "GET", "/openapi.json", nil))
	operations := 0
	for path, item := range d.Paths {
		for method, op := range item {
			operations++
			name := strings.ToUpper(method) + " " + path
			if op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s: summary %q, tags %v", name, op.Summary, op.Tags)
			}
			wants := []string{"422", "429", "500"}
			if strings.Contains(path, "{") {
				wants = append(wants, "404")
			}
			if method != "get" {
				wants = append(wants, "400", "409", "413", "415")
			}
			for _, status := range wants {
				r, ok := op.Responses[status]
				if !ok {
					t.Errorf("%s: %s is not documented", name, status)
					continue
				}
				media := r.Content["application/problem+json"]
				if media.Schema.Ref != "#/components/schemas/Problem" {
					t.Errorf("%s: %s is no problem document", name, status)
				}
				if strings.Contains("404 409 422 429", status) && (media.Example["detail"] == "" || media.Example["status"] == nil || len(r.Description) < 20) {
					t.Errorf("%s: %s has no example: %+v", name, status, r)
				}
			}
			if errors, _ := op.Responses["422"].Content["application/problem+json"].Example["errors"].([]any); len(errors) == 0 {
				t.Errorf("%s: the example of 422 lists no field", name)
			}
			if op.Responses["429"].Headers["Retry-After"] == nil {
				t.Errorf("%s: 429 without Retry-After", name)
			}
			key := false
			for _, parameter := range op.Parameters {
				key = key || parameter.Name == "Idempotency-Key"
				if parameter.In != "header" && parameter.Example == nil && len(parameter.Schema.Examples)+len(parameter.Schema.Enum) == 0 {
					t.Errorf("%s: the parameter %s has no example", name, parameter.Name)
				}
			}
			if key != (method == "post") {
				t.Errorf("%s: Idempotency-Key documented: %t", name, key)
			}
			for status, r := range op.Responses {
				for kind := range r.Content {
					if strings.HasPrefix(status, "2") && kind != "application/json" {
						t.Errorf("%s: %s gives %s", name, status, kind)
					}
				}
			}
		}
	}
	if operations < 14 {
		t.Errorf("%d operations", operations)
	}
	for name, schema := range d.Components.Schemas {
		for field, property := range schema.Properties {
			kind, _ := json.Marshal(property.Type)
			if name != "Problem" && name != "ProblemField" && property.Ref == "" && len(property.Examples) == 0 && !strings.Contains(string(kind), "array") {
				t.Errorf("%s.%s has no example", name, field)
			}
		}
	}
}
