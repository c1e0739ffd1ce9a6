package casework

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// maxList bounds one page of a worklist.
const maxList = 100

// Nobody asks for cases without assignee.
const Nobody = "-"

// Query chooses the cases of a worklist.
type Query struct {
	// Posts are those whose cases the officer may see; AllPosts ignores it.
	Posts    []string
	AllPosts bool
	// States to show; none means those in which the office has to do something.
	States    []State
	ServiceID string
	// Assignee is a staff id, Nobody, or "" for all.
	Assignee    string
	Nationality string
	// DueBefore shows only cases due before that day.
	DueBefore string // local day, "" for no bound
	Reference string // as people write it; finds one case whatever its state
	// After is the Cursor of the last page, Limit how many to show, 50 when 0.
	After string
	Limit int
}

// Item is a line of a worklist.
type Item struct {
	*Application
	Name string // of the person
	// Age is in working days of the post since the submission.
	Age int
	// Late says that the due date has passed.
	Late bool
	Fee  Fee
}

// Office are the states in which the office has to do something.
var Office = []State{Submitted, Answered, Screened, Examined, Proposed, Granted}

// List is a page of a worklist, what is due first at the top; what waits for the
// person comes last.
type List struct {
	Items []Item
	// Cursor gives the next page, "" when this is the last.
	Cursor string
}

// Worklist lists cases by due date. Invalid when a filter cannot be read.
func (s *Service) Worklist(ctx context.Context, q Query) (*List, error) {
	where, args, err := q.where()
	if err != nil {
		return nil, err
	}
	limit := q.Limit
	if limit <= 0 || limit > maxList {
		limit = 50
	}
	var found []*Application
	args = append(args, limit+1)
	err = store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		a, err := scan(rows)
		found = append(found, a)
		return err
	}, `SELECT `+columns+` FROM application WHERE `+where+` ORDER BY `+dueOrder+`, id LIMIT $`+fmt.Sprint(len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	list := &List{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		list.Cursor = first(last.DueDate, noDue) + " " + last.ID
	}
	for _, a := range found {
		item, err := s.item(ctx, a)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}

// noDue sorts cases without due date after all others.
const noDue = "9999"

const dueOrder = `CASE due_date WHEN '' THEN '` + noDue + `' ELSE due_date END`

func (q Query) where() (string, []any, error) {
	var parts []string
	var args []any
	add := func(part string, values ...any) {
		parts = append(parts, strings.Replace(part, "?", store.Placeholders(len(args)+1, len(values)), 1))
		args = append(args, values...)
	}
	list := func(column string, values []any) {
		if len(values) == 0 {
			add("1 = 0")
			return
		}
		add(column+" IN (?)", values...)
	}
	if !q.AllPosts {
		list("post_id", anys(q.Posts))
	}
	if strings.TrimSpace(q.Reference) != "" {
		reference, ok := ParseReference(q.Reference)
		if !ok {
			return "", nil, fault.NewInvalid(fault.Field{Path: "reference", Key: "casework.reference_malformed"})
		}
		add("reference = ?", reference)
		add("state NOT IN (?)", string(Draft), string(Erased))
		return strings.Join(parts, " AND "), args, nil
	}
	states := q.States
	if len(states) == 0 {
		states = Office
	}
	// Officers never see what was not handed in.
	states = slices.DeleteFunc(slices.Clone(states), func(s State) bool { return s == Draft || s == Erased || !s.Known() })
	list("state", anys(states))
	for _, one := range []struct{ column, value string }{{"service_id", q.ServiceID}, {"nationality", q.Nationality}} {
		if one.value != "" {
			add(one.column+" = ?", one.value)
		}
	}
	switch q.Assignee {
	case "":
	case Nobody:
		add("assignee = ''")
	default:
		add("assignee = ?", q.Assignee)
	}
	if q.DueBefore != "" {
		add("due_date <> ''")
		add("due_date < ?", q.DueBefore)
	}
	if q.After != "" {
		due, id, ok := strings.Cut(q.After, " ")
		if !ok {
			return "", nil, fault.NewInvalid(fault.Field{Path: "after", Key: "casework.cursor"})
		}
		add("("+dueOrder+", id) > (?)", due, id)
	}
	return strings.Join(parts, " AND "), args, nil
}

func anys[T ~string](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

func (s *Service) item(ctx context.Context, a *Application) (Item, error) {
	item := Item{Application: a}
	today, err := s.calendar.Today(ctx, a.PostID, s.now())
	if err != nil {
		return item, err
	}
	submitted, err := s.calendar.Today(ctx, a.PostID, a.SubmittedAt)
	if err != nil {
		return item, err
	}
	if item.Age, err = s.WorkingDays(ctx, a.PostID, submitted, today); err != nil {
		return item, err
	}
	item.Late = a.DueDate != "" && a.DueDate < today
	if item.Name, err = s.name(a); err != nil {
		return item, err
	}
	item.Fee, err = s.Fee(ctx, a.ID)
	return item, err
}

// name is the person's, as lists show it.
func (s *Service) name(a *Application) (string, error) {
	key, err := s.key(a)
	if err != nil {
		return "", err
	}
	var sum summary
	return sum.Name, key.openJSON(a.summary, "summary:"+a.ID, &sum)
}

// Counts says how many cases of a post are in each state, for the head of the
// worklist; drafts and erased ones are not counted.
func (s *Service) Counts(ctx context.Context, postID string) (map[State]int, error) {
	counts := map[State]int{}
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var state State
		var n int
		err := rows.Scan(&state, &n)
		counts[state] = n
		return err
	}, `SELECT state, count(*) FROM application WHERE post_id = $1 AND state NOT IN ('draft', 'erased') GROUP BY state`, postID)
	if err != nil {
		return nil, fmt.Errorf("count cases: %w", err)
	}
	return counts, nil
}
