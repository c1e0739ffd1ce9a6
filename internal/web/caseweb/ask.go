package caseweb

import (
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

// maxQuestion is the length that casework takes, in characters.
const maxQuestion = 4000

// preview is what the person will read, before it is sent: the mail, which says
// only that there is a question, and the question on the page to which it leads.
type preview struct {
	To, Subject string // To is "" for people without an address
	// Lang is the language of the mail, which the person chose.
	Lang  string
	Mail  []string // paragraphs
	Link  string
	Text  string
	Pages []string // titles, in the person's language
}

func fillAsk(_ *Pages, v *visit, page *deedPage) error {
	lang := printerOf(v.r).Lang()
	for i := range v.Questionnaire.Pages {
		p := &v.Questionnaire.Pages[i]
		if !declares(p) {
			page.Options = append(page.Options, web.Option{Value: p.ID, Label: p.Title.In(lang)})
		}
	}
	return nil
}

// declares says whether the page is the declaration, which nobody answers anew.
func declares(p *form.Page) bool {
	for _, q := range p.Questions {
		if q.Type == form.TypeDeclaration {
			return true
		}
	}
	return false
}

// doAsk shows the mail first and sends it when the officer has seen it.
func doAsk(p *Pages, v *visit) (string, error) {
	text, pages := v.Form.Value("text"), v.Form.All("pages")
	if v.Form.Value("step") == "send" {
		_, err := p.Cases.Ask(v.r.Context(), me(v.r), v.ID, text, pages)
		return "caseweb.ask.done", err
	}
	var bad fault.Fields
	switch {
	case text == "":
		bad.Add("text", "casework.text_missing")
	case len([]rune(text)) > maxQuestion:
		bad.AddWith("text", "casework.text_long", fault.Args{"Max": maxQuestion})
	}
	for _, id := range pages {
		if _, ok := v.Questionnaire.Page(id); !ok {
			bad.Add("pages", "casework.no_page")
		}
	}
	if err := bad.Err(); err != nil {
		return "", err
	}
	v.Preview = p.preview(v, text, pages)
	return "", nil
}

// preview writes the mail as casework/letter will, with the same words.
func (p *Pages) preview(v *visit, text string, pages []string) *preview {
	t := locale.For(v.Lang)
	say := func(name string, args ...any) string {
		return t.T("casework.mail."+notify.KindApplicationAsked+"."+name, append([]any{"Reference", v.Reference}, args...)...)
	}
	shown := &preview{To: v.Email, Lang: t.Lang(), Subject: say("subject"), Mail: []string{say("heading"), say("intro")}, Link: say("link"), Text: strings.ReplaceAll(text, "\r\n", "\n")}
	if days := v.Questionnaire.Case.AnswerDays; days > 0 {
		shown.Mail = append(shown.Mail, say("until", "Until", t.Date(v.Local(p.web.Now()).AddDate(0, 0, days))))
	}
	for _, id := range pages {
		if one, ok := v.Questionnaire.Page(id); ok {
			shown.Pages = append(shown.Pages, one.Title.In(t.Lang()))
		}
	}
	return shown
}
