package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
)

type benchSavingCmd struct {
	benchFlags
	PostgreSQL string   `name:"postgresql" env:"CHANCERY_BENCH_PG" help:"postgres:// URL of an empty database; without it only SQLite is measured."`
	People     int      `default:"500" help:"How many save a page in the same moment."`
	Way        []string `enum:"service,http" default:"service,http" help:"The cases alone, or the applicants' pages over HTTP: ${enum}."`
	Engine     string   `enum:"both,sqlite,postgresql" default:"both" help:"Measure only this engine: ${enum}."`
}

// savingTimes is what saving took, in milliseconds from the moment when
// everybody pressed the button to the answer.
type savingTimes struct {
	Engine string  `json:"engine"`
	Way    string  `json:"way"`
	People int     `json:"people"`
	Saves  int     `json:"saves"`
	Rate   float64 `json:"rate_per_second"`
	P50    float64 `json:"p50_ms"`
	P95    float64 `json:"p95_ms"`
	P99    float64 `json:"p99_ms"`
	Most   float64 `json:"max_ms"`
	// Lost counts pages that do not hold what was acknowledged last.
	Lost int `json:"lost"`
}

// Run has people save at once, round after round, then starts the program anew
// and looks for everything that was acknowledged. It fails when something is
// missing.
func (c *benchSavingCmd) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chancery-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []savingTimes
	err = c.profiled(func() error {
		for i, dsn := range benchTargets(dir, c.Engine, c.PostgreSQL) {
			for _, way := range c.Way {
				one, err := c.measure(ctx, dsn, filepath.Join(dir, fmt.Sprintf("keys%d.json", i)), way)
				if err != nil {
					return err
				}
				all = append(all, one)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(all)
	}
	for _, m := range all {
		if !c.JSON {
			fmt.Printf("%-10s %-7s %4d people %7d saves %7.0f/s  p50 %7.1f ms  p95 %7.1f ms  p99 %7.1f ms  max %7.1f ms  lost %d\n",
				m.Engine, m.Way, m.People, m.Saves, m.Rate, m.P50, m.P95, m.P99, m.Most, m.Lost)
		}
		if m.Lost > 0 {
			err = errors.Join(err, fmt.Errorf("%s, %s: %d pages do not hold what was acknowledged", m.Engine, m.Way, m.Lost))
		}
	}
	return err
}

// benchForm is a service that people apply for.
const benchForm = "visa-application"

// benchSaves are the pages that are saved in turn, each with one answer that
// tells the rounds apart.
var benchSaves = []string{"travel_document", "personal", "contact"}

// benchAnswers are a page's answers as they are kept, and benchTyped as a
// browser sends them.
func benchAnswers(page, mark string) form.Answers {
	switch page {
	case "travel_document":
		return form.Answers{"document": map[string]any{"kind": "national", "number": mark, "issuer": "TUR", "nationality": "TUR", "issued": "2020-05-01", "expires": "2099-05-01"}}
	case "personal":
		return form.Answers{"name": map[string]any{"surname": "Mark", "given_names": "Bench", "surname_latin": "MARK", "given_names_latin": "BENCH"}, "birth": "1990-02-03", "birth_place": mark, "birth_country": "TUR", "sex": "female", "has_other_nationalities": false}
	default:
		return form.Answers{"email": "bench@example.org", "phone": "+905320000000", "home": map[string]any{"street": mark, "city": "Ankara", "country": "TUR"}}
	}
}

func benchTyped(page, mark string, version int64) url.Values {
	v := url.Values{"version": {strconv.FormatInt(version, 10)}}
	for name, value := range benchAnswers(page, mark) {
		parts, ok := value.(map[string]any)
		if !ok {
			parts = map[string]any{"": value}
		}
		for part, value := range parts {
			control := name
			if part != "" {
				control += "-" + part
			}
			text := fmt.Sprint(value)
			switch year, rest, _ := strings.Cut(text, "-"); {
			case value == false:
				v.Set(control, "no")
			case part == "issued" || part == "expires":
				v.Set(control+".year", year)
				v.Set(control+".month", rest[:2])
				v.Set(control+".day", rest[3:])
			case name == "birth":
				v.Set(control+"-year", year)
				v.Set(control+"-month", rest[:2])
				v.Set(control+"-day", rest[3:])
			default:
				v.Set(control, text)
			}
		}
	}
	return v
}

// saver is one person who fills in, and what was acknowledged to them.
type saver struct {
	id, reference, cookie string
	marks                 map[string]string // by page
	versions              map[string]int64
}

func (c *benchSavingCmd) measure(ctx context.Context, dsn, keys, way string) (savingTimes, error) {
	m := savingTimes{Engine: engineName(dsn), Way: way, People: c.People}
	people := make([]*saver, c.People)
	address, r, stop, err := benchServer(ctx, dsn, keys, func(r *rooms) error {
		there, err := r.posts.All(ctx)
		if err == nil && len(there) == 0 {
			err = demo.LoadPosts(ctx, r.posts, time.Now())
		}
		for i := range people {
			if err == nil {
				people[i], err = beginSaving(ctx, r.applications.cases)
			}
		}
		return err
	})
	if err != nil {
		return m, err
	}
	save := func(ctx context.Context, p *saver, page, mark string) error {
		_, err := r.applications.cases.Save(ctx, p.id, page, p.versions[page], benchAnswers(page, mark))
		return err
	}
	if way == "http" {
		transport := &http.Transport{MaxIdleConnsPerHost: c.People, DisableCompression: true}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		save = func(ctx context.Context, p *saver, page, mark string) error {
			return postPage(ctx, client, address, p, page, mark)
		}
	}
	took, busy, err := c.rounds(ctx, people, save)
	if stopped := stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return m, err
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return took[min(len(took)-1, int(share*float64(len(took))))].Seconds() * 1000
	}
	m.Saves, m.Rate, m.P50, m.P95, m.P99, m.Most = len(took), float64(len(took))/busy.Seconds(), at(0.5), at(0.95), at(0.99), at(1)
	m.Lost, err = lostPages(ctx, dsn, keys, people)
	return m, err
}

// beginSaving starts an application and answers what lies between the pages.
func beginSaving(ctx context.Context, cases *casework.Service) (*saver, error) {
	a, err := cases.Start(ctx, casework.Beginning{ServiceID: benchForm, PostID: benchPost, Lang: "en", Channel: casework.Web})
	if err != nil {
		return nil, err
	}
	token, err := cases.Admit(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	_, err = cases.Save(ctx, a.ID, "family", 0, form.Answers{"civil_status": "single", "children_travel": false})
	return &saver{a.ID, a.Reference, "applications=" + a.Reference + ":" + token, map[string]string{}, map[string]int64{}}, err
}

// rounds has all save at once, wait for the last, and save again, as long as
// the measurement lasts. busy is the time during which somebody waited.
func (c *benchSavingCmd) rounds(ctx context.Context, people []*saver, save func(ctx context.Context, p *saver, page, mark string) error) (took []time.Duration, busy time.Duration, err error) {
	until := time.Now().Add(c.For)
	for round := 0; round < len(benchSaves) || time.Now().Before(until); round++ {
		page := benchSaves[round%len(benchSaves)]
		each, failed := make([]time.Duration, len(people)), make([]error, len(people))
		pressed := make(chan struct{})
		var began time.Time
		var all sync.WaitGroup
		for i, p := range people {
			mark := fmt.Sprintf("U%d%05d", round, i)
			all.Go(func() {
				<-pressed
				failed[i] = save(ctx, p, page, mark)
				each[i] = time.Since(began)
				if failed[i] == nil {
					p.marks[page] = mark
					p.versions[page]++
				}
			})
		}
		began = time.Now()
		close(pressed)
		all.Wait()
		busy += time.Since(began)
		if err := errors.Join(failed...); err != nil {
			return nil, 0, fmt.Errorf("round %d: %w", round, err)
		}
		took = append(took, each...)
	}
	return took, busy, ctx.Err()
}

// postPage sends a page as a browser does; saved is what leads to another page.
func postPage(ctx context.Context, client *http.Client, address string, p *saver, page, mark string) error {
	path := "/applications/" + p.reference + "/pages/" + page
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+path, strings.NewReader(benchTyped(page, mark, p.versions[page]).Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", p.cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	got, err := client.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && (got.StatusCode != http.StatusSeeOther || strings.HasSuffix(got.Header.Get("Location"), "/tasks")) {
		err = fmt.Errorf("%s gave %d to %s: %.300s", path, got.StatusCode, got.Header.Get("Location"), text)
	}
	return err
}

// lostPages opens the database anew and counts the pages that do not hold what was
// acknowledged last.
func lostPages(ctx context.Context, dsn, keys string, people []*saver) (count int, err error) {
	r, err := assemble(ctx, setting{db: dsn, keys: keys, baseURL: "http://127.0.0.1:1", demo: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for _, p := range people {
		_, c, err := r.applications.cases.Content(ctx, p.id)
		if err != nil {
			return 0, err
		}
		for page, mark := range p.marks {
			for question, answer := range benchAnswers(page, mark) {
				if c.Versions[page] != p.versions[page] || !reflect.DeepEqual(c.Answers[question], answer) {
					count++
					break
				}
			}
		}
	}
	return count, nil
}
