package act

import (
	"context"

	"github.com/chancery/chancery/internal/fault"
)

// Lists are the watch lists as this room asks them: a name that was put right is
// another name, with which nobody has compared them.
type Lists interface {
	// Compare compares the holder of a visa for an application of the post with the
	// lists as they are, outside of any transaction, and gives how many entries that
	// came close wait for officers. Conflict when the application was erased, so
	// that nobody could judge them.
	Compare(ctx context.Context, applicationID, postID string, v Visa) (waiting int, err error)
}

// compare refuses a holder whom nobody has compared with the watch lists, or of
// whom two officers have not settled what came close. before is the person who
// was compared.
func (s *Service) compare(ctx context.Context, applicationID, postID string, before, v Visa) error {
	if s.lists == nil || v.sameHolder(before) {
		return nil
	}
	waiting, err := s.lists.Compare(ctx, applicationID, postID, v)
	if err == nil && waiting > 0 {
		err = fault.NewConflict("act.screening_open").With("Count", waiting)
	}
	return err
}

// sameHolder says that the watch lists can tell no difference.
func (v Visa) sameHolder(o Visa) bool {
	v, o = v.Normal(), o.Normal()
	return v.Surname == o.Surname && v.GivenNames == o.GivenNames && v.SurnameLatin == o.SurnameLatin && v.GivenNamesLatin == o.GivenNamesLatin &&
		v.Birth == o.Birth && v.DocumentNumber == o.DocumentNumber && v.Nationality == o.Nationality
}
