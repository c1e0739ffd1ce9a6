package verifyweb

import (
	"crypto/x509"
	"net/http"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/sealkeys"
)

// keyRow is a certificate in the list.
type keyRow struct {
	Authority             bool
	Signer                string // what one that is no authority signs: "signer" seals, "files_signer" files
	Subject, Path, Number string
	From, Until           time.Time
	Retired               bool
	Revoked               time.Time
}

func newKeyRow(id string, c *x509.Certificate) keyRow {
	return keyRow{Subject: c.Subject.String(), Path: certificatePath + id + ".pem", Number: strings.ToUpper(c.SerialNumber.Text(16)), From: c.NotBefore, Until: c.NotAfter}
}

type certificatesPage struct {
	Seals, Files []keyRow
	// Revocations is the path of the list of withdrawn certificates, "" when it is
	// published where the authority's key is.
	Revocations string
	// LogKey is the public key of the log, "" when nothing was published yet.
	LogKey string
}

const (
	certificatePath = "/verify/certificates/"
	revocationsFile = "revocations.crl"
)

func (p *Pages) certificates(w http.ResponseWriter, r *http.Request) error {
	var page certificatesPage
	seals, err := p.Keys.All(r.Context())
	if err != nil {
		return err
	}
	for _, k := range seals {
		one := newKeyRow(k.ID, k.Certificate)
		one.Authority, one.Signer, one.Retired = k.Role == sealkeys.AuthorityRole, "signer", !k.RetiredAt.IsZero()
		page.Seals = append(page.Seals, one)
	}
	files, err := p.Files.All(r.Context())
	if err != nil {
		return err
	}
	for _, k := range files {
		one := newKeyRow(k.ID, k.Certificate)
		one.Authority, one.Signer, one.Retired, one.Revoked = k.Role == signkeys.AuthorityRole, "files_signer", !k.RetiredAt.IsZero(), k.RevokedAt
		page.Files = append(page.Files, one)
		if one.Authority && !one.Retired && k.Kept() {
			page.Revocations = certificatePath + revocationsFile
		}
	}
	if page.LogKey, err = p.Log.Verifier(r.Context()); err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "verifyweb/certificates.html", page)
}

// certificate gives one certificate as PEM, or the list of withdrawn ones.
func (p *Pages) certificate(w http.ResponseWriter, r *http.Request) error {
	if r.PathValue("file") == revocationsFile {
		list, err := p.Files.Revocations(r.Context())
		if err != nil {
			return err
		}
		return send(w, "application/pkix-crl", revocationsFile, list)
	}
	id, ok := strings.CutSuffix(r.PathValue("file"), ".pem")
	if !ok {
		return fault.NewNotFound("verifyweb.error.no_certificate")
	}
	seals, err := p.Keys.All(r.Context())
	if err != nil {
		return err
	}
	for _, k := range seals {
		if k.ID == id {
			return send(w, pemType, string(k.Role)+"-"+id+".pem", k.PEM())
		}
	}
	files, err := p.Files.All(r.Context())
	if err != nil {
		return err
	}
	for _, k := range files {
		if k.ID == id {
			return send(w, pemType, string(k.Role)+"-"+id+".pem", k.PEM())
		}
	}
	return fault.NewNotFound("verifyweb.error.no_certificate")
}

const pemType = "application/x-pem-file"

func send(w http.ResponseWriter, kind, name string, content []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, err := w.Write(content)
	return err
}
