package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Staff is a member of the ministry's staff.
type Staff struct {
	ID          string
	UserName    string
	Email       string
	DisplayName string
	Disabled    bool
	// HasPassword says that the person signs in with password and code.
	HasPassword bool
	CreatedAt   time.Time
	Grants      []Grant

	system                bool
	passwordHash, subject string
	totpSealed            []byte
	totpStep              int64
}

// System is the program itself, when it loads data or runs a command; it may
// everything and can never sign in.
func System() *Staff { return &Staff{system: true} }

// Actor is how the audit trail names the person.
func (s *Staff) Actor() string {
	if s.system {
		return audit.System
	}
	return audit.Staff(s.ID)
}

func (s *Staff) object() string { return "staff:" + s.ID }

// NewAccount describes an account to make.
type NewAccount struct {
	// UserName is 2 to 64 of a–z, 0–9, ".", "_" and "-", first a letter.
	UserName    string
	Email       string
	DisplayName string
	Grants      []Grant
	// Password and TOTPSecret (base32) are for demonstration accounts, both or
	// neither; other people choose theirs through an enrolment link.
	Password, TOTPSecret string
}

var userNames = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,63}$`)

const maxDisplayName = 120

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (n *NewAccount) check() error {
	var fields fault.Fields
	n.UserName, n.Email, n.DisplayName = fold(n.UserName), fold(n.Email), strings.TrimSpace(n.DisplayName)
	if !userNames.MatchString(n.UserName) {
		fields.Add("user_name", "identity.account.user_name")
	}
	if a, err := mail.ParseAddress(n.Email); err != nil || a.Address != n.Email || len(n.Email) > 254 {
		fields.Add("email", "identity.account.email")
	}
	if n.DisplayName == "" || utf8.RuneCountInString(n.DisplayName) > maxDisplayName || !utf8.ValidString(n.DisplayName) ||
		strings.ContainsFunc(n.DisplayName, unicode.IsControl) {
		fields.AddWith("display_name", "identity.account.display_name", fault.Args{"Max": maxDisplayName})
	}
	for _, g := range n.Grants {
		if !g.known() {
			fields.Add("grants", "identity.account.grant")
		}
	}
	if (n.Password == "") != (n.TOTPSecret == "") {
		return errors.New("identity: an account gets password and TOTP secret together")
	}
	return fields.Err()
}

// CreateAccount makes an account and gives its id. It returns an Invalid fault
// by field, also when the user name or e-mail address is taken, and Forbidden
// when by may not make accounts with these grants.
func (s *Service) CreateAccount(ctx context.Context, by *Staff, n NewAccount) (string, error) {
	if err := n.check(); err != nil {
		return "", err
	}
	account := &Staff{ID: store.NewID(), UserName: n.UserName, Email: n.Email, DisplayName: n.DisplayName, Grants: n.Grants}
	if !by.mayManage(account) {
		return "", errNotAllowed
	}
	hash := ""
	var sealed []byte
	if n.Password != "" {
		if _, err := TOTPCode(n.TOTPSecret, s.now()); err != nil {
			return "", err
		}
		hash = hashPassword(n.Password)
		var err error
		if sealed, err = s.keys.Seal([]byte(n.TOTPSecret), totpContext(account.ID)); err != nil {
			return "", fmt.Errorf("create an account: %w", err)
		}
	}
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		if err := taken(ctx, tx, n); err != nil {
			return nil, err
		}
		_, err := exec(ctx, tx, "create an account", `INSERT INTO staff
			(id, user_name, email, display_name, password_hash, totp_sealed, totp_step, oidc_subject, disabled, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, $8)`,
			account.ID, n.UserName, n.Email, n.DisplayName, hash, sealed, false, store.Millis(s.now()))
		if store.IsUnique(err) {
			return nil, fault.NewInvalid(fault.Field{Path: "user_name", Key: "identity.account.taken"})
		}
		if err != nil {
			return nil, err
		}
		entries := []audit.Entry{{Actor: by.Actor(), Action: "account.create", Object: account.object()}}
		for _, g := range n.Grants {
			added, err := s.insertGrant(ctx, tx, by, account, g)
			if err != nil {
				return nil, err
			}
			entries = append(entries, added...)
		}
		return entries, nil
	})
	if err != nil {
		return "", err
	}
	return account.ID, nil
}

func totpContext(staffID string) string { return "staff:" + staffID }

func taken(ctx context.Context, tx *store.Tx, n NewAccount) error {
	var names, addresses int
	// A user name has no "@", so it can never be another account's address.
	err := tx.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM staff WHERE user_name = $1), (SELECT count(*) FROM staff WHERE email = $2)`,
		n.UserName, n.Email).Scan(&names, &addresses)
	if err != nil {
		return fmt.Errorf("look for the account: %w", err)
	}
	var fields fault.Fields
	if names > 0 {
		fields.Add("user_name", "identity.account.taken")
	}
	if addresses > 0 {
		fields.Add("email", "identity.account.email_taken")
	}
	return fields.Err()
}

const selectStaff = `SELECT id, user_name, email, display_name, password_hash, totp_sealed, totp_step, oidc_subject, disabled, created_at FROM staff`

func scanStaff(row interface{ Scan(...any) error }) (*Staff, error) {
	var a Staff
	var created int64
	err := row.Scan(&a.ID, &a.UserName, &a.Email, &a.DisplayName, &a.passwordHash, &a.totpSealed, &a.totpStep, &a.subject, &a.Disabled, &created)
	if err != nil {
		return nil, err
	}
	a.HasPassword, a.CreatedAt = a.passwordHash != "", store.Time(created)
	return &a, nil
}

// load reads one account with its grants; condition has the placeholder $1.
// It gives nil when there is none.
func load(ctx context.Context, q store.Querier, condition string, arg any) (*Staff, error) {
	a, err := scanStaff(q.QueryRowContext(ctx, selectStaff+` WHERE `+condition, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read an account: %w", err)
	}
	return a, loadGrants(ctx, q, []*Staff{a})
}

// loadGrants fills in the grants of accounts in one query.
func loadGrants(ctx context.Context, q store.Querier, accounts []*Staff) error {
	if len(accounts) == 0 {
		return nil
	}
	byID := map[string]*Staff{}
	ids := make([]any, len(accounts))
	for i, a := range accounts {
		byID[a.ID], ids[i] = a, a.ID
	}
	rows, err := q.QueryContext(ctx, `SELECT staff_id, role, post_id FROM staff_grant WHERE staff_id IN (`+
		store.Placeholders(1, len(ids))+`) ORDER BY staff_id, post_id, role`, ids...)
	if err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var g Grant
		if err := rows.Scan(&id, &g.Role, &g.Post); err != nil {
			return fmt.Errorf("read grants: %w", err)
		}
		byID[id].Grants = append(byID[id].Grants, g)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	return nil
}

// Account reads an account that by may manage; NotFound otherwise, so that
// nobody learns of accounts that are none of their business.
func (s *Service) Account(ctx context.Context, by *Staff, id string) (*Staff, error) {
	return managed(ctx, s.db.Read(), by, id)
}

func managed(ctx context.Context, q store.Querier, by *Staff, id string) (*Staff, error) {
	if !isText(id) {
		return nil, errNoAccount
	}
	a, err := load(ctx, q, `id = $1`, id)
	if err != nil {
		return nil, err
	}
	if a == nil || !by.mayManage(a) {
		return nil, errNoAccount
	}
	return a, nil
}

// Accounts lists accounts by user name, up to limit of those after the given
// name, and the cursor of the next page, "" at the end. Who may manage only
// some posts' accounts gets only those, so a page can be shorter than limit.
func (s *Service) Accounts(ctx context.Context, by *Staff, after string, limit int) (accounts []*Staff, next string, err error) {
	if !by.May(AccountsEdit, "") {
		return nil, "", errNotAllowed
	}
	if !isText(after) {
		after = ""
	}
	rows, err := s.db.Read().QueryContext(ctx, selectStaff+` WHERE user_name > $1 ORDER BY user_name LIMIT $2`, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list accounts: %w", err)
	}
	defer rows.Close()
	var all []*Staff
	for rows.Next() {
		a, err := scanStaff(rows)
		if err != nil {
			return nil, "", fmt.Errorf("list accounts: %w", err)
		}
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list accounts: %w", err)
	}
	if len(all) > limit {
		all = all[:limit]
		next = all[limit-1].UserName
	}
	if err := loadGrants(ctx, s.db.Read(), all); err != nil {
		return nil, "", err
	}
	for _, a := range all {
		if by.mayManage(a) {
			accounts = append(accounts, a)
		}
	}
	return accounts, next, nil
}

// NamesOf gives the display names of accounts by id, for pages that show who
// did something.
func (s *Service) NamesOf(ctx context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := s.db.Read().QueryContext(ctx, `SELECT id, display_name FROM staff WHERE id IN (`+store.Placeholders(1, len(ids))+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		names[id] = name
	}
	return names, rows.Err()
}

// IDOf gives the id of the account with a user name, "" when there is none.
func (s *Service) IDOf(ctx context.Context, userName string) (string, error) {
	if !isText(userName) {
		return "", nil
	}
	a, err := load(ctx, s.db.Read(), `user_name = $1`, fold(userName))
	if err != nil || a == nil {
		return "", err
	}
	return a.ID, nil
}
