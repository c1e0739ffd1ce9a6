package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draw"
	drawletter "github.com/chancery/chancery/internal/booking/draw/letter"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/bookingweb"
	"github.com/chancery/chancery/internal/web/drawweb"
)

// openBallots joins the draw to the book.
func (r *rooms) openBallots(outbox *notify.Outbox, now func() time.Time) {
	booker := ballot.Booker{Book: r.book, Services: r.services, Posts: r.posts}
	draws := draw.New(r.db, r.keys, r.trail, outbox, booker, rand.Reader, now)
	r.ballots = &ballot.Rounds{Draws: draws, Book: r.book, Services: r.services, Posts: r.posts, Keys: r.keys, Now: now}
}

// registerDraws opens the public pages of draws and has their mails written.
func (r *rooms) registerDraws(operations *api.API, letters *letter.Writer) error {
	if r.mail != nil {
		writer := drawletter.Writer{Draws: r.ballots.Draws, Services: r.services, Posts: r.posts, BaseURL: letters.BaseURL, Ministry: letters.Ministry}
		for _, kind := range drawletter.Kinds {
			r.mail.Register(kind, writer.Render)
		}
		for _, kind := range letter.WinKinds {
			r.mail.Register(kind, letters.RenderWin)
		}
	}
	room := drawweb.Room{Draws: r.ballots.Draws, Services: r.services, Posts: r.posts,
		EnterPath: func(b *draw.Ballot) string { return "/appointments/ballots/" + b.ID }}
	if err := room.Register(r.server, operations); err != nil {
		return err
	}
	bookingweb.Ballots{Web: r.server, Book: r.book, Rounds: r.ballots, Gate: r.gatekeeper()}.Register()
	(&drawweb.Desk{Rounds: r.ballots, Services: r.services, Posts: r.posts}).Register(r.server)
	return nil
}

// holdDraws announces ballots and moves them along.
func (r *rooms) holdDraws(ctx context.Context) {
	for tick := time.NewTicker(20 * time.Second); ; {
		if err := r.ballots.Tick(ctx); err != nil && ctx.Err() == nil {
			slog.Error("ballots", "error", err)
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}
