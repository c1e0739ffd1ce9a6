package pades

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// ErrSigned is that of a file that has a signature, a form or an update: what was
// issued is not issued again.
var ErrSigned = errors.New("pades: the file has a form, a signature or an update already")

// Signer is a key with its certificate. Key may live in a security module; it is
// an ECDSA or RSA key, and its signatures are made with SHA-256.
type Signer struct {
	Certificate *x509.Certificate
	// Chain leads from the certificate's issuer up; the root may be left out.
	Chain []*x509.Certificate
	Key   crypto.Signer
}

// Details are what a signature says besides.
type Details struct {
	// At is when it is signed; it is written to the second, in UTC.
	At time.Time
	// Name, Reason and Place may be empty.
	Name, Reason, Place string
	// Timestamps asks an authority for the time; nil for level B-B.
	Timestamps *Timestamps
}

// Sizes in bytes that are kept free for the parts of a signature besides
// certificates.
const (
	roomForSignature = 1200 // attributes, and an RSA signature of up to 4096 bits
	roomForTimestamp = 10 << 10
)

// Sign appends a signature to a PDF as the typesetting of this house makes it,
// of level B-B, or B-T with Timestamps. ErrSigned when there is one already; all
// other errors are internal, or those of the key and of the time-stamping
// authority.
func Sign(ctx context.Context, pdf []byte, by Signer, d Details) ([]byte, error) {
	if err := by.check(); err != nil {
		return nil, err
	}
	f, err := read(pdf)
	if err != nil {
		return nil, err
	}
	room := roomForSignature + len(by.Certificate.Raw)
	for _, c := range by.Chain {
		room += len(c.Raw)
	}
	var seal stamp
	if d.Timestamps != nil {
		room += roomForTimestamp
		seal = func(signature []byte) ([]byte, error) { return d.Timestamps.ask(ctx, signature) }
	}
	out, from, to, err := f.update(d, room)
	if err != nil {
		return nil, err
	}
	content := slices.Concat(out[:from], out[to:])
	der, err := detached(content, by, seal)
	if err != nil {
		return nil, err
	}
	if hex.EncodedLen(len(der)) > to-from-2 {
		return nil, fmt.Errorf("pades: a signature of %d bytes has no room", len(der))
	}
	hex.Encode(out[from+1:], der)
	return out, nil
}

// check refuses what would sign and could not be verified.
func (s Signer) check() error {
	if s.Certificate == nil || s.Key == nil {
		return errors.New("pades: a signer needs a certificate and a key")
	}
	switch public := s.Certificate.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if public.Equal(s.Key.Public()) {
			return nil
		}
	case *rsa.PublicKey:
		if public.Equal(s.Key.Public()) {
			return nil
		}
	}
	return errors.New("pades: the key is not the certificate's, or neither ECDSA nor RSA")
}

// update appends the objects of a signature with room bytes for its value, still
// empty, and gives where the value's hexadecimal string begins and ends.
func (f *file) update(d Details, room int) (out []byte, from, to int, err error) {
	root, err := f.refers(f.trailer, "/Root")
	if err != nil {
		return nil, 0, 0, err
	}
	catalog, err := f.object(root)
	if err != nil {
		return nil, 0, 0, err
	}
	for _, key := range []string{"/AcroForm", "/Perms"} {
		if _, there := find(catalog, key); there {
			return nil, 0, 0, ErrSigned
		}
	}
	pages, err := f.refers(catalog, "/Pages")
	if err != nil {
		return nil, 0, 0, err
	}
	page, leaf, err := f.firstPage(pages)
	if err != nil {
		return nil, 0, 0, err
	}
	signature, field := f.size, f.size+1
	annotations := fmt.Sprintf("/Annots [%d 0 R]", field)
	if had, there := find(leaf, "/Annots"); there {
		if f.data[had.from] != '[' {
			return nil, 0, 0, errSyntax
		}
		annotations = fmt.Sprintf("/Annots [%s %d 0 R]", bytes.TrimSpace(f.data[had.from+1:had.to-1]), field)
	}
	out = slices.Grow(slices.Clone(f.data), 2*room+4096)
	if out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	at := map[int]int{}
	put := func(n int, body string) {
		at[n] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	put(root, f.rewrite(catalog, []string{"/Version", "/Extensions"}, fmt.Sprintf(
		"/Version /1.7\n/Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 1>>>>\n"+
			"/AcroForm <</Fields [%d 0 R] /SigFlags 3>>\n/Perms <</DocMDP %d 0 R>>", field, signature)))
	put(page, f.rewrite(leaf, []string{"/Annots"}, annotations))
	put(field, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /V %d 0 R /P %d 0 R /Rect [0 0 0 0] /F 132>>", signature, page))
	// The ranges are not known before the end: their numbers get their room.
	const blank = "          "
	body := "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n" +
		"/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</Type /TransformParams /V /1.2 /P 1>>>>]\n" +
		"/M (D:" + d.At.UTC().Format("20060102150405") + "Z)\n" + textEntry("/Name", d.Name) + textEntry("/Reason", d.Reason) + textEntry("/Location", d.Place)
	ranges := "/ByteRange [0 " + blank + " " + blank + " " + blank + "]\n"
	value := "/Contents <" + strings.Repeat("0", 2*room) + ">"
	put(signature, body+ranges+value+">>")
	inside := len(fmt.Sprintf("%d 0 obj\n", signature)) + len(body)
	numbers := at[signature] + inside + len("/ByteRange [0 ")
	from = at[signature] + inside + len(ranges) + len("/Contents ")
	to = from + 2*room + 2
	out = f.references(out, at, root)
	copy(out[numbers:], fmt.Sprintf("%-10d %-10d %-10d", from, to, len(out)-to))
	return out, from, to, nil
}

// references appends the table of the objects that were put, and the trailer.
func (f *file) references(out []byte, at map[int]int, root int) []byte {
	table := len(out)
	out = append(out, "xref\n"...)
	for _, n := range slices.Sorted(maps.Keys(at)) {
		out = fmt.Appendf(out, "%d 1\n%010d 00000 n \n", n, at[n])
	}
	sum, old := sha256.Sum256(out), sha256.Sum256(f.data)
	first := fmt.Sprintf("<%x>", old[:16])
	if id, there := find(f.trailer, "/ID"); there && f.data[id.from] == '[' {
		if from, to, err := object(f.data, id.from+1, 1); err == nil && to-from > 2 {
			first = string(f.data[from:to])
		}
	}
	more := fmt.Sprintf("/Size %d\n/Prev %d\n/ID [%s <%x>]", f.size+2, f.xref, first, sum[:16])
	return fmt.Appendf(out, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", f.rewrite(f.trailer, []string{"/Size", "/Prev", "/ID"}, more), table)
}

// textEntry writes a text string in UTF-16 (ISO 32000-1, 7.9.2.2), nothing for an
// empty one.
func textEntry(key, s string) string {
	if s == "" {
		return ""
	}
	var out strings.Builder
	out.WriteString(key + " <FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, "%04X", u)
	}
	out.WriteString(">\n")
	return out.String()
}
