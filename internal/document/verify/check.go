package verify

import (
	"bytes"
	"context"
	"regexp"
	"time"

	"github.com/chancery/chancery/internal/fault"
)

// Outcome is the answer to a check.
type Outcome string

// The outcomes. Only Genuine and NotYet are good news.
const (
	Genuine        Outcome = "genuine"
	NotYet         Outcome = "not-yet" // genuine, valid from a later day on
	Expired        Outcome = "expired"
	WasSuperseded  Outcome = "superseded"
	WasAnnulled    Outcome = "annulled"
	WasRevoked     Outcome = "revoked"
	Altered        Outcome = "altered" // a file that says it is a document, and differs from it
	Unknown        Outcome = "unknown" // not ours
	Mistyped       Outcome = "mistyped"
	UnreadableFile Outcome = "unreadable" // a file without anything to check
)

// Outcomes lists all of them.
var Outcomes = []Outcome{Genuine, NotYet, Expired, WasSuperseded, WasAnnulled, WasRevoked, Altered, Unknown, Mistyped, UnreadableFile}

// Result is the answer to a check. Document is nil for what is not known.
type Result struct {
	Outcome  Outcome
	Document *Document
	// Since is when it was superseded, annulled or revoked.
	Since time.Time
}

// Good says whether what was checked is genuine and not ended.
func (r *Result) Good() bool { return r.Outcome == Genuine || r.Outcome == NotYet }

// Check answers for the code as somebody typed it. Errors are internal.
func (l *Ledger) Check(ctx context.Context, text string) (*Result, error) {
	code, looks, right := ParseCode(text)
	if !looks || !right {
		return &Result{Outcome: Mistyped}, nil
	}
	d, err := l.byCode(ctx, code)
	if fault.KindOf(err) == fault.NotFound {
		return &Result{Outcome: Unknown}, nil
	}
	if err != nil {
		return nil, err
	}
	return l.judge(d), nil
}

func (l *Ledger) byCode(ctx context.Context, code string) (*Document, error) {
	return l.scan(l.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM document WHERE code = $1`, code))
}

// CheckAct answers for the act's latest document, for who holds a seal and not
// the code.
func (l *Ledger) CheckAct(ctx context.Context, actID string) (*Result, error) {
	d, err := l.scan(l.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM document WHERE act_id = $1 ORDER BY id DESC LIMIT 1`, actID))
	if fault.KindOf(err) == fault.NotFound {
		return &Result{Outcome: Unknown}, nil
	}
	if err != nil {
		return nil, err
	}
	return l.judge(d), nil
}

// inFile finds a code in the bytes of a PDF: links stand in it as they are.
var inFile = regexp.MustCompile(`/v/([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})`)

// CheckFile answers for a file: it is what we issued to the last bit, or it is
// not. Of a file that names a document of ours and is another, the result has
// the document, to compare with.
func (l *Ledger) CheckFile(ctx context.Context, file []byte) (*Result, error) {
	d, err := l.scan(l.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM document WHERE file_key = $1`, l.fileKey(file)))
	if err == nil {
		return l.judge(d), nil
	}
	if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	if !bytes.HasPrefix(file, []byte("%PDF-")) {
		return &Result{Outcome: UnreadableFile}, nil
	}
	for _, found := range inFile.FindAllSubmatch(file, 20) {
		code, _, right := ParseCode(string(found[1]))
		if !right {
			continue
		}
		d, err := l.byCode(ctx, code)
		if err == nil {
			l.count(d.ID)
			return &Result{Outcome: Altered, Document: d}, nil
		}
		if fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
	}
	return &Result{Outcome: Unknown}, nil
}

// judge says how the document stands today, and counts that it was asked.
func (l *Ledger) judge(d *Document) *Result {
	l.count(d.ID)
	r := &Result{Document: d, Since: d.EndedAt}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC
	}
	today := l.now().In(zone).Format(time.DateOnly)
	switch {
	case d.State == Superseded:
		r.Outcome = WasSuperseded
	case d.State == Annulled:
		r.Outcome = WasAnnulled
	case d.State == Revoked:
		r.Outcome = WasRevoked
	case d.ValidUntil != "" && today > d.ValidUntil:
		r.Outcome = Expired
	case d.ValidFrom != "" && today < d.ValidFrom:
		r.Outcome = NotYet
	default:
		r.Outcome = Genuine
	}
	return r
}
