package pades

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Verdict says how a file, or one signature in it, stands.
type Verdict string

// The verdicts. Only Genuine is good.
const (
	// Genuine: signed by a certificate that a root issued and that was valid on
	// the day, and not a byte is different or more since.
	Genuine Verdict = "genuine"
	// Altered: signed by one of ours, and changed afterwards.
	Altered Verdict = "altered"
	// Stranger: signed by somebody whose certificate no root of ours issued.
	Stranger Verdict = "stranger"
	// Expired: signed when the certificate was not valid yet, or no more.
	Expired Verdict = "expired"
	// Revoked: signed with a certificate that was revoked by then, or revoked at
	// any time when nobody but the signer says when it was signed.
	Revoked Verdict = "revoked"
	// Broken: there is a signature that cannot be read, or is not one that counts.
	Broken Verdict = "broken"
	// Unsigned: there is no signature.
	Unsigned Verdict = "unsigned"
)

// Trust is what a verifier goes by.
type Trust struct {
	Roots []*x509.Certificate
	// Intermediates are certificates between roots and signers that signatures
	// may have left out.
	Intermediates []*x509.Certificate
	// Revocations are lists of the roots and intermediates (RFC 5280); a list
	// that its issuer did not sign is not heard.
	Revocations []*x509.RevocationList
	// Withdrawn are signers' certificates that the verifier itself knows to be
	// revoked, and since when, by the SHA-256 of each.
	Withdrawn map[[sha256.Size]byte]time.Time
	// TimestampRoots are those of time-stamping authorities that are believed.
	TimestampRoots []*x509.Certificate
}

// Signature is one signature of a file.
type Signature struct {
	Verdict Verdict
	// Certificate is the signer's; nil when Broken.
	Certificate *x509.Certificate
	// Claimed is when the signer says that it was, Stamped when a believed
	// authority says so; zero when nobody does.
	Claimed, Stamped time.Time
	// Covered are the first bytes and the last that it covers: [0, Covered[0])
	// and [Covered[1], Covered[2]), in bytes from the beginning of the file.
	Covered [3]int
}

// Appended is what stands after the last byte that a signature of ours covers.
type Appended struct {
	From, Length int
	// Objects are the numbers of the PDF objects that were added or replaced.
	Objects []int
}

// Report says how a file stands.
type Report struct {
	Verdict Verdict
	// Signature is the one that the verdict is about, nil when there is none.
	Signature *Signature
	// All are in the order in which they stand in the file.
	All []Signature
	// Appended is set when the file is Altered by an addition.
	Appended *Appended
}

// maxSignatures bounds the work on a hostile file.
const maxSignatures = 16

// Verify says how a PDF stands. on is when somebody who can be believed, such as
// a register or a log, saw it first; zero when nobody did, and then a time stamp
// counts, and in its absence what the signer claims. It reads any bytes, and
// gives no error: what is not understood is not Genuine.
func (t Trust) Verify(pdf []byte, on time.Time) Report {
	var r Report
	for at := 0; len(r.All) < maxSignatures; {
		i := bytes.Index(pdf[at:], []byte("/ByteRange"))
		if i < 0 {
			break
		}
		r.All = append(r.All, t.signature(pdf, at+i, on))
		at += i + 1
	}
	// The last signature of one of ours counts; a stranger can add more.
	for i := range r.All {
		if s := &r.All[i]; r.Signature == nil || s.ours() || !r.Signature.ours() {
			r.Signature = s
		}
	}
	switch s := r.Signature; {
	case s == nil:
		r.Verdict = Unsigned
	case s.ours() && s.Covered[2] < len(pdf):
		r.Verdict = Altered
		r.Appended = &Appended{From: s.Covered[2], Length: len(pdf) - s.Covered[2], Objects: objects(pdf[s.Covered[2]:])}
	default:
		r.Verdict = s.Verdict
	}
	return r
}

// ours says whether a root of ours issued the signer's certificate.
func (s *Signature) ours() bool {
	return s.Verdict != Broken && s.Verdict != Stranger
}

// signature looks at the signature whose dictionary has /ByteRange at at.
func (t Trust) signature(pdf []byte, at int, on time.Time) Signature {
	broken := Signature{Verdict: Broken}
	begin := bytes.LastIndex(pdf[:at], []byte("obj"))
	if begin < 0 {
		return broken
	}
	all, end, err := dictionary(pdf, begin+len("obj"))
	if err != nil || at > end {
		return broken
	}
	covered, ok := ranges(pdf, all)
	if !ok {
		return broken
	}
	s := Signature{Covered: covered, Claimed: claimed(pdf, all)}
	from, to := covered[0], covered[1]
	// A file is padded with zeros here, which are no part of the CMS.
	der := make([]byte, (to-from-2)/2)
	if n, err := hex.Decode(der, pdf[from+1:to-1]); err != nil || 2*n != to-from-2 {
		return broken
	}
	der, ok = unpadded(der)
	if !ok {
		return broken
	}
	cms, err := parse(der)
	if err != nil {
		return broken
	}
	s.Certificate = cms.certificate
	if when, ok := stamped(cms.token, cms.value, t.TimestampRoots); ok {
		s.Stamped = when
	}
	s.Verdict = t.judge(pdf, s, cms, on)
	return s
}

// judge gives the verdict about a signature that could be read.
func (t Trust) judge(pdf []byte, s Signature, cms *signed, on time.Time) Verdict {
	when, sure := on, true
	if when.IsZero() {
		when = s.Stamped
	}
	if when.IsZero() {
		when, sure = s.Claimed, false
	}
	// The chain is looked for on a day on which the signer's certificate was
	// valid: whether we know the signer, and whether its time was over, are two
	// questions.
	chains := t.chains(cms, within(when, cms.certificate))
	if len(chains) == 0 {
		return Stranger
	}
	h := cms.hash.New()
	h.Write(pdf[:s.Covered[0]])
	h.Write(pdf[s.Covered[1]:s.Covered[2]])
	switch {
	case !cms.intact || !bytes.Equal(h.Sum(nil), cms.digest):
		return Altered
	case when.Before(cms.certificate.NotBefore) || when.After(cms.certificate.NotAfter):
		return Expired
	case !slices.ContainsFunc(chains, func(chain []*x509.Certificate) bool { return !t.revoked(chain, when, sure) }):
		return Revoked
	}
	return Genuine
}

// chains are the ways from the signer to a root.
func (t Trust) chains(cms *signed, at time.Time) [][]*x509.Certificate {
	if c := cms.certificate; c.IsCA || c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return nil
	}
	chains, err := cms.certificate.Verify(x509.VerifyOptions{
		Roots: pool(t.Roots), Intermediates: pool(slices.Concat(t.Intermediates, cms.certificates)),
		CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil
	}
	return chains
}

// within gives at, or the nearest time at which the certificate was valid.
func within(at time.Time, c *x509.Certificate) time.Time {
	switch {
	case at.Before(c.NotBefore):
		return c.NotBefore
	case at.After(c.NotAfter):
		return c.NotAfter
	}
	return at
}

// revoked says whether a certificate of the chain was revoked when it signed;
// when the time is not sure, any revocation counts.
func (t Trust) revoked(chain []*x509.Certificate, when time.Time, sure bool) bool {
	if since, there := t.Withdrawn[sha256.Sum256(chain[0].Raw)]; there && (!sure || !when.Before(since)) {
		return true
	}
	for i := range len(chain) - 1 {
		for _, list := range t.Revocations {
			if list == nil || !bytes.Equal(list.RawIssuer, chain[i].RawIssuer) || list.CheckSignatureFrom(chain[i+1]) != nil {
				continue
			}
			for _, one := range list.RevokedCertificateEntries {
				if one.SerialNumber.Cmp(chain[i].SerialNumber) == 0 && (!sure || !when.Before(one.RevocationTime)) {
					return true
				}
			}
		}
	}
	return false
}

// ranges reads /ByteRange and checks that what it leaves out is the hexadecimal
// string of /Contents and nothing else.
func ranges(pdf []byte, all []entry) (covered [3]int, ok bool) {
	list, there := find(all, "/ByteRange")
	value, there2 := find(all, "/Contents")
	if !there || !there2 || pdf[list.from] != '[' || pdf[value.from] != '<' {
		return covered, false
	}
	at := list.from + 1
	var n [4]int
	for i := range n {
		if n[i], at, ok = number(pdf, at); !ok {
			return covered, false
		}
	}
	if space(pdf, at) != list.to-1 || n[0] != 0 || n[1] != value.from || n[2] != value.to || n[3] > len(pdf)-n[2] {
		return covered, false
	}
	// The dictionary itself must be covered, so that its time is signed.
	return [3]int{n[1], n[2], n[2] + n[3]}, list.to < n[1] || list.to <= n[2]+n[3]
}

// unpadded takes away what follows the CMS, which must be zeros.
func unpadded(der []byte) ([]byte, bool) {
	if len(der) < 2 || der[0] != 0x30 {
		return nil, false
	}
	head, length := 2, int(der[1])
	if der[1] >= 0x80 {
		count := int(der[1] & 0x7f)
		if count == 0 || count > 4 || len(der) < 2+count {
			return nil, false
		}
		head, length = 2+count, 0
		for _, b := range der[2:head] {
			length = length<<8 | int(b)
		}
	}
	if length < 0 || length > len(der)-head {
		return nil, false
	}
	rest := der[head+length:]
	return der[:head+length], len(bytes.Trim(rest, "\x00")) == 0
}

// claimed reads /M, a date of ISO 32000-1, 7.9.4; zero when it cannot.
func claimed(pdf []byte, all []entry) time.Time {
	m, there := find(all, "/M")
	if !there {
		return time.Time{}
	}
	said := strings.ReplaceAll(strings.Trim(string(pdf[m.from:m.to]), "()"), "'", "")
	for _, layout := range []string{"D:20060102150405Z0700", "D:20060102150405Z", "D:20060102150405"} {
		if at, err := time.Parse(layout, said); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// objects lists the objects that an update has, as far as they are named in
// clear.
func objects(update []byte) []int {
	var all []int
	for at := 0; len(all) < 1000; {
		i := bytes.Index(update[at:], []byte(" obj"))
		if i < 0 {
			break
		}
		line := update[max(0, at+i-22) : at+i]
		if fields := bytes.Fields(line); len(fields) >= 2 {
			if n, _, ok := number(fields[len(fields)-2], 0); ok {
				all = append(all, n)
			}
		}
		at += i + len(" obj")
	}
	slices.Sort(all)
	return slices.Compact(all)
}
