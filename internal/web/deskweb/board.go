package deskweb

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

// How much fits on the waiting room's screen, and how long a call stands out.
const (
	boardCalls   = 8
	boardWaiting = 18
	freshCall    = 45 * time.Second
)

type boardPage struct {
	At      at
	Calls   []boardCall
	Waiting []string
	More    int // waiting and not shown
	Clock   string
	// Words are what the screen says, in all languages together.
	Words  boardWords
	Titles []string
	Dates  []string
}

type boardCall struct {
	Number, Counter string
	Chime           string
	New             bool
}

type boardWords struct{ Calls, Counter, Waiting, None, Sound, Lost bilingual }

// bilingual is a text in every language, in the order of the product.
type bilingual []langText

type langText struct{ Lang, Text string }

func words(key string) (b bilingual) {
	for _, lang := range locale.Languages {
		b = append(b, langText{lang, locale.For(lang).T(key)})
	}
	return b
}

// board is the screen in the waiting room. It shows numbers and counters, and
// nobody's name.
func (p *Pages) board(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	day, err := p.Queue.Day(r.Context(), a.ID, a.Today)
	if err != nil {
		return err
	}
	labels, err := p.labels(r, a.ID)
	if err != nil {
		return err
	}
	page := boardPage{At: a, Clock: web.PrinterOf(r.Context()).Time(a.Now), Words: boardWords{
		Calls: words("deskweb.board.calls"), Counter: words("deskweb.board.counter"), Waiting: words("deskweb.board.waiting"),
		None: words("deskweb.board.none"), Sound: words("deskweb.board.sound"), Lost: words("deskweb.board.lost"),
	}}
	for _, lang := range locale.Languages {
		page.Titles = append(page.Titles, a.Name.In(lang))
		page.Dates = append(page.Dates, locale.For(lang).LongDate(a.Now))
	}
	page.Titles, page.Dates = slices.Compact(page.Titles), slices.Compact(page.Dates)
	for i, t := range day.Called {
		if i == boardCalls {
			break
		}
		page.Calls = append(page.Calls, boardCall{
			Number: t.Number, Counter: labels[t.CounterID], Chime: fmt.Sprintf("%s-%d", t.Number, t.Calls),
			New: t.State == queue.Called && a.Now.Sub(t.LastCalledAt) < freshCall,
		})
	}
	for i, t := range day.Waiting {
		if i == boardWaiting {
			page.More = len(day.Waiting) - boardWaiting
			break
		}
		page.Waiting = append(page.Waiting, t.Number)
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/board.html", page)
}
