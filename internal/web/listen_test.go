package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

func TestShutdown(t *testing.T) {
	db := storetest.SQLite(t)
	before := goleak.IgnoreCurrent()
	s := newServer(t, db, nil)
	started, finish, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.Handle("GET /slow", web.Public, func(w http.ResponseWriter, _ *http.Request) error {
		close(started)
		<-finish
		_, err := io.WriteString(w, "finished")
		return err
	})
	s.Handle("GET /events", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "text/event-stream")
		if _, err := io.WriteString(w, "event: change\ndata: 1\n\n"); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		<-r.Context().Done()
		close(ended)
		return nil
	}, web.Streaming())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{}}
	get := func(path string) *http.Response {
		res, err := client.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Error(err)
			return nil
		}
		return res
	}

	events := get("/events")
	if line, err := bufio.NewReader(events.Body).ReadString('\n'); err != nil || line != "event: change\n" {
		t.Fatalf("the stream begins %q, %v", line, err)
	}
	answer := make(chan string, 1)
	go func() {
		res := get("/slow")
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		answer <- string(text)
	}()
	<-started
	stop()
	<-ended // the stream ends at once; the request under way may finish
	if res := do(t, s, httptest.NewRequest(http.MethodGet, "/readyz", nil)); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz says %d while stopping", res.StatusCode)
	}
	close(finish)
	if text := <-answer; text != "finished" {
		t.Errorf("the request under way got %q", text)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	_ = events.Body.Close()
	client.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func TestReadiness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newServer(t, db, nil)
		if res := do(t, s, httptest.NewRequest(http.MethodGet, "/readyz", nil)); res.StatusCode != 200 {
			t.Errorf("a good database: %d %s", res.StatusCode, body(t, res))
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM goose_db_version WHERE version_id > 1`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if res := do(t, s, httptest.NewRequest(http.MethodGet, "/readyz", nil)); res.StatusCode != 503 {
			t.Errorf("a schema that is behind: %d", res.StatusCode)
		}
	})
}

func TestMetricsCountByRoute(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	s.Handle("GET /things/{id}", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprint(w, r.PathValue("id"))
		return err
	})
	for _, path := range []string{"/things/1", "/things/2", "/nowhere/3"} {
		do(t, s, httptest.NewRequest(http.MethodGet, path, nil))
	}
	do(t, s, httptest.NewRequest("MADEUP", "/things/1", nil))
	text := body(t, do(t, s, httptest.NewRequest(http.MethodGet, "/metrics", nil)))
	for _, want := range []string{
		`chancery_http_requests_total{method="GET",route="GET /things/{id}",status="200"} 2`,
		`chancery_http_requests_total{method="GET",route="none",status="404"} 1`,
		`chancery_http_requests_total{method="other",route="none",status="405"} 1`,
		"chancery_http_requests_in_flight 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(text, "/nowhere") {
		t.Error("the metrics have one label for each address that anybody makes up")
	}
}
