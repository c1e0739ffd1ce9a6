package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/chancery/chancery/internal/locale"
)

// exchange is what the middleware knows of one request and its answer.
type exchange struct {
	server  *Server
	id      string
	route   string
	printer *locale.Printer
	person  Person
	client  netip.Addr
}

type exchangeKey struct{}

// of gives the request's exchange; outside a request an empty one, so that the
// accessors need no second result.
func of(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{printer: locale.For("")}
}

// PrinterOf gives the printer of the reader's language.
func PrinterOf(ctx context.Context) *locale.Printer { return of(ctx).printer }

// PersonOf gives the signed-in person of a staff route, nil on a public one.
func PersonOf(ctx context.Context) Person { return of(ctx).person }

// RequestIDOf gives the identifier under which the request is logged.
func RequestIDOf(ctx context.Context) string { return of(ctx).id }

// ServerOf gives the server that answers the request, nil outside one.
func ServerOf(ctx context.Context) *Server { return of(ctx).server }

// ClientOf gives the address that the request came from; behind a trusted
// proxy, the one that the proxy names. It is personal data: hash it before
// keeping it.
func ClientOf(ctx context.Context) netip.Addr { return of(ctx).client }

// client reads the sender's address. X-Forwarded-For is believed from the
// right, as far as the addresses are proxies that the configuration trusts.
func (s *Server) client(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap()
	if r.Header.Get("X-Forwarded-For") != "" && !s.trusts(addr) && (addr.IsLoopback() || addr.IsPrivate()) {
		s.forwarded.Do(func() {
			s.opt.Logger.Warn("a proxy that is not trusted names its clients: all of them count as one; name it in --trusted-proxies", "proxy", addr)
		})
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; i >= 0 && s.trusts(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			return addr
		}
		addr = next.Unmap()
	}
	return addr
}

func (s *Server) trusts(addr netip.Addr) bool {
	for _, prefix := range s.opt.TrustedProxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
