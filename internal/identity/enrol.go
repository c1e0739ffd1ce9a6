package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"image/color"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

var errNoEnrolment = fault.NewNotFound("identity.error.no_enrolment")

func enrolmentContext(hash string) string { return "staff_enrolment:" + hash }

// IssueEnrolment makes the token of a link with which the person sets up how
// to sign in, once, within EnrolmentLife; an earlier link ends. Until the link
// is used, nothing else changes. Faults as for AddGrant, and Conflict for a
// disabled account.
func (s *Service) IssueEnrolment(ctx context.Context, by *Staff, id string) (token string, until time.Time, err error) {
	token = newToken()
	hash := tokenHash(token)
	until = s.now().Add(EnrolmentLife)
	sealed, err := s.keys.Seal([]byte(newTOTPSecret()), enrolmentContext(hash))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("issue an enrolment: %w", err)
	}
	err = s.manage(ctx, by, id, func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error) {
		if account.Disabled {
			return nil, fault.NewConflict("identity.error.disabled")
		}
		if _, err := exec(ctx, tx, "end enrolment", `DELETE FROM staff_enrolment WHERE staff_id = $1`, id); err != nil {
			return nil, err
		}
		_, err := exec(ctx, tx, "issue an enrolment", `INSERT INTO staff_enrolment (token_hash, staff_id, totp_sealed, expires_at)
			VALUES ($1, $2, $3, $4)`, hash, id, sealed, store.Millis(until))
		if err != nil {
			return nil, err
		}
		return []audit.Entry{{Actor: by.Actor(), Action: "account.enrolment-issue", Object: account.object()}}, nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, until, nil
}

// Enrolment is what the page behind an enrolment link shows.
type Enrolment struct {
	Staff *Staff
	Until time.Time
	// Secret is the app's secret, for typing in, in groups of four.
	Secret string
	// URI is the same as an otpauth: address; QR is that address as a code.
	URI string
	QR  QR

	secret string
}

// QR is a code as the outline of its dark modules, for an SVG path in a box of
// Size × Size.
type QR struct {
	Size int
	Path string
}

// Enrolment reads an enrolment link, which stays as it is. NotFound when the
// link is unknown, used, replaced or too old, or the account is disabled.
func (s *Service) Enrolment(ctx context.Context, token string) (Enrolment, error) {
	return s.enrolment(ctx, s.db.Read(), token)
}

func (s *Service) enrolment(ctx context.Context, q store.Querier, token string) (Enrolment, error) {
	hash := tokenHash(token)
	var id string
	var sealed []byte
	var until int64
	err := q.QueryRowContext(ctx, `SELECT staff_id, totp_sealed, expires_at FROM staff_enrolment
		WHERE token_hash = $1 AND expires_at > $2`, hash, store.Millis(s.now())).Scan(&id, &sealed, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return Enrolment{}, errNoEnrolment
	}
	if err != nil {
		return Enrolment{}, fmt.Errorf("read an enrolment: %w", err)
	}
	account, err := load(ctx, q, `id = $1`, id)
	if err != nil {
		return Enrolment{}, err
	}
	if account == nil || account.Disabled {
		return Enrolment{}, errNoEnrolment
	}
	secret, err := s.keys.Unseal(sealed, enrolmentContext(hash))
	if err != nil {
		return Enrolment{}, fmt.Errorf("read an enrolment: %w", err)
	}
	e := Enrolment{Staff: account, Until: store.Time(until), secret: string(secret), Secret: inFours(string(secret))}
	e.URI = s.totpURI(account.UserName, e.secret)
	e.QR, err = drawQR(e.URI)
	return e, err
}

func inFours(s string) string {
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}

func drawQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return QR{}, fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return QR{Size: size, Path: path.String()}, nil
}

// EnrolPassword uses an enrolment link: the person's password and the app that
// the link showed become the only way to sign in, and the person is signed in.
// It returns Invalid by field ("new_password", "code"), NotFound as Enrolment.
func (s *Service) EnrolPassword(ctx context.Context, token, password, code, previous string) (SignedIn, error) {
	e, err := s.Enrolment(ctx, token)
	if err != nil {
		return SignedIn{}, err
	}
	var fields fault.Fields
	checkPassword(&fields, "new_password", password, e.Staff)
	step, ok, err := totpMatch(e.secret, code, s.now(), 0)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		fields.Add("code", "identity.error.code")
	}
	if err := fields.Err(); err != nil {
		return SignedIn{}, err
	}
	hash := hashPassword(password)
	sealed, err := s.keys.Seal([]byte(e.secret), totpContext(e.Staff.ID))
	if err != nil {
		return SignedIn{}, fmt.Errorf("enrol: %w", err)
	}
	return s.enrol(ctx, token, previous, func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error) {
		_, err := exec(ctx, tx, "enrol", `UPDATE staff SET password_hash = $1, totp_sealed = $2, totp_step = $3 WHERE id = $4`,
			hash, sealed, step, account.ID)
		return nil, err
	})
}

// BeginEnrolPasskey is BeginPasskey for the holder of an enrolment link.
func (s *Service) BeginEnrolPasskey(ctx context.Context, token string) (options []byte, ceremony string, err error) {
	e, err := s.Enrolment(ctx, token)
	if err != nil {
		return nil, "", err
	}
	return s.beginRegistration(ctx, e.Staff, ceremonyEnrol)
}

// FinishEnrolPasskey uses an enrolment link: the passkey becomes the only way
// to sign in, and the person is signed in. Faults as for FinishPasskey, and
// NotFound as Enrolment.
func (s *Service) FinishEnrolPasskey(ctx context.Context, token, ceremony, label string, answer []byte, previous string) (SignedIn, error) {
	return s.enrol(ctx, token, previous, func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error) {
		credential, err := s.checkRegistration(ctx, tx, ceremonyEnrol, account, ceremony, answer)
		if err != nil {
			return nil, err
		}
		return s.addPasskey(ctx, tx, account, label, credential)
	})
}

// enrol uses a link up, removes every earlier way to sign in, which may be in
// somebody else's hands, lets set add the new one, and signs the person in.
func (s *Service) enrol(ctx context.Context, token, previous string,
	set func(ctx context.Context, tx *store.Tx, account *Staff) ([]audit.Entry, error)) (SignedIn, error) {
	var in SignedIn
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		e, err := s.enrolment(ctx, tx, token)
		if err != nil {
			return nil, err
		}
		account := e.Staff
		n, err := exec(ctx, tx, "use an enrolment", `DELETE FROM staff_enrolment WHERE token_hash = $1`, tokenHash(token))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errNoEnrolment // somebody else used it in this moment
		}
		for _, query := range []string{
			`UPDATE staff SET password_hash = '', totp_sealed = NULL, oidc_subject = '' WHERE id = $1`,
			`DELETE FROM staff_passkey WHERE staff_id = $1`,
			`DELETE FROM staff_session WHERE staff_id = $1`,
		} {
			if _, err := exec(ctx, tx, "remove earlier ways to sign in", query, account.ID); err != nil {
				return nil, err
			}
		}
		entries, err := set(ctx, tx, account)
		if err != nil {
			return nil, err
		}
		session, opened, err := s.open(ctx, tx, account, ByEnrolled, previous)
		in = SignedIn{Token: session, Staff: account}
		entries = append(entries, audit.Entry{Actor: account.Actor(), Action: "account.enrol", Object: account.object()})
		return append(entries, opened...), err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}
