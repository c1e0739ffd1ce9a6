package guard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Pattern is a way in which bookings look alike; its explanation has the
// translation key "guard.finding." + pattern, with Count, Minutes and Seconds.
type Pattern string

// The patterns. Numbers of documents are kept as hashes, so that runs of
// consecutive numbers cannot be seen; the page should say so.
const (
	SameNetwork    Pattern = "network"      // one household or office
	SameBrowser    Pattern = "browser"      // one browser
	SameEmail      Pattern = "email"        // one address
	MailVariants   Pattern = "mail-variant" // one mailbox under several spellings
	SameDomain     Pattern = "mail-domain"  // one small mail domain
	DisposableMail Pattern = "disposable"   // addresses made for minutes
	Burst          Pattern = "burst"        // within seconds of a release, from one network
)

// Patterns lists all of them.
var Patterns = []Pattern{SameNetwork, SameBrowser, SameEmail, MailVariants, SameDomain, DisposableMail, Burst}

// BurstWithin is how soon after a release a booking counts for Burst: nobody
// reads a page and names people faster.
const BurstWithin = 5 * time.Second

// Finding is a set of bookings that an officer should look at. It proves
// nothing: a library, a travel agent or a large family looks the same.
type Finding struct {
	Pattern Pattern
	// Key is the keyed hash that the bookings share.
	Key string
	// Post is the post's id, "" when the bookings are at several.
	Post string
	// Bookings are ids, oldest first, at most maxListed.
	Bookings    []string
	First, Last time.Time // when they were made
	// Score is 1 to 100: how far beyond the ordinary, by count and speed.
	Score int
}

// Explanation is the translation key that says what the finding means.
func (f *Finding) Explanation() string { return "guard.finding." + string(f.Pattern) }

// Query says which bookings to look at.
type Query struct {
	// Post is the post's id, "" for all.
	Post string
	// From and To bound when the bookings were made.
	From, To time.Time
}

// maxListed bounds the rows read for one pattern.
const maxListed = 5000

// pattern is how to find one Pattern: an SQL expression for what bookings
// share, and from how many on it is worth a look.
type pattern struct {
	name     Pattern
	key      string
	where    string
	distinct string // when set, this must take at least two values
	atLeast  int
}

var patterns = []pattern{
	{name: SameNetwork, key: "b.network_key", atLeast: 6},
	{name: SameBrowser, key: "b.browser_key", atLeast: 4},
	{name: SameEmail, key: "b.email_key", atLeast: 4},
	{name: MailVariants, key: "t.base_key", distinct: "b.email_key", atLeast: 3},
	{name: SameDomain, key: "t.domain_key", atLeast: 5},
	{name: DisposableMail, key: "t.domain_key", where: "t.disposable", atLeast: 1},
	{name: Burst, key: "b.network_key", atLeast: 3,
		where: "s.opens_at > 0 AND b.created_at >= s.opens_at AND b.created_at <= s.opens_at + " + strconv.FormatInt(BurstWithin.Milliseconds(), 10)},
}

// Findings looks for patterns among active bookings that came over the web or
// the API, the most striking first. Errors are internal.
func (g *Guard) Findings(ctx context.Context, q Query) ([]Finding, error) {
	var all []Finding
	for _, p := range patterns {
		found, err := g.find(ctx, p, q)
		if err != nil {
			return nil, fmt.Errorf("look for pattern %s: %w", p.name, err)
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(b.Score, a.Score) })
	return all, nil
}

func (g *Guard) find(ctx context.Context, p pattern, q Query) ([]Finding, error) {
	from := ` FROM booking b JOIN slot s ON s.id = b.slot_id LEFT JOIN guard_trait t ON t.booking_id = b.id
		WHERE b.created_at >= $1 AND b.created_at < $2 AND b.state IN ('held', 'booked') AND b.channel IN ('web', 'api')
		AND coalesce(` + p.key + `, '') <> ''`
	args := []any{store.Millis(q.From), store.Millis(q.To), p.atLeast}
	if p.where != "" {
		from += ` AND ` + p.where
	}
	if q.Post != "" {
		from += ` AND b.post_id = $4`
		args = append(args, q.Post)
	}
	having := ` HAVING count(*) >= $3`
	if p.distinct != "" {
		having += ` AND count(DISTINCT ` + p.distinct + `) >= 2`
	}
	rows, err := g.db.Read().QueryContext(ctx, `SELECT `+p.key+`, b.id, b.post_id, b.created_at`+from+`
		AND `+p.key+` IN (SELECT `+p.key+from+` GROUP BY `+p.key+having+`)
		ORDER BY `+p.key+`, b.created_at, b.id LIMIT `+strconv.Itoa(maxListed), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Finding
	for rows.Next() {
		var key, id, post string
		var created int64
		if err := rows.Scan(&key, &id, &post, &created); err != nil {
			return nil, err
		}
		at := store.Time(created)
		if n := len(found); n == 0 || found[n-1].Key != key {
			found = append(found, Finding{Pattern: p.name, Key: key, Post: post, First: at})
		}
		f := &found[len(found)-1]
		f.Bookings, f.Last = append(f.Bookings, id), at
		if f.Post != post {
			f.Post = ""
		}
	}
	for i := range found {
		found[i].Score = p.score(&found[i])
	}
	return found, rows.Err()
}

// score grows with how many bookings there are beyond the threshold, and with
// how fast they came: programs make several a minute, people do not.
func (p pattern) score(f *Finding) int {
	n := len(f.Bookings)
	score := 20 + 10*(n-p.atLeast)
	if minutes := f.Last.Sub(f.First).Minutes(); n > 1 && minutes < float64(n) {
		score += 20
	}
	if p.name == Burst || p.name == MailVariants || p.name == DisposableMail {
		score += 20
	}
	return min(100, score)
}
