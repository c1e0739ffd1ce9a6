package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/chancery/chancery/assets"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/transparency"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/auditweb"
	"github.com/chancery/chancery/internal/web/bookingweb"
	"github.com/chancery/chancery/internal/web/identityweb"
	"github.com/chancery/chancery/internal/web/postweb"
)

// rooms are the parts of one running installation.
type rooms struct {
	db        *store.DB
	keys      *keyring.Ring
	trail     *audit.Log
	services  *catalogue.Catalogue
	posts     *post.Service
	book      *booking.Book
	server    *web.Server
	staff     *identity.Service
	mail      *notify.Worker
	guard     *guard.Guard
	cases     *guard.Cases
	leads     *lookback.Leads
	ballots   *ballot.Rounds
	plans     *plan.Service
	queue     *queue.Service
	screening *screening.Service

	applications applications
	registers    registers
	log          *transparency.Log
}

// setting is what differs between installations.
type setting struct {
	db      string
	keys    string // path of the key ring
	baseURL string
	proxies []netip.Prefix
	name    locale.Text // of the ministry
	guard   guardFlag
	mail    mailFlag
	scan    scanFlag
	oidc    identity.OIDCConfig
	issuer  issuerFlag
	files   fs.FS // the catalogue's; nil for those of the program
	demo    bool
}

// unnamed is the name of an installation that was given none.
var unnamed = locale.Text{"en": "Ministry of Foreign Affairs", "az": "Xarici İşlər Nazirliyi"}

// assemble opens the database and wires the rooms together.
func assemble(ctx context.Context, s setting) (*rooms, error) {
	if len(s.name) == 0 {
		s.name = unnamed
	}
	if s.files == nil {
		s.files = (catalogueFlag{}).files()
	}
	r := &rooms{}
	built, err := assets.Built()
	if err != nil {
		return nil, err
	}
	if r.services, err = bookable(s.files); err != nil {
		return nil, err
	}
	if r.keys, err = keyring.OpenOrCreate(s.keys); err != nil {
		return nil, err
	}
	if r.db, err = (databaseFlag{DB: s.db}).open(ctx); err != nil {
		return nil, err
	}
	r.trail = audit.New(time.Now)
	r.posts = post.New(r.db, r.trail, r.services, time.Now)
	outbox := notify.NewOutbox(r.db, time.Now)
	r.book = booking.Open(booking.Options{
		DB: r.db, Ring: r.keys, Offer: offer{r.services, r.posts}, Audit: r.trail, Outbox: outbox, Now: time.Now,
	})
	r.openPlans()
	r.openBallots(outbox, time.Now)
	r.openScreening()
	if err := r.openApplications(s, outbox); err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.staff, err = identity.New(identity.Options{DB: r.db, Keys: r.keys, Audit: r.trail, Now: time.Now, BaseURL: s.baseURL, Issuer: s.name.In("en"), OIDC: s.oidc})
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	gate := identityweb.New(r.staff, r.posts)
	r.guard = newGuard(s, r.db, r.keys)
	r.server, err = web.New(web.Options{DB: r.db, Keys: r.keys, Now: time.Now, BaseURL: s.baseURL, Assets: built, Gate: gate, Demo: s.demo, TrustedProxies: s.proxies, Name: s.name, Pace: pace(r.guard)})
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	letters := &letter.Writer{Book: r.book, Services: r.services, Posts: r.posts, BaseURL: r.server.BaseURL(), Ministry: s.name, Now: time.Now}
	if err := r.openMail(s, outbox, letters); err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.registerLog(s)
	r.registerApplicationMail(s)
	r.openDoor()
	r.server.RegisterStaffHome()
	operations, err := api.New(r.server)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	bookingweb.Operations{Book: r.book, Posts: r.posts, Letter: letters, Gate: r.gatekeeper(), Now: time.Now}.Register(operations)
	pages := bookingweb.Pages{Web: r.server, Book: r.book, Posts: r.posts, Services: r.services, Keys: r.keys, Gate: r.gatekeeper(), Drafts: draft.New(r.db, r.keys, time.Now), Booked: r.interviewBooked}
	services := &postweb.Pages{Posts: r.posts, Services: r.services, Questionnaires: r.applications.forms}
	services.Operations(operations)
	r.registerApplicationAPI(operations)
	papers := bookingweb.Papers{Web: r.server, Book: r.book, Letter: letters}
	if err := errors.Join(
		pages.Register(), papers.Register(), services.Register(r.server), gate.Register(r.server), auditweb.Register(r.server, r.db, r.staff, r.posts),
		r.registerCases(), r.registerScreening(), r.registerPlans(), r.registerLook(), r.registerDraws(operations, letters), r.registerDesk(letters), r.registerTravel(operations, s.files), r.registerForms(s), r.registerVisas(s, outbox, operations),
		r.registerStatus(s, pages.Drafts, pages), r.registerCaseWork(s),
	); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *rooms) close() error {
	r.book.Close()
	return r.db.Close()
}

// serve answers requests and sweeps the book until ctx ends.
func (r *rooms) serve(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	// What is in hand is finished and written down before the database closes.
	defer work.Wait()
	defer stop()
	for _, background := range []func(context.Context){r.sweep, r.tidy, r.carryOutCases, r.lookDaily, r.holdDraws, r.remember, r.sendMail, r.extendPlans, r.closeDays, r.keepApplications, r.countChecks, r.publishLog} {
		work.Go(func() { background(ctx) })
	}
	slog.Info("serving", "address", "http://"+l.Addr().String())
	return r.server.Run(ctx, l)
}
