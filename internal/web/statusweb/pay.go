package statusweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// feeView is the fee for people.
type feeView struct {
	Amount   string
	Why      string // by which line of the tariff
	State    string
	Due      bool
	Paid     bool
	Settled  string
	Receipts []receiptView
}

type receiptView struct{ Number, Amount, Method, At, Path string }

// fee reads what the application costs; nil when nothing is to be said of it.
func (room *Room) fee(ctx context.Context, h *head) (*feeView, error) {
	fee, err := room.Cases.Fee(ctx, h.a.ID)
	if err != nil || fee.State == "" {
		return nil, err
	}
	view := &feeView{
		Amount: h.p.Money(fee.Minor, fee.Currency), State: h.p.T("statusweb.fee." + fee.State), Why: room.basis(h, fee.Basis),
		Due: fee.State == casework.FeeDue && h.a.State.Open(), Paid: fee.State == casework.FeePaid,
	}
	if fee.State == casework.FeeDue && !view.Due {
		view.State = h.p.T("statusweb.fee.over")
	}
	if fee.State == casework.FeeWaived && fee.Minor == 0 {
		view.Amount, view.State = h.p.T("statusweb.fee.free"), ""
	}
	if !fee.SettledAt.IsZero() {
		view.Settled = h.date(fee.SettledAt)
	}
	receipts, err := room.Cases.Receipts(ctx, h.a.ID)
	for _, one := range receipts {
		view.Receipts = append(view.Receipts, receiptView{
			Number: one.Label(), Amount: h.p.Money(one.Minor, one.Currency), Method: method(h, one.Method), At: h.date(one.At),
			Path: path(h.Reference, "receipt.pdf") + "?number=" + one.Label(),
		})
	}
	return view, err
}

// basis says why the fee is what it is; "" for the usual one.
func (room *Room) basis(h *head, line string) string {
	if reason, ok := strings.CutPrefix(line, "waived:"); ok {
		return h.p.T(casework.WaiverKey(reason))
	}
	return room.Tariffs.Title(h.a.ServiceID, line).In(h.p.Lang())
}

// method says how something was paid.
func method(h *head, name string) string {
	if key := "statusweb.fee.method." + name; h.p.T(key) != key {
		return h.p.T(key)
	}
	return name
}

type payPage struct {
	*head
	Form      *web.Form
	Fee       *feeView
	Providers []string
	Several   bool // providers, which have to be told apart
	// Back says that the browser comes from the provider.
	Back bool
}

func (room *Room) pay(w http.ResponseWriter, r *http.Request) error {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	form := &web.Form{}
	if err := room.Cases.CheckPayments(r.Context(), h.a.ID); err != nil {
		room.web.Logger().WarnContext(r.Context(), "payments could not be asked about", "application", h.a.ID, "error", err)
		form.Say("statusweb.pay.unasked", nil)
	}
	return room.showPay(w, r, http.StatusOK, h, form)
}

func (room *Room) showPay(w http.ResponseWriter, r *http.Request, status int, h *head, form *web.Form) error {
	fee, err := room.fee(r.Context(), h)
	if err != nil {
		return err
	}
	if fee == nil {
		return fault.NewNotFound("casework.nothing_due")
	}
	providers := room.Cases.ProviderNames()
	return room.web.Render(w, r, status, "statusweb/pay.html", payPage{
		head: h, Form: form, Fee: fee, Providers: providers, Several: len(providers) > 1, Back: r.Method == http.MethodGet && r.URL.Query().Has("returned"),
	})
}

func (room *Room) beginPayment(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	back := path(h.Reference, "pay") + "?returned=yes"
	to, err := room.Cases.BeginPayment(r.Context(), h.a.ID, form.Value("provider"), room.web.BaseURL()+back)
	if form.RefuseOrSay(err, fault.Conflict, fault.NotFound) {
		return room.showPay(w, r, http.StatusConflict, h, form)
	} else if err != nil {
		return err
	}
	if !strings.HasPrefix(to, "/") {
		// The content policy lets no form lead to another site, so a link does.
		return room.web.Render(w, r, http.StatusOK, "statusweb/leave.html", leavePage{h, to})
	}
	web.SeeOther(w, r, to)
	return nil
}

type leavePage struct {
	*head
	To string
}

// receipt is one receipt as PDF: the one whose number the address names, else
// the latest.
func (room *Room) receipt(w http.ResponseWriter, r *http.Request) error {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	receipts, err := room.Cases.Receipts(r.Context(), h.a.ID)
	if err != nil {
		return err
	}
	wanted := r.URL.Query().Get("number")
	for i := len(receipts) - 1; i >= 0; i-- {
		one := receipts[i]
		if wanted != "" && wanted != one.Label() {
			continue
		}
		lang := h.p.Lang()
		paper, err := document.Receipt{
			Lang: lang, Ministry: room.Ministry.In(lang), Number: one.Label(), Amount: h.p.Money(one.Minor, one.Currency), Method: method(h, one.Method),
			Date: h.date(one.At), Service: h.Title, Reference: h.Reference, Post: h.Post.Name.In(lang), Address: h.Post.Address.In(lang), Issued: one.At,
		}.PDF()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Disposition", `inline; filename="`+one.Label()+`.pdf"`)
		w.Header().Set("Cache-Control", "private, no-store")
		_, err = w.Write(paper)
		return err
	}
	return fault.NewNotFound("statusweb.pay.no_receipt")
}

type testPage struct {
	ID, Reference, Amount string
	Ended                 bool
	Back                  string
}

// testPayment is the page of a provider that does not exist.
func (room *Room) testPayment(w http.ResponseWriter, r *http.Request) error {
	pay, state, err := room.TestPay.Find(r.PathValue("id"))
	if err != nil {
		return err
	}
	return room.web.Render(w, r, http.StatusOK, "statusweb/test-payment.html", testPage{
		ID: pay.ID, Reference: pay.Reference, Amount: web.PrinterOf(r.Context()).Money(pay.Minor, pay.Currency),
		Ended: state != casework.PaymentBegun, Back: room.back(pay),
	})
}

func (room *Room) settleTest(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	pay, state, err := room.TestPay.Find(id)
	if err != nil {
		return err
	}
	if state == casework.PaymentBegun {
		if _, err := room.TestPay.Settle(id, form.Value("outcome") == "pay"); err != nil {
			return err
		}
	}
	web.SeeOther(w, r, room.back(pay))
	return nil
}

// back is where the payment came from, on this server.
func (room *Room) back(pay casework.Payment) string {
	return strings.TrimPrefix(pay.ReturnURL, room.web.BaseURL())
}
