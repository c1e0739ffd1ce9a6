package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// assetSet holds the built static files in memory, compressed once.
type assetSet struct {
	version string
	files   map[string]asset
}

type asset struct {
	kind       string
	plain      []byte
	compressed []byte // nil when it would not help
}

// loadAssets reads all files. The version in their addresses is a digest of
// the whole set: style sheets name fonts beside them by relative addresses,
// and every build gets addresses of its own.
func loadAssets(fsys fs.FS) (assetSet, error) {
	set := assetSet{version: "none", files: map[string]asset{}}
	if fsys == nil {
		return set, nil
	}
	digest := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%s\x00%d\x00", name, len(text))
		digest.Write(text)
		a, err := newAsset(name, text)
		set.files[name] = a
		return err
	})
	if err != nil {
		return set, fmt.Errorf("read the assets: %w", err)
	}
	set.version = base64.RawURLEncoding.EncodeToString(digest.Sum(nil)[:9])
	return set, nil
}

// assetKinds are set here because the machine's MIME tables differ.
var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".woff2": "font/woff2", ".json": "application/json", ".webmanifest": "application/manifest+json",
	".png": "image/png", ".ico": "image/x-icon", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".wav": "audio/wav", ".txt": "text/plain; charset=utf-8",
}

func newAsset(name string, text []byte) (asset, error) {
	a := asset{kind: assetKinds[path.Ext(name)], plain: text}
	if a.kind == "" {
		a.kind = mime.TypeByExtension(path.Ext(name))
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return a, err
	}
	_, err = z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil {
		return a, err
	}
	if b.Len() < len(text)*9/10 {
		a.compressed = b.Bytes()
	}
	return a, nil
}

// url gives the address of a built file.
func (set assetSet) url(name string) string { return "/assets/" + set.version + "/" + name }

// Asset gives the address of a built static file, such as "app.js".
func (s *Server) Asset(name string) string { return s.assets.url(name) }

// asset serves a built file. Under its own version it never changes; a page
// from before an update still gets the file, but asks again next time.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	a, ok := s.assets.files[r.PathValue("file")]
	if !ok {
		return errNotFound
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.PathValue("version") != s.assets.version {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("ETag", `"`+s.assets.version+`"`)
	h.Set(gzhttp.HeaderNoCompression, "1")
	body := a.plain
	if a.compressed != nil && acceptsGzip(r) {
		body = a.compressed
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+s.assets.version+`-gz"`)
	}
	if h.Get("Content-Encoding") == "" {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return nil
	}
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return err
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && !strings.HasPrefix(strings.ReplaceAll(params, " ", ""), "q=0") {
			return true
		}
	}
	return false
}
