package guard

import (
	"context"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// traitsFor is how long traits of addresses are kept.
const traitsFor = 90 * 24 * time.Hour

// trait is what an address shows about a booking without telling the address.
type trait struct {
	booking, base, domain string
	disposable            bool
	at                    int64
}

// commonDomains are mail providers so large that sharing one says nothing.
var commonDomains = set("gmail.com googlemail.com yahoo.com outlook.com hotmail.com live.com icloud.com me.com aol.com proton.me protonmail.com " +
	"mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com rambler.ru gmx.de gmx.net web.de t-online.de orange.fr free.fr libero.it " +
	"ukr.net i.ua qq.com 163.com 126.com naver.com box.az mail.az")

// disposableDomains give out addresses for minutes. The list is short on
// purpose: it helps an officer look, it decides nothing.
var disposableDomains = set("mailinator.com guerrillamail.com guerrillamail.net sharklasers.com 10minutemail.com tempmail.com temp-mail.org " +
	"yopmail.com trashmail.com dispostable.com maildrop.cc getnada.com mohmal.com throwawaymail.com mailnesia.com fakeinbox.com " +
	"discard.email moakt.com emailondeck.com mintemail.com spamgourmet.com tempr.email mail.tm 1secmail.com minutebox.com")

// untagged are providers that deliver a.b@ and ab@ to one mailbox.
var untagged = set("gmail.com googlemail.com")

func set(names string) map[string]bool {
	members := map[string]bool{}
	for _, name := range strings.Fields(names) {
		members[name] = true
	}
	return members
}

// mailbox takes an address apart into the mailbox that gets its mail, without
// tags and spellings that make no difference, and its domain. ok is false when
// it is no address.
func mailbox(address string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", "", false
	}
	local, domain = strings.ToLower(address[:at]), strings.ToLower(address[at+1:])
	local, _, _ = strings.Cut(local, "+")
	if untagged[domain] {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local, domain, true
}

// MailboxKey is the keyed hash by which Attempt counts an address: every
// spelling of one mailbox gives the same. Empty for what is no address.
func (g *Guard) MailboxKey(address string) string {
	local, domain, ok := mailbox(address)
	if !ok {
		return ""
	}
	return g.ring.LookupKey("mailbox", local, domain)
}

// NoteBooking remembers what the e-mail address of a new booking shows: its
// mailbox without tags, its domain when that is a small one, and whether it is
// a disposable one. Only keyed hashes are kept. It never waits.
func (g *Guard) NoteBooking(bookingID, address string) {
	_, domain, ok := mailbox(address)
	if !ok {
		return
	}
	t := trait{booking: bookingID, base: g.MailboxKey(address), disposable: disposableDomains[domain], at: store.Millis(g.now())}
	if !commonDomains[domain] {
		t.domain = g.ring.LookupKey("mail-domain", domain)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.traits = append(g.traits, t)
}

func writeTraits(ctx context.Context, tx *store.Tx, traits []trait) error {
	rows := make([][]any, len(traits))
	for i, t := range traits {
		rows[i] = []any{t.booking, t.base, t.domain, t.disposable, t.at}
	}
	_, err := tx.Insert(ctx, "guard_trait", []string{"booking_id", "base_key", "domain_key", "disposable", "created_at"}, rows,
		"ON CONFLICT (booking_id) DO NOTHING")
	return err
}
