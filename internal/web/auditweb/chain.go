package auditweb

import (
	"net/http"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/web"
)

// chainLife is for how long a check is shown again: it reads the whole trail.
const chainLife = time.Minute

// chain remembers the last check.
type chain struct {
	mu     sync.Mutex
	at     time.Time
	report audit.Report
}

type chainPage struct {
	Report audit.Report
	At     time.Time
}

func (p *pages) check(w http.ResponseWriter, r *http.Request) error {
	p.chain.mu.Lock()
	defer p.chain.mu.Unlock()
	if now := p.web.Now(); p.chain.at.IsZero() || now.Sub(p.chain.at) >= chainLife || now.Before(p.chain.at) {
		report, err := audit.Verify(r.Context(), p.db.Read())
		if err != nil {
			return err
		}
		p.chain.report, p.chain.at = report, now.UTC()
		if !report.Whole() {
			p.web.Logger().ErrorContext(r.Context(), "the audit trail is broken", "entry", report.BrokenAt, "reason", string(report.Reason),
				"request", web.RequestIDOf(r.Context()))
		}
	}
	return p.web.Render(w, r, http.StatusOK, "auditweb/chain.html", chainPage{p.chain.report, p.chain.at})
}
