package identity

import (
	"context"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// manage runs a change of another person's account in a transaction that
// holds the account. Nobody manages the own account: rights are given by
// somebody else.
func (s *Service) manage(ctx context.Context, by *Staff, id string,
	change func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error)) error {
	if !by.May(AccountsEdit, "") {
		return errNotAllowed
	}
	if by.ID == id {
		return errOwnAccount
	}
	if !isText(id) {
		return errNoAccount
	}
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		// Two changes of one account at once: each must see the other's grants.
		if _, err := exec(ctx, tx, "hold an account", `UPDATE staff SET id = id WHERE id = $1`, id); err != nil {
			return nil, err
		}
		account, err := managed(ctx, tx, by, id)
		if err != nil {
			return nil, err
		}
		return change(ctx, tx, account)
	})
}

// AddGrant gives the account a role at a post; one that it has already stays.
// It returns Forbidden when by may not manage accounts at that post or asks
// for the own account, NotFound when there is no such account that by may
// manage, Invalid for an unknown role.
func (s *Service) AddGrant(ctx context.Context, by *Staff, id string, g Grant) error {
	if !g.known() {
		return fault.NewInvalid(fault.Field{Path: "role", Key: "identity.account.grant"})
	}
	if !by.May(AccountsEdit, g.Post) {
		return errNotAllowed
	}
	return s.manage(ctx, by, id, func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error) {
		return s.insertGrant(ctx, tx, by, account, g)
	})
}

func (s *Service) insertGrant(ctx context.Context, tx *store.Tx, by, account *Staff, g Grant) ([]audit.Entry, error) {
	n, err := exec(ctx, tx, "add a grant", `INSERT INTO staff_grant (staff_id, role, post_id, granted_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, account.ID, string(g.Role), g.Post, store.Millis(s.now()))
	if err != nil || n == 0 {
		return nil, err
	}
	return grantEntry(by, account, "account.grant", g), nil
}

// RemoveGrant takes a role at a post away; it takes effect with the person's
// next request. Faults as for AddGrant.
func (s *Service) RemoveGrant(ctx context.Context, by *Staff, id string, g Grant) error {
	return s.manage(ctx, by, id, func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error) {
		if !g.known() {
			return nil, nil
		}
		n, err := exec(ctx, tx, "remove a grant", `DELETE FROM staff_grant WHERE staff_id = $1 AND role = $2 AND post_id = $3`,
			account.ID, string(g.Role), g.Post)
		if err != nil || n == 0 {
			return nil, err
		}
		return grantEntry(by, account, "account.revoke", g), nil
	})
}

func grantEntry(by, account *Staff, action string, g Grant) []audit.Entry {
	post := g.Post
	if post == AllPosts {
		post = ""
	}
	return []audit.Entry{{Actor: by.Actor(), Action: action, Object: account.object(), Post: post,
		Detail: map[string]any{"role": string(g.Role), "post": g.Post}}}
}

// SetDisabled closes an account, which ends its sessions and enrolment links
// at once, or opens it again. Faults as for AddGrant.
func (s *Service) SetDisabled(ctx context.Context, by *Staff, id string, disabled bool) error {
	return s.manage(ctx, by, id, func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error) {
		if account.Disabled == disabled {
			return nil, nil
		}
		if _, err := exec(ctx, tx, "disable an account", `UPDATE staff SET disabled = $1 WHERE id = $2`, disabled, id); err != nil {
			return nil, err
		}
		if !disabled {
			return []audit.Entry{{Actor: by.Actor(), Action: "account.enable", Object: account.object()}}, nil
		}
		if _, err := exec(ctx, tx, "end sessions", `DELETE FROM staff_session WHERE staff_id = $1`, id); err != nil {
			return nil, err
		}
		if _, err := exec(ctx, tx, "end enrolment", `DELETE FROM staff_enrolment WHERE staff_id = $1`, id); err != nil {
			return nil, err
		}
		return []audit.Entry{{Actor: by.Actor(), Action: "account.disable", Object: account.object()}}, nil
	})
}
