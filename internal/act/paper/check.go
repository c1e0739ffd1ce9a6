package paper

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/travel/seal"
)

// MaxText bounds what somebody pastes, in bytes.
const MaxText = 8 << 10

// Answer is what is said of something that somebody checks.
type Answer struct {
	verify.Result
	// Seal is set when a seal was read; SealFault is the translation key of why
	// its signature is not to be trusted, "" when it is ours.
	Seal      *seal.Visa
	SealFault string
	// Signature says how the signature stands of a file that is not one of those
	// that are kept; "" for all else.
	Signature pades.Verdict
	// Changes say what was changed in an altered file, nil where the one that was
	// issued is not kept.
	Changes []Change
}

// Name is the short name of a line: "surname" for "act.label.surname".
func Name(line verify.Line) string { return line.Label[strings.LastIndexByte(line.Label, '.')+1:] }

// Word is the value of a line for machines: dates and countries as they are kept,
// words by the last part of their key, such as "ordinary".
func Word(line verify.Line) string {
	if line.Kind == verify.KindWord {
		return line.Value[strings.LastIndexByte(line.Value, '.')+1:]
	}
	return line.Value
}

// Check answers for a code, the address from a QR code, or the bytes of a seal as
// a scanner gives them: in hexadecimal digits or base64. Errors are internal.
func (o *Office) Check(ctx context.Context, text string) (*Answer, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxText {
		return &Answer{Result: verify.Result{Outcome: verify.Mistyped}}, nil
	}
	if code, ok := codeIn(text); ok {
		return o.code(ctx, code)
	}
	if raw, ok := sealIn(text); ok {
		return o.stamp(ctx, raw)
	}
	return o.code(ctx, text)
}

func (o *Office) code(ctx context.Context, code string) (*Answer, error) {
	r, err := o.Ledger.Check(ctx, code)
	if err != nil {
		return nil, err
	}
	return &Answer{Result: *r}, nil
}

// CheckFile answers for a file as it was downloaded: by the files that are kept,
// and for one that is none of them by its signature. Errors are internal.
func (o *Office) CheckFile(ctx context.Context, file []byte) (*Answer, error) {
	r, err := o.Ledger.CheckFile(ctx, file)
	if err != nil {
		return nil, err
	}
	answer := &Answer{Result: *r}
	if r.Outcome != verify.Altered && r.Outcome != verify.Unknown {
		return answer, nil
	}
	trust, err := o.Signing.Trust(ctx)
	if err != nil {
		return nil, err
	}
	// Nobody who can be believed saw this file before.
	report := trust.Verify(file, time.Time{})
	answer.Signature = report.Verdict
	if r.Document == nil {
		// Signed with our key and changed since, in the place that names it, too.
		if report.Verdict == pades.Altered {
			answer.Outcome = verify.Altered
		}
		return answer, nil
	}
	issued, err := o.Ledger.File(ctx, r.Document.ID)
	switch {
	case err != nil:
		return nil, err
	case issued != nil:
		answer.Changes = changes(issued, file)
	case report.Verdict == pades.Genuine:
		// The register lost its copy, not the key that signed this one.
		return o.code(ctx, r.Document.Code)
	case report.Appended != nil:
		answer.Changes = []Change{{AddedPart, report.Appended.From, report.Appended.From + report.Appended.Length}}
	}
	return answer, nil
}

// codeIn finds the code in an address that a phone has read.
func codeIn(text string) (code string, ok bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	_, code, ok = strings.Cut(u.Path, "/v/")
	return code, ok
}

// sealIn reads the bytes of a seal; every seal begins with DC.
func sealIn(text string) (raw []byte, ok bool) {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n:-", r) {
			return -1
		}
		return r
	}, strings.TrimPrefix(text, "0x"))
	raw, err := hex.DecodeString(plain)
	if err != nil || len(raw) == 0 {
		standard := strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "", "-", "+", "_", "/", "=", "").Replace(text)
		raw, err = base64.RawStdEncoding.DecodeString(standard)
	}
	return raw, err == nil && len(raw) > 40 && raw[0] == 0xDC
}

// stamp answers for a seal: first whether it was signed with one of our keys,
// then what the register says of the visa that it names.
func (o *Office) stamp(ctx context.Context, raw []byte) (*Answer, error) {
	read, err := seal.Decode(raw)
	if err != nil {
		return unreadable(err)
	}
	trust, err := o.Keys.Trust(ctx)
	if err != nil {
		return nil, err
	}
	v, err := read.Visa()
	if err != nil {
		return unreadable(err)
	}
	answer := &Answer{Seal: &v, Result: verify.Result{Outcome: verify.Unknown}}
	if _, err := trust.Verify(read); err != nil {
		f := fault.As(err)
		if f == nil {
			return nil, err
		}
		answer.SealFault = f.Key
		if f.Key == "travel.seal.signature" {
			answer.Outcome = verify.Altered
		}
		return answer, nil
	}
	zone, err := mrz.Parse(v.Zone, o.Now())
	if err != nil {
		return answer, nil
	}
	a, err := o.Acts.BySerial(ctx, act.Visas, zone.Number)
	if fault.KindOf(err) == fault.NotFound {
		return answer, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := o.Ledger.CheckAct(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	answer.Result = *r
	return answer, nil
}

// unreadable is the answer for bytes that are no seal of a visa.
func unreadable(err error) (*Answer, error) {
	f := fault.As(err)
	if f == nil {
		return nil, err
	}
	answer := &Answer{Result: verify.Result{Outcome: verify.Unknown}, SealFault: f.Key}
	if len(f.Fields) > 0 {
		answer.SealFault = f.Fields[0].Key
	}
	return answer, nil
}
