package paper

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/document"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/travel/seal"
	"github.com/chancery/chancery/internal/travel/sealkeys"
)

// Signing signs files and says whose signatures count; *signkeys.Keys does.
type Signing interface {
	Signer(ctx context.Context) (pades.Signer, error)
	Trust(ctx context.Context) (pades.Trust, error)
}

// Office makes and checks documents.
type Office struct {
	Acts   *act.Service
	Ledger *verify.Ledger
	Keys   *sealkeys.Keys
	// Signing signs the files.
	Signing Signing
	// Issuer is the issuing State as in machine-readable zones: "AZE".
	Issuer   string
	Ministry locale.Text
	BaseURL  string // without a slash at the end
	Demo     bool
	Now      func() time.Time
}

// URL is where a code is checked; it stands in the QR code of the document.
func (o *Office) URL(code string) string { return o.BaseURL + "/v/" + code }

// File gives the PDF of a document, made now when nobody asked before.
func (o *Office) File(ctx context.Context, d *verify.Document) ([]byte, error) {
	if kept, err := o.Ledger.File(ctx, d.ID); err != nil || kept != nil {
		return kept, err
	}
	a, err := o.Acts.Act(ctx, d.ActID)
	if err != nil {
		return nil, err
	}
	made, err := o.visa(ctx, a, d)
	if err != nil {
		return nil, err
	}
	// The State's own language, as on the paper.
	by, err := o.Signing.Signer(ctx)
	if err != nil {
		return nil, err
	}
	signed, err := pades.Sign(ctx, made, by, pades.Details{At: o.Now(), Name: o.Ministry.In("az"), Reason: a.Label()})
	if err != nil {
		return nil, fmt.Errorf("sign document %s: %w", d.ID, err)
	}
	return o.Ledger.KeepFile(ctx, d.ID, signed)
}

var layouts = map[string]document.VisaLayout{act.EVisa: document.VisaPage, act.StickerA: document.VisaStickerA, act.StickerB: document.VisaStickerB}

// ForHolder finds the visa that was made from an application, and the document
// that its holder may download: the latest e-visa, nil when the visa is no longer
// in force or stands on a sticker only. Not found when there is no visa.
func (o *Office) ForHolder(ctx context.Context, applicationID string) (*act.Act, *verify.Document, error) {
	a, err := o.Acts.BySource(ctx, act.Visas, act.CaseSource(applicationID))
	if err != nil || a.State != act.InForce {
		return a, nil, err
	}
	documents, err := o.Ledger.OfAct(ctx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range documents {
		if d.Layout == act.EVisa && d.State == verify.InForce {
			return a, d, nil
		}
	}
	return a, nil, nil
}

// visa typesets a document of the register of visas.
func (o *Office) visa(ctx context.Context, a *act.Act, d *verify.Document) ([]byte, error) {
	photo, err := o.Acts.Photo(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	zone, err := a.Visa.Zone(d.Layout, o.Issuer, a.SerialText())
	if err != nil {
		return nil, fmt.Errorf("compose the zone of %s: %w", a.Label(), err)
	}
	stamp, err := o.seal(ctx, a, d, zone)
	if err != nil {
		return nil, err
	}
	modules, err := stamp.Modules()
	if err != nil {
		return nil, err
	}
	logged, err := o.Ledger.Logged(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(o.data(d, zone, stamp, logged), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a visa's data: %w", err)
	}
	// The State's own language first, as on its other papers.
	v := document.Visa{
		Layout: layouts[d.Layout], Lang: "az", Second: "en", Number: a.Label(), Photo: photo, Zone: zone, Seal: modules, SealQuiet: seal.Quiet,
		Code: d.Code, URL: o.URL(d.Code), Data: data, Issued: d.IssuedAt, Demo: o.Demo,
		Country:  [2]string{country.Name(o.Issuer, "az"), country.Name(o.Issuer, "en")},
		Ministry: [2]string{o.Ministry.In("az"), o.Ministry.In("en")},
	}
	first, second := locale.For(v.Lang), locale.For(v.Second)
	for _, line := range d.Shown {
		v.Rows = append(v.Rows, document.VisaRow{Label: first.T(line.Label), Second: second.T(line.Label), Value: both(line, first, second)})
	}
	return v.PDF()
}

// both writes a value so that readers of either language understand it.
func both(line verify.Line, first, second *locale.Printer) string {
	a, b := Value(line, first), Value(line, second)
	switch {
	case line.Kind == verify.KindDate:
		return numeric(line.Value)
	case line.Kind == verify.KindCountry:
		return line.Value + " " + b
	case a == b:
		return a
	}
	return a + " / " + b
}

// numeric writes a date as machine and reader agree on it: 03.02.1990.
func numeric(date string) string {
	if day, err := time.Parse(time.DateOnly, date); err == nil {
		return day.Format("02.01.2006")
	}
	return date
}

// Value writes what a line says for a reader of p's language.
func Value(line verify.Line, p *locale.Printer) string {
	switch line.Kind {
	case verify.KindDate:
		if day, err := time.Parse(time.DateOnly, line.Value); err == nil {
			return p.Date(day)
		}
	case verify.KindCountry:
		return country.Name(line.Value, p.Lang())
	case verify.KindWord:
		return p.T(line.Value)
	}
	return line.Value
}

// seal signs the visible digital seal of a document (ICAO Doc 9303-13, with the
// visa profile of 9303-7, 9).
func (o *Office) seal(ctx context.Context, a *act.Act, d *verify.Document, zone []string) (*seal.Seal, error) {
	signer, err := o.Keys.Signer(ctx)
	if err != nil {
		return nil, err
	}
	stay := seal.Stay{}
	if a.Visa.Days <= 250 {
		stay.Days = uint8(a.Visa.Days)
	} else {
		stay.Months = uint8(min(a.Visa.Days/30, 250))
	}
	passport := a.Visa.DocumentNumber
	return signer.Seal(seal.Visa{
		Issuer: o.Issuer, Issued: a.MadeAt, Signed: o.Now(), Zone: zone, Entries: a.Visa.Entries, Stay: stay, Passport: passport[:min(len(passport), 9)],
	})
}

// Data is what is attached to a document for machines.
type Data struct {
	Kind  string            `json:"kind"`
	Code  string            `json:"code"`
	URL   string            `json:"verify"`
	Shown map[string]string `json:"shown"`
	Zone  []string          `json:"machine_readable_zone"`
	Seal  []byte            `json:"visible_digital_seal"` // base64
	Log   *DataLog          `json:"log,omitempty"`
}

// DataLog leads from a document to what the public log says of it, as
// verify.Logged does.
type DataLog struct {
	URL       string `json:"url"`
	Index     int64  `json:"index"`     // of "issued"
	Salt      []byte `json:"salt"`      // base64
	Statement string `json:"statement"` // to the byte
}

func (o *Office) data(d *verify.Document, zone []string, stamp *seal.Seal, logged verify.Logged) Data {
	data := Data{Kind: d.Kind, Code: d.Code, URL: o.URL(d.Code), Shown: map[string]string{}, Zone: zone, Seal: stamp.Bytes()}
	for _, line := range d.Shown {
		data.Shown[Name(line)] = Word(line)
	}
	if logged.Index >= 0 {
		data.Log = &DataLog{URL: o.BaseURL + "/log", Index: logged.Index, Salt: logged.Salt, Statement: string(logged.Statement)}
	}
	return data
}
