package audit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/store"
)

const selectRecords = `SELECT seq, at, actor, action, object, post_id, detail, prev_hash, hash FROM audit_entry`

// Filter narrows a list of the trail; empty fields do not narrow it.
type Filter struct {
	Post  string
	Actor string
	// Action is a prefix: "booking." finds "booking.void".
	Action string
	Object string
	// From and To bound the time: From ≤ time < To.
	From, To time.Time
	// Within, when not nil, is the posts whose entries the reader may see:
	// entries of no post and of other posts are left out.
	Within []string
	// Cursor is the Next of the page before; 0 asks for the newest entries.
	Cursor int64
}

// Page is one page of the trail, the newest entry first.
type Page struct {
	Records []Record
	// Next is the cursor of the following, older page; 0 when there is none.
	Next int64
}

// List reads up to limit entries that the filter lets through.
func List(ctx context.Context, q store.Querier, f Filter, limit int) (Page, error) {
	if f.Within != nil && len(f.Within) == 0 {
		return Page{}, nil
	}
	for _, s := range []string{f.Post, f.Actor, f.Action, f.Object} {
		if !isText(s) {
			return Page{}, nil // PostgreSQL would refuse the question
		}
	}
	var conditions []string
	var args []any
	where := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	if f.Post != "" {
		where("post_id = ?", f.Post)
	}
	if f.Actor != "" {
		where("actor = ?", f.Actor)
	}
	if f.Action != "" {
		// Not LIKE or a range: case and collation differ between the engines.
		where("substr(action, 1, ?) = ?", utf8.RuneCountInString(f.Action), f.Action)
	}
	if f.Object != "" {
		where("object = ?", f.Object)
	}
	if !f.From.IsZero() {
		where("at >= ?", store.Millis(f.From))
	}
	if !f.To.IsZero() {
		where("at < ?", store.Millis(f.To))
	}
	if f.Within != nil {
		in := make([]any, len(f.Within))
		for i, id := range f.Within {
			in[i] = id
		}
		where("post_id IN ("+strings.TrimSuffix(strings.Repeat("?,", len(in)), ",")+")", in...)
	}
	if f.Cursor > 0 {
		where("seq < ?", f.Cursor)
	}
	text := selectRecords
	if len(conditions) > 0 {
		text += " WHERE " + strings.Join(conditions, " AND ")
	}
	// One more than asked for tells whether an older page follows.
	args = append(args, limit+1)
	records, err := query(ctx, q, text+" ORDER BY seq DESC LIMIT $"+strconv.Itoa(len(args)), args...)
	if err != nil {
		return Page{}, err
	}
	page := Page{Records: records}
	if len(records) > limit {
		page.Records = records[:limit]
		page.Next = records[limit-1].Seq
	}
	return page, nil
}

func query(ctx context.Context, q store.Querier, text string, args ...any) ([]Record, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	defer rows.Close()
	var records []Record
	for rows.Next() {
		var r Record
		if err := rows.Scan(&r.Seq, &r.at, &r.Actor, &r.Action, &r.Object, &r.Post, &r.Detail, &r.prev, &r.hash); err != nil {
			return nil, fmt.Errorf("read the audit trail: %w", err)
		}
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	return records, nil
}
