package visaweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// What one officer proposes on the case's page is what stands on the visa that
// the applicant downloads, for each way to enter that can be proposed.
func TestEntriesFromTheProposalToThePaper(t *testing.T) {
	onThePage := map[string]string{"1": "1", "2": "2", "many": "Without limit"}
	onPaper := map[string]string{"1": "1", "2": "2", "many": "Məhdudiyyətsiz / Without limit"}
	reader := outsidetest.Program(t, "pdftotext", "install poppler-utils")
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		for _, entries := range casework.Entries {
			r.as("ann", "berlin", identity.Officer)
			a := r.submitted("U123456" + entries[:1])
			at := "/staff/cases/" + a.Reference
			_, err := r.cases.Screen(context.Background(), audit.System, a.ID, "run")
			r.must(err)
			_, err = r.cases.Examine(context.Background(), "ann", a.ID)
			r.must(err)
			r.post(at+"/propose-grant", 303, url.Values{"entries": {entries}, "from": {"2026-12-01"}, "until": {"2027-02-28"}, "days": {"30"}})
			c, err := r.cases.Case(context.Background(), a.ID)
			r.must(err)
			r.as("ben", "berlin", identity.Officer)
			r.post(at+"/decide", 303, url.Values{"proposal": {c.Proposals[0].ID}})

			page := r.get("/staff/visas/new?case="+a.Reference, 200)
			contains(t, page, ">Entries</dt><dd class=\"govuk-summary-list__value\">"+onThePage[entries]+"</dd>")
			typed := asTyped(a)
			typed.Set("document_number", "U123456"+strings.ToUpper(entries[:1]))
			typed.Set("entries", "7") // the form has no say in what was decided
			visa := r.post("/staff/visas/new", 303, typed)
			contains(t, r.get(visa, 200), onThePage[entries])

			rec := httptest.NewRecorder()
			r.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/applications/"+a.Reference+"/visa.pdf", nil))
			file := filepath.Join(t.TempDir(), "visa.pdf")
			r.must(os.WriteFile(file, rec.Body.Bytes(), 0o600))
			text, err := exec.Command(reader, "-raw", file, "-").Output()
			r.must(err)
			if !strings.Contains(string(text), "Entries\n"+onPaper[entries]+"\n") {
				t.Errorf("%s entries were granted, the paper says %s", entries, text)
			}
		}
	})
}
