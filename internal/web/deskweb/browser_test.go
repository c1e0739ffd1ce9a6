//go:build browser

package deskweb_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/chancery/chancery/assets"
)

func init() {
	var err error
	if scripts, err = assets.Built(); err != nil {
		panic(err)
	}
}

// tab is one page of a real Chromium on the site.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string
}

// browse starts Chromium with a window of that width; an error that a page's
// script does not catch, or a content policy that stops one, fails the test.
func (s *site) browse(width int64) tab {
	s.t.Helper()
	server := httptest.NewServer(s.handler)
	s.t.Cleanup(server.Close)
	limited, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	s.t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "en"), chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	allocated, cancel := chromedp.NewExecAllocator(limited, options...)
	s.t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	s.t.Cleanup(cancel)
	if err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			s.t.Errorf("the page's script failed: %+v", e.ExceptionDetails)
		}
	}); err != nil {
		s.t.Fatal(err)
	}
	b := tab{s.t, ctx, server.URL}
	b.do(chromedp.EmulateViewport(width, 900))
	return b
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	limited, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(limited, steps...); err != nil {
		shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		b.t.Fatalf("%v; the page is %s", err, shown)
	}
}

// until waits for a JavaScript condition, over as many pages as it takes.
func (b tab) until(condition string) {
	b.t.Helper()
	limited, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	var err error
	for limited.Err() == nil {
		var yes bool
		// An error is a page that just goes: the next one may fulfil it.
		if yes, err = chromedp.Run(limited, chromedp.Evaluate[bool](condition)); yes && err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	b.t.Fatalf("never so: %s (%v); the page is %s", condition, err, shown)
}

func (b tab) says(text string) {
	b.t.Helper()
	b.until(`document.readyState === 'complete' && document.querySelector('main').innerText.includes('` + text + `')`)
}

func TestTheBoardChangesByItself(t *testing.T) {
	s := open(t)
	s.post(today+"/counter", "counter", s.counter("1"))
	b := s.browse(1280)
	b.do(chromedp.Navigate(b.url + "/board/baku"))
	b.says("Please wait until your number appears")
	b.do(chromedp.Evaluate[chromedp.Void](`window.unchanged = true; undefined`))
	b.do(chromedp.Click(`[data-sound]`))
	b.until(`document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'`)
	s.post(today+"/walk-in", "service", service, "party", "1")
	b.until(`document.querySelector('.ch-board__next').innerText.includes('A001')`)
	s.post(today + "/counter/next")
	b.until(`document.querySelector('.ch-board__call--new .ch-board__ticket').innerText === 'A001'`)
	b.until(`window.unchanged`) // without the page having been loaded again
}

func TestSingleKeysAndASecondScreen(t *testing.T) {
	s := open(t)
	s.post(today+"/counter", "counter", s.counter("1"))
	first := s.post(today+"/walk-in", "service", service, "party", "1").to
	b := s.browse(1280)
	b.do(chromedp.Navigate(b.url + today + "/counter"))
	b.says("Call the next person")
	b.do(chromedp.KeyEvent("n")) // nothing, until they are switched on
	b.do(chromedp.Click(`[data-keys-on]`), chromedp.KeyEvent("n"))
	b.says("The person is here")
	b.do(chromedp.KeyEvent("s"))
	b.says("How did it end?")
	// The same officer finishes on another screen.
	s.post(first+"/finish", "outcome", "done")
	b.says("Nobody is at the counter")
	// And somebody arrives.
	s.post(today+"/walk-in", "service", service, "party", "1")
	b.says("1 waits for this counter")
}

func TestAScannerTypesIntoTheField(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 5)
	k := s.booked("s1", "", who("Aysel", "Nəbiyeva", "ZZ0000001"))
	b := s.browse(1280)
	b.do(chromedp.Navigate(b.url + today))
	b.says("Who is here?")
	b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur(); undefined`))
	b.do(chromedp.KeyEvent(s.letters.CheckIn(k) + "\r"))
	b.says("The code is genuine")
	b.says("ZZ0000001")
}

func TestNoPageIsWiderThanATelephone(t *testing.T) {
	s := open(t)
	s.slot("s1", "baku", 30, 5)
	k := s.booked("s1", "somebody.with.a.long.address@correspondence.example.org", who("Əbülfəzl Məhəmmədhüseyn", "Abdurrahmanbəyova-Şirvanşahzadə", "ZZ0000001"))
	s.post(today+"/counter", "counter", s.counter("1"))
	ticket := s.post(today+"/check-in/"+k.Reference, "same", "yes").to
	s.post(today + "/counter/next")
	b := s.browse(375)
	for _, path := range []string{
		today, today + "/check-in/" + k.Reference, today + "/walk-in", today + "/list", today + "/counter", today + "/counter?choose", ticket, "/board/baku",
		desk, desk + "/new", desk + "/new?service=" + service + "&party=1", desk + "/new/people?service=" + service + "&party=1&slot=s1",
		desk + "/" + k.Reference, desk + "/" + k.Reference + "/confirmation", desk + "/" + k.Reference + "/cancel", "/staff/today",
	} {
		for _, lang := range []string{"en", "az"} {
			sign := "?"
			if strings.Contains(path, "?") {
				sign = "&"
			}
			b.do(chromedp.Navigate(b.url + path + sign + "lang=" + lang))
			b.until(`document.readyState === 'complete' && document.documentElement.lang === '` + lang + `'`)
			wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
			if err != nil || wide > 375 {
				t.Errorf("%s in %s is %d wide, %v", path, lang, wide, err)
			}
		}
	}
}
