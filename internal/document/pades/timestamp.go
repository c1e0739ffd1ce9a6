package pades

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/notaryproject/tspclient-go"
)

// Timestamps asks a time-stamping authority (RFC 3161, over HTTP).
type Timestamps struct{ at tspclient.Timestamper }

// NewTimestamps gives the authority at a URL; it is asked with client, whose
// Timeout bounds how long a document waits. The error is that of a bad URL.
func NewTimestamps(client *http.Client, url string) (*Timestamps, error) {
	at, err := tspclient.NewHTTPTimestamper(client, url)
	if err != nil {
		return nil, fmt.Errorf("pades: the time-stamping authority %q: %w", url, err)
	}
	return &Timestamps{at: at}, nil
}

// ask gets a token for a signature's value, with the authority's certificate.
func (t *Timestamps) ask(ctx context.Context, value []byte) ([]byte, error) {
	request, err := tspclient.NewRequest(tspclient.RequestOptions{Content: value, HashAlgorithm: crypto.SHA256})
	if err != nil {
		return nil, fmt.Errorf("pades: prepare a time stamp: %w", err)
	}
	answer, err := t.at.Timestamp(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("pades: ask for a time stamp: %w", err)
	}
	if err := answer.Validate(request); err != nil {
		return nil, fmt.Errorf("pades: the time stamp is not the one asked for: %w", err)
	}
	return answer.TimestampToken.FullBytes, nil
}

// stamped gives when a signature's value was stamped, when an authority below
// one of the roots did.
func stamped(token, value []byte, roots []*x509.Certificate) (time.Time, bool) {
	if len(token) == 0 || len(roots) == 0 {
		return time.Time{}, false
	}
	t, err := tspclient.ParseSignedToken(token)
	if err != nil {
		return time.Time{}, false
	}
	info, err := t.Info()
	if err != nil {
		return time.Time{}, false
	}
	said, err := info.Validate(value)
	if err != nil {
		return time.Time{}, false
	}
	// The authority's certificate must have been valid when it stamped.
	if _, err := t.Verify(context.Background(), x509.VerifyOptions{Roots: pool(roots), CurrentTime: said.Value}); err != nil {
		return time.Time{}, false
	}
	return said.Value, true
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certificates {
		p.AddCert(c)
	}
	return p
}
