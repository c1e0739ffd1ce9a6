package logweb

import (
	"context"
	"net/http"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/transparency"
	"github.com/chancery/chancery/internal/web"
)

// Log is the log; *transparency.Log is.
type Log interface {
	Checkpoint(ctx context.Context) (*transparency.Checkpoint, error)
	Tile(ctx context.Context, path string) ([]byte, error)
	Verifier(ctx context.Context) (string, error)
}

// Pages serve the log.
type Pages struct{ Log Log }

// Register adds the routes.
func (p *Pages) Register(s *web.Server) {
	s.Handle("GET /log/checkpoint", web.Public, p.checkpoint)
	s.Handle("GET /log/key", web.Public, p.key)
	s.Handle("GET /log/tile/{path...}", web.Public, p.tile)
}

func text(w http.ResponseWriter, age string, body []byte) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", age)
	_, err := w.Write(body)
	return err
}

func (p *Pages) checkpoint(w http.ResponseWriter, r *http.Request) error {
	c, err := p.Log.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	if c == nil {
		return fault.NewNotFound("transparency.none")
	}
	return text(w, "no-cache", c.Note)
}

func (p *Pages) key(w http.ResponseWriter, r *http.Request) error {
	verifier, err := p.Log.Verifier(r.Context())
	if err != nil {
		return err
	}
	if verifier == "" {
		return fault.NewNotFound("transparency.none")
	}
	return text(w, "public, max-age=3600", []byte(verifier+"\n"))
}

func (p *Pages) tile(w http.ResponseWriter, r *http.Request) error {
	tile, err := p.Log.Tile(r.Context(), "tile/"+r.PathValue("path"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err = w.Write(tile)
	return err
}
