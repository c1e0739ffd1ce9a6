package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store"
)

// Options are what a Server needs. DB and Now are required; every other zero
// value is good.
type Options struct {
	DB *store.DB
	// Keys seals the answers that Idempotent keeps. Without it Idempotent
	// answers with an error.
	Keys *keyring.Ring
	Now  func() time.Time
	// BaseURL is the address that people see, such as
	// "https://appointments.example.org". With https, cookies are Secure and
	// browsers are told to stay with https.
	BaseURL string
	Logger  *slog.Logger
	// Assets are the built static files; nil serves none.
	Assets fs.FS
	// Gate tells who a staff request comes from; nil means nobody can sign in.
	Gate Gate
	// Name is the ministry's name in the header.
	Name locale.Text
	// Demo marks every page as belonging to the demonstration ministry.
	Demo bool
	// TrustedProxies may name the client in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// Pace lets a request of the public pass, or gives a Busy fault; nil lets
	// all pass. Static files, health and staff pages are not asked about.
	Pace func(client netip.Addr) error
	// Drain is how long shutdown waits for requests under way; 0 is 15 s.
	Drain time.Duration
}

// HandlerFunc answers a request or returns why it cannot.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Route is one registered route, for listings and the authorisation test.
type Route struct {
	Pattern string
	Access  Access
}

// Server is the HTTP server. Register everything before Run or Handler.
type Server struct {
	opt     Options
	base    *url.URL
	mux     *http.ServeMux
	routes  []Route
	pages   map[string]map[string]*template.Template // language, then name
	layouts map[string]*template.Template            // language
	assets  assetSet
	home    []HomeSection
	nav     []NavItem
	metrics metrics
	origin  *http.CrossOriginProtection
	ready   atomic.Bool
	// forwarded warns once of a proxy that is not trusted.
	forwarded sync.Once
	// closing ends streaming answers when the server stops.
	closing context.Context
	close   context.CancelFunc
}

// New makes a server with the pages that are nobody's room: home, privacy,
// cookies, accessibility, errors, health and metrics.
func New(opt Options) (*Server, error) {
	if opt.DB == nil || opt.Now == nil {
		return nil, errors.New("web: Options.DB and Options.Now are required")
	}
	opt.BaseURL = strings.TrimRight(cmp.Or(opt.BaseURL, "http://127.0.0.1:8080"), "/")
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	opt.Drain = cmp.Or(opt.Drain, 15*time.Second)
	if len(opt.Name) == 0 {
		opt.Name = locale.Text{"en": "Chancery", "az": "Chancery"}
	}
	base, err := url.Parse(opt.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("the base URL %q must be like https://appointments.example.org", opt.BaseURL)
	}
	s := &Server{opt: opt, base: base, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	s.closing, s.close = context.WithCancel(context.Background())
	s.metrics = newMetrics()
	if err := s.origin.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fmt.Errorf("use the base URL's origin: %w", err)
	}
	if s.assets, err = loadAssets(opt.Assets); err != nil {
		return nil, err
	}
	if err := s.loadLayouts(); err != nil {
		return nil, err
	}
	s.ready.Store(true)
	s.ownRoutes()
	return s, nil
}

// BaseURL is the address that people see, without a slash at the end.
func (s *Server) BaseURL() string { return s.opt.BaseURL }

// Now is the server's clock.
func (s *Server) Now() time.Time { return s.opt.Now() }

// Logger is the server's log.
func (s *Server) Logger() *slog.Logger { return s.opt.Logger }

// Metrics takes the collectors of a room.
func (s *Server) Metrics() prometheus.Registerer { return s.metrics.registry }

// Routes lists everything registered so far, in order of registration.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

// route holds what options change about one route.
type route struct {
	bodyLimit int64
	multipart bool
	streaming bool
}

// RouteOption changes one route.
type RouteOption func(*route)

// BodyLimit allows bodies up to n bytes instead of 64 KiB.
func BodyLimit(n int64) RouteOption { return func(o *route) { o.bodyLimit = n } }

// Multipart allows multipart/form-data, which is refused elsewhere.
func Multipart() RouteOption { return func(o *route) { o.multipart = true } }

// Streaming is for server-sent events: no write deadline, no compression, and
// the request's context ends when the server stops.
func Streaming() RouteOption { return func(o *route) { o.streaming = true } }

// defaultBodyLimit is plenty for any form of this product.
const defaultBodyLimit = 64 << 10

// Handle registers h under a pattern of http.ServeMux such as
// "GET /staff/{post}/today". It panics, as ServeMux does, when the pattern is
// malformed or clashes with another.
func (s *Server) Handle(pattern string, access Access, h HandlerFunc, options ...RouteOption) {
	o := route{bodyLimit: defaultBodyLimit}
	for _, set := range options {
		set(&o)
	}
	s.routes = append(s.routes, Route{Pattern: pattern, Access: access})
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := of(r.Context())
		x.route = pattern
		if err := s.admit(w, r, x, access, o); err != nil {
			s.fail(w, r, err)
			return
		}
		if o.streaming {
			ctx, cancel := s.stream(w, r)
			defer cancel()
			r = r.WithContext(ctx)
		}
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// admit checks what every route has in common: body size and type, the origin
// of a change, and who may come in.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, x *exchange, access Access, o route) error {
	if !o.multipart && strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/") {
		return errUnsupportedMedia
	}
	if r.ContentLength > o.bodyLimit {
		return &http.MaxBytesError{Limit: o.bodyLimit}
	}
	r.Body = http.MaxBytesReader(w, r.Body, o.bodyLimit)
	if !isAPI(r) || len(r.Header.Values("Cookie")) > 0 {
		if err := s.origin.Check(r); err != nil {
			return errCrossOrigin
		}
	}
	if !access.staff {
		if s.opt.Pace == nil || quiet(r.URL.Path) {
			return nil
		}
		return s.opt.Pace(x.client)
	}
	if s.opt.Gate == nil {
		return errSignIn
	}
	person, err := s.opt.Gate.Staff(r)
	if err != nil {
		return err
	}
	x.person = person
	post := ""
	if access.PostParam != "" {
		post = r.PathValue(access.PostParam)
		if post == "" {
			return fmt.Errorf("the route %q has no path value %q", x.route, access.PostParam)
		}
	}
	if access.Permission != "" && !person.May(access.Permission, post) {
		return errNotAllowed
	}
	return nil
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(s.closing, cancel)
	w.Header().Set(gzhttp.HeaderNoCompression, "1")
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.opt.Logger.WarnContext(r.Context(), "streaming without lifting the write deadline", "error", err)
	}
	return ctx, func() { stop(); cancel() }
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
