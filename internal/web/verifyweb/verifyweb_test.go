package verifyweb_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/transparency"
	"github.com/chancery/chancery/internal/travel/sealkeys"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/verifyweb"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

type cases struct{}

func (cases) IssueIn(context.Context, *store.Tx, string, string, string) error { return nil }

type posts struct{}

func (posts) Today(_ context.Context, _ string, t time.Time) (string, error) {
	return t.Format(time.DateOnly), nil
}
func (posts) Zone() string { return "Asia/Baku" }

type rig struct {
	t      *testing.T
	papers *paper.Office
	files  *signkeys.Keys
	log    *transparency.Log
	paced  bool
	http.Handler
}

func open(t *testing.T, db *store.DB) *rig {
	t.Helper()
	now := func() time.Time { return noon }
	ring, err := keyring.New()
	r := &rig{t: t}
	r.must(err)
	ledger := verify.New(db, ring, now)
	acts := act.New(act.Config{DB: db, Ring: ring, Trail: audit.New(now), Outbox: notify.NewOutbox(db, now), Cases: cases{}, Posts: posts{}, Documents: ledger, Now: now})
	r.files, r.log = signkeys.New(db, ring, audit.New(now), "AZ", "Trial", now), transparency.New(db, ring, "mfa.example/log", now)
	r.papers = &paper.Office{Acts: acts, Ledger: ledger, Keys: sealkeys.New(db, ring, "AZ", "Trial", now), Signing: r.files, Issuer: "AZE", Ministry: locale.Text{"en": "The Ministry"}, BaseURL: "https://mfa.example", Now: now}
	s, err := web.New(web.Options{DB: db, Keys: ring, Now: now, BaseURL: "https://mfa.example", Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Assets: fstest.MapFS{},
		Pace: func(netip.Addr) error {
			if r.paced {
				return fault.NewBusy("web.error.busy", time.Second)
			}
			return nil
		}})
	r.must(err)
	a, err := api.New(s)
	r.must(err)
	r.must((&verifyweb.Pages{Office: r.papers, Keys: r.papers.Keys, Files: r.files, Log: r.log}).Register(s, a))
	r.must(s.Check())
	r.Handler, err = s.Handler()
	r.must(err)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) send(q *http.Request, want int) (body string, header http.Header) {
	r.t.Helper()
	if q.Header.Get("Accept-Language") == "" {
		q.Header.Set("Accept-Language", "en")
	}
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, q)
	if rec.Code != want {
		r.t.Fatalf("%s %s gives %d, want %d: %.500s", q.Method, q.URL, rec.Code, want, rec.Body.String())
	}
	return html.UnescapeString(rec.Body.String()), rec.Header()
}

func (r *rig) get(path string, want int, words ...string) {
	r.t.Helper()
	body, _ := r.send(httptest.NewRequest(http.MethodGet, path, nil), want)
	for _, word := range words {
		if !strings.Contains(body, word) {
			r.t.Errorf("%s lacks %q", path, word)
		}
	}
}

// upload sends the form of /verify.
func (r *rig) upload(text string, file []byte, want int, words ...string) http.Header {
	r.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	r.must(form.WriteField("text", text))
	part, err := form.CreateFormFile("file", "visa.pdf")
	r.must(err)
	_, err = part.Write(file)
	r.must(err)
	r.must(form.Close())
	q := httptest.NewRequest(http.MethodPost, "/verify", &body)
	q.Header.Set("Content-Type", form.FormDataContentType())
	page, header := r.send(q, want)
	for _, word := range words {
		if !strings.Contains(page, word) {
			r.t.Errorf("the answer to %.40q lacks %q", text, word)
		}
	}
	return header
}

func (r *rig) issue() (*act.Act, *verify.Document, []byte) {
	r.t.Helper()
	v := act.Visa{Type: "ordinary", Entries: 1, From: "2026-11-25", Until: "2027-02-22", Days: 30, Surname: "Yılmaz", GivenNames: "Ayşe", DocumentNumber: "U1234567", DocumentIssuer: "TUR",
		Nationality: "TUR", Sex: "F", Birth: "1990-02-03", Purpose: "confidential purpose", Lang: "en"}
	a, d, err := r.papers.Acts.Issue(context.Background(), act.Issue{StaffID: "ann", ApplicationID: "x", PostID: "berlin", PostName: "Embassy", Visa: v, Layout: act.EVisa})
	r.must(err)
	file, err := r.papers.File(context.Background(), d)
	r.must(err)
	return a, d, file
}

func (r *rig) ask(q *http.Request, want string) verifyweb.Verification {
	r.t.Helper()
	body, _ := r.send(q, 200)
	var v verifyweb.Verification
	r.must(json.Unmarshal([]byte(body), &v))
	if v.Outcome != want || v.Good != (want == "genuine") {
		r.t.Errorf("the API says %+v, want %s", v, want)
	}
	return v
}

func (r *rig) file(pdf []byte) *http.Request {
	q := httptest.NewRequest(http.MethodPost, "/api/v1/verify", bytes.NewReader(pdf))
	q.Header.Set("Content-Type", "application/pdf")
	return q
}

func TestAnybodyChecks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		a, d, file := r.issue()
		plain := strings.ToLower(strings.ReplaceAll(d.Code, "-", ""))
		r.get("/verify", 200, "Code on the document")
		r.get("/v/"+plain, 200, "Genuine and in force", a.Label(), "YILMAZ", "22 February 2027", "Türkiye")
		body, header := r.send(httptest.NewRequest(http.MethodGet, "/v/"+d.Code, nil), 200)
		for _, hidden := range []string{"confidential", "ann", "application:"} {
			if strings.Contains(body, hidden+"<") {
				t.Errorf("the page tells %q", hidden)
			}
		}
		if header.Get("X-Robots-Tag") != "noindex" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", header)
		}
		az := httptest.NewRequest(http.MethodGet, "/v/"+d.Code, nil)
		az.Header.Set("Accept-Language", "az")
		if body, _ := r.send(az, 200); !strings.Contains(body, "Həqiqidir və qüvvədədir") || strings.Contains(body, "verifyweb.") {
			t.Error("the Azerbaijani page lacks the answer")
		}
		if to := r.upload(" "+plain+"\n", nil, 303).Get("Location"); to != "/v/"+d.Code {
			t.Errorf("the code leads to %q", to)
		}
		r.upload("", nil, 422, "Enter a code or choose a file")
		r.upload("nonsense", nil, 422, "No code reads like this")
		r.upload(d.Code[:len(d.Code)-1]+map[bool]string{true: "0", false: "1"}[!strings.HasSuffix(d.Code, "0")], nil, 422, "No code reads like this")
		r.upload("https://mfa.example/v/"+d.Code, nil, 200, "Genuine and in force")
		r.upload("", file, 200, "bit for bit")
		changed := bytes.Clone(file)
		changed[len(changed)-200] ^= 1
		r.upload("", changed, 200, "Not as we issued it", "YILMAZ")
		r.upload("", []byte("%PDF-1.4 of somebody"), 404, "Not ours")
		r.upload("", []byte("hello"), 422, "no PDF that we issued")
		r.get("/v/0000-0000-0000-0000", 404, "Not ours")
		r.get("/v/x", 404, "no code of ours")

		r.ask(httptest.NewRequest(http.MethodGet, "/api/v1/verify/"+d.Code, nil), "genuine")
		r.ask(httptest.NewRequest(http.MethodGet, "/api/v1/verify/0000000000000000", nil), "unknown")
		r.ask(httptest.NewRequest(http.MethodGet, "/api/v1/verify/%00x", nil), "mistyped")
		if v := r.ask(r.file(file), "genuine"); v.Document.Number != a.Label() || v.Document.Shown[7].Name != "surname" || v.Document.Shown[7].Label != "Surname" || v.Document.Shown[7].Value != "YILMAZ" || v.Document.Shown[1].Value != "ordinary" {
			t.Errorf("%+v", v.Document)
		}
		r.ask(r.file(changed), "altered")
		r.ask(r.file([]byte("nothing")), "unreadable")

		ctx := context.Background()
		p, err := r.papers.Acts.Propose(ctx, "ann", a.ID, act.Proposal{Kind: act.Revoke, Ground: "security", Authority: "Article 9", Reason: "Secret reason"})
		r.must(err)
		_, err = r.papers.Acts.Carry(ctx, "ben", p.ID, "")
		r.must(err)
		r.get("/v/"+d.Code, 200, "Revoked", "Since 25 November 2026", "Do not accept it")
		r.upload("", file, 200, "Revoked")
		if v := r.ask(httptest.NewRequest(http.MethodGet, "/api/v1/verify/"+d.Code, nil), "revoked"); v.Since == nil || !v.Since.Equal(noon) {
			t.Errorf("%+v", v)
		}
		r.paced = true
		r.get("/v/"+d.Code, 429)
		r.send(httptest.NewRequest(http.MethodGet, "/api/v1/verify/"+d.Code, nil), 429)
	})
}

// Who signs files, which of them no more, and the key of the log are there for
// anybody.
func TestKeysOfFilesAndOfTheLog(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, ctx := open(t, db), context.Background()
		r.get("/verify/certificates", 200, "No file was signed yet")
		r.get("/verify/certificates/revocations.crl", 404)
		_, err := r.files.Signer(ctx)
		r.must(err)
		keys, err := r.files.All(ctx)
		r.must(err)
		if len(keys) != 2 {
			t.Fatalf("%d keys", len(keys))
		}
		for _, k := range keys {
			path := "/verify/certificates/" + k.ID + ".pem"
			r.get("/verify/certificates", 200, path, "/verify/certificates/revocations.crl")
			body, _ := r.send(httptest.NewRequest(http.MethodGet, path, nil), 200)
			if body != string(k.PEM()) {
				t.Errorf("%s: %s", path, body)
			}
		}
		r.must(r.files.Revoke(ctx, "staff:ann", keys[1].ID))
		r.get("/verify/certificates", 200, "Withdrawn 25")
		rec := httptest.NewRecorder()
		r.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/verify/certificates/revocations.crl", nil))
		list, err := x509.ParseRevocationList(rec.Body.Bytes())
		if err != nil || list.CheckSignatureFrom(keys[0].Certificate) != nil || len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(keys[1].Certificate.SerialNumber) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		r.must(db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := r.log.Append(ctx, tx, transparency.Hash("issued", make([]byte, 16), nil))
			return err
		}))
		_, err = r.log.Publish(ctx)
		r.must(err)
		verifier, err := r.log.Verifier(ctx)
		r.must(err)
		r.get("/verify/certificates", 200, verifier)
	})
}

func TestSealsAndCertificates(t *testing.T) {
	r := open(t, storetest.SQLite(t))
	r.get("/verify/certificates", 200, "No seal was made yet")
	r.issue()
	keys, err := r.papers.Keys.All(context.Background())
	r.must(err)
	for _, k := range keys {
		path := "/verify/certificates/" + k.ID + ".pem"
		r.get("/verify/certificates", 200, path, "Trial")
		body, _ := r.send(httptest.NewRequest(http.MethodGet, path, nil), 200)
		block, rest := pem.Decode([]byte(body))
		if block == nil || block.Type != "CERTIFICATE" || !bytes.Equal(block.Bytes, k.Certificate.Raw) || len(rest) > 0 || strings.Contains(body, "PRIVATE") {
			t.Errorf("%s: %s", path, body)
		}
	}
	r.get("/verify/certificates/x.pem", 404)
	r.upload("DC03"+strings.Repeat("00", 60), nil, 404, "Not ours")
	large := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader(url.Values{"text": {"x"}}.Encode()))
	large.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.send(large, 422)
	r.upload("", bytes.Repeat([]byte("%PDF"), verifyweb.MaxFile/4+1), 422, "larger than 8 MB")
}
