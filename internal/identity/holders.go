package identity

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/chancery/chancery/internal/store"
)

// Holder is somebody who holds a permission.
type Holder struct{ ID, Name string }

// Holders lists the enabled accounts that hold the permission at any of the
// posts, by name: those to whom work can be given.
func (s *Service) Holders(ctx context.Context, p Permission, postIDs ...string) ([]Holder, error) {
	args := []any{false}
	for _, r := range Roles {
		if r.Allows(p) {
			args = append(args, string(r))
		}
	}
	if len(args) == 1 {
		return nil, nil
	}
	roles := store.Placeholders(2, len(args)-1)
	at := store.Placeholders(len(args)+1, len(postIDs)+1)
	args = append(args, AllPosts)
	for _, id := range postIDs {
		args = append(args, id)
	}
	var holders []Holder
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var h Holder
		err := rows.Scan(&h.ID, &h.Name)
		holders = append(holders, h)
		return err
	}, `SELECT id, display_name FROM staff WHERE disabled = $1 AND id IN
		(SELECT staff_id FROM staff_grant WHERE role IN (`+roles+`) AND post_id IN (`+at+`)) ORDER BY display_name, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list who holds %s: %w", p, err)
	}
	return holders, nil
}
