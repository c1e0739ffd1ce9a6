package casework

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestReturningFromAnotherDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "berlin", Lang: "en"})
		r.must(err)
		token, err := r.Admit(ctx, a.ID)
		r.must(err)
		if at, err := r.Open(ctx, token); err != nil || at.ID != a.ID {
			t.Fatalf("%v, %v", at, err)
		}
		r.refused(r.SendCode(ctx, a.ID), "casework.no_email")
		_, err = r.SetEmail(ctx, a.ID, "no address")
		if fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
		_, err = r.SetEmail(ctx, a.ID, "Ayse@Example.org")
		r.must(err)
		mails := func() int { return r.count(`SELECT count(*) FROM outbox WHERE kind = 'application-code'`) }

		// Before the address is proven, nobody can return with it.
		r.must(r.Return(ctx, a.Reference, "ayse@example.org"))
		if mails() != 0 {
			t.Fatal("a code went to an address that nobody has proven")
		}
		r.must(r.SendCode(ctx, a.ID))
		a, err = r.Application(ctx, a.ID)
		r.must(err)
		code := r.Code(a)
		_, _, err = r.Confirm(ctx, a.Reference, "not it")
		r.refused(err, "casework.code_wrong")
		a, _, err = r.Confirm(ctx, a.Reference, code)
		if err != nil || a.EmailProvenAt.IsZero() {
			t.Fatalf("%+v, %v", a, err)
		}
		_, _, err = r.Confirm(ctx, a.Reference, code) // once only
		r.refused(err, "casework.code_wrong")
		_, _, err = r.Confirm(ctx, "AAAA-AAAA", code) // the same for what does not exist
		r.refused(err, "casework.code_wrong")

		// On another device, days later.
		r.clock.advance(3 * 24 * time.Hour)
		_, err = r.Open(ctx, token)
		r.refused(err, "casework.sign_in")
		r.must(r.Return(ctx, a.Reference, "somebody@example.org"))
		r.must(r.Return(ctx, "AAAA-AAAA", "ayse@example.org"))
		if mails() != 1 {
			t.Fatalf("%d codes were sent, want the first only", mails())
		}
		r.must(r.Return(ctx, " "+a.Reference[:4]+a.Reference[5:], "ayse@example.org"))
		a, err = r.Application(ctx, a.ID)
		r.must(err)
		_, token, err = r.Confirm(ctx, a.Reference, r.Code(a))
		r.must(err)
		if at, err := r.Open(ctx, token); err != nil || at.ID != a.ID {
			t.Fatalf("%v, %v", at, err)
		}
		r.must(r.Leave(ctx, token))
		_, err = r.Open(ctx, token)
		r.refused(err, "casework.sign_in")

		// A changed address is unproven, and a code that is under way is void.
		r.must(r.SendCode(ctx, a.ID))
		a, err = r.SetEmail(ctx, a.ID, "other@example.org")
		if err != nil || !a.EmailProvenAt.IsZero() || r.Code(a) != "" {
			t.Fatalf("%+v, %v", a, err)
		}
	})
}

func TestCodesAreLimited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a := r.draft(nil) // one code
		for range MaxCodes - 1 {
			r.must(r.SendCode(ctx, a.ID))
		}
		r.refused(r.SendCode(ctx, a.ID), "casework.codes_spent")
		r.must(r.Return(ctx, a.Reference, "ayse@example.org")) // says nothing
		a, err := r.Application(ctx, a.ID)
		r.must(err)
		code := r.Code(a)
		for range MaxTries {
			_, _, err = r.Confirm(ctx, a.Reference, "wrong")
			r.refused(err, "casework.code_wrong")
		}
		_, _, err = r.Confirm(ctx, a.Reference, code)
		r.refused(err, "casework.code_wrong")
		r.clock.advance(24 * time.Hour)
		r.must(r.SendCode(ctx, a.ID))
		a, err = r.Application(ctx, a.ID)
		r.must(err)
		code = r.Code(a)
		r.clock.advance(CodeFor)
		if r.Code(a) != "" {
			t.Error("an old code is still shown")
		}
		_, _, err = r.Confirm(ctx, a.Reference, code)
		r.refused(err, "casework.code_wrong")
	})
}

func TestNothingIsSubmittedWithoutAProvenAddress(t *testing.T) {
	db := storetest.SQLite(t)
	ctx := context.Background()
	r := open(t, db)
	a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "berlin", Lang: "en", Email: "a@example.org"})
	r.must(err)
	for page, answers := range good() {
		_, err := r.Save(ctx, a.ID, page, 0, answers)
		r.must(err)
	}
	_, err = r.Submit(ctx, a.ID)
	r.refused(err, "casework.email_unproven")
	_, err = r.Start(ctx, Beginning{ServiceID: "nothing", PostID: "berlin"})
	r.refused(err, "casework.no_questionnaire")
	_, err = r.Start(ctx, Beginning{ServiceID: "trial", PostID: "nowhere"})
	r.refused(err, "post.not_found")
}
