// Package api is the JSON interface under /api/v1: it turns operations that
// rooms register into routes, an OpenAPI 3.1 document and a readable page, all
// from the same Go types.
//
//	a, err := api.New(server)
//	api.Register(a, huma.Operation{
//		OperationID: "get-post", Method: http.MethodGet, Path: "/posts/{post}",
//		Summary: "One post", Tags: []string{"Posts"},
//	}, func(ctx context.Context, in *struct {
//		Post string `path:"post" doc:"The post's id" example:"baku"`
//	}) (*struct{ Body Post }, error) { … })
//
// A handler returns the faults of its room: they become application/problem+json
// in the reader's language by the same mapping as pages. Unknown fields are
// refused, bodies are limited to 64 KiB and 32 levels, and every POST honours
// Idempotency-Key.
//
// Package api may import web and what web imports. Operations of a room that
// need its types are registered from the files here that carry the room's name.
package api
