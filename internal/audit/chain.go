package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/store"
)

const hashSize = sha256.Size

// encoding opens the bytes that are hashed, and changes with their layout.
const encoding = "chancery-audit-1\n"

// Record is an entry as it stands in the trail.
type Record struct {
	// Seq counts from 1 without gaps.
	Seq    int64
	Actor  string
	Action string
	Object string
	Post   string
	// Detail is a JSON object, as stored and as hashed.
	Detail string

	at         int64
	prev, hash []byte
}

// At is when the entry was appended, in UTC, to the millisecond.
func (r Record) At() time.Time { return store.Time(r.at) }

// Hash is the entry's place in the chain, 64 hexadecimal digits.
func (r Record) Hash() string { return hex.EncodeToString(r.hash) }

// digest hashes the entry. The bytes are, in this order:
//
//	"chancery-audit-1\n"
//	the hash of the entry before, 32 bytes (all zero before the first)
//	seq, then the time in Unix milliseconds: 8 bytes each, big-endian
//	actor, action, object, post, detail: each as its length in bytes
//	(4 bytes, big-endian) followed by its UTF-8 bytes, detail as stored
func (r Record) digest() []byte {
	var b bytes.Buffer
	b.WriteString(encoding)
	b.Write(r.prev)
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(r.Seq)))
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(r.at)))
	for _, s := range []string{r.Actor, r.Action, r.Object, r.Post, r.Detail} {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		b.WriteString(s)
	}
	sum := sha256.Sum256(b.Bytes())
	return sum[:]
}

// Reason says how a chain is broken.
type Reason string

// The ways in which a chain can be broken.
const (
	// Missing: the entry with this number is not there.
	Missing Reason = "missing"
	// Altered: the entry's text does not give its hash.
	Altered Reason = "altered"
	// Unlinked: the entry does not follow the one before it.
	Unlinked Reason = "unlinked"
	// Beyond: the entry was put behind the end of the chain.
	Beyond Reason = "beyond"
	// Head: the last entry is not the one that the head names.
	Head Reason = "head"
)

// Report is what Verify found.
type Report struct {
	// Entries is how many entries are in order, counted from the first.
	Entries int64
	// Hash is that of the last entry in order, 64 hexadecimal digits. Noted
	// elsewhere, it proves later that nothing up to it was rewritten.
	Hash string
	// BrokenAt is the number of the first entry out of order, 0 when the
	// chain is whole.
	BrokenAt int64
	// Reason is "" when the chain is whole.
	Reason Reason
}

// Whole says that no entry is missing, altered or out of place.
func (r Report) Whole() bool { return r.Reason == "" }

const verifyPage = 1000

// Verify walks the chain from its first entry to its end. Entries may be
// appended meanwhile; those are left for the next time.
func Verify(ctx context.Context, q store.Querier) (Report, error) {
	// The table's end is read before the head: appends move both at once, so
	// an honest table never reaches further than a head read later.
	var last int64
	if err := q.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM audit_entry`).Scan(&last); err != nil {
		return Report{}, fmt.Errorf("read the audit trail: %w", err)
	}
	end, endHash, err := head(ctx, q, "")
	if err != nil {
		return Report{}, err
	}
	report := Report{}
	prev := make([]byte, hashSize)
	for report.Entries < end && report.Whole() {
		page, err := readPage(ctx, q, report.Entries, end)
		if err != nil {
			return Report{}, err
		}
		prev = report.follow(page, prev)
	}
	report.Hash = hex.EncodeToString(prev)
	switch {
	case !report.Whole():
	case !bytes.Equal(prev, endHash):
		report.BrokenAt, report.Reason = end, Head
	case last > end:
		report.BrokenAt, report.Reason = end+1, Beyond
	}
	return report, nil
}

// follow checks one page and gives the hash of its last entry in order. An
// empty page means that entries are missing.
func (r *Report) follow(page []Record, prev []byte) []byte {
	for _, rec := range page {
		next := r.Entries + 1
		switch {
		case rec.Seq != next:
			r.BrokenAt, r.Reason = next, Missing
		case !bytes.Equal(rec.hash, rec.digest()):
			r.BrokenAt, r.Reason = next, Altered
		case !bytes.Equal(rec.prev, prev):
			r.BrokenAt, r.Reason = next, Unlinked
		default:
			r.Entries, prev = next, rec.hash
			continue
		}
		return prev
	}
	if len(page) == 0 {
		r.BrokenAt, r.Reason = r.Entries+1, Missing
	}
	return prev
}

func readPage(ctx context.Context, q store.Querier, after, to int64) ([]Record, error) {
	return query(ctx, q, selectRecords+` WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`, after, to, verifyPage)
}
