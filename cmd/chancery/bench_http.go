package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
)

const (
	benchPost    = "london"
	benchService = "passport-renewal"
)

// benchServer runs the whole server in this process, on a port of its own,
// with the demonstration's easy guard. stop ends it and says what went wrong.
func benchServer(ctx context.Context, dsn, keys string, load func(*rooms) error) (url string, r *rooms, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, nil, err
	}
	// What is logged is written, as in earnest, but not shown among the figures.
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", nil, nil, err
	}
	if r, err = assemble(ctx, setting{db: dsn, keys: keys, baseURL: "http://" + addr, demo: true}); err != nil {
		return "", nil, nil, err
	}
	if err := load(r); err != nil {
		_ = r.close()
		return "", nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- r.serve(ctx, addr) }()
	stop = func() error {
		cancel()
		err := <-served
		if closing := r.close(); err == nil {
			err = closing
		}
		return err
	}
	for url = "http://" + addr; ; {
		if _, err = fetch(ctx, http.DefaultClient, url+"/readyz"); err == nil {
			return url, r, stop, nil
		}
		select {
		case err := <-served:
			return "", nil, nil, errors.Join(err, r.close())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// overHTTP measures whole bookings through the API: a challenge, its proof of
// work, the hold and the confirmation, which are three requests.
func (c *benchBookingCmd) overHTTP(ctx context.Context, dsn, keys string, clients int) (float64, error) {
	slots := benchSlots()
	url, r, stop, err := benchServer(ctx, dsn, keys, func(r *rooms) error {
		there, err := r.posts.All(ctx)
		if err != nil {
			return err
		}
		if len(there) == 0 {
			if err := demo.LoadPosts(ctx, r.posts, time.Now()); err != nil {
				return err
			}
		}
		for i := range slots {
			slots[i].PostID, slots[i].GroupID = benchPost, booking.GroupID([]string{benchService})
		}
		return r.book.AddSlots(ctx, slots)
	})
	if err != nil {
		return 0, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}
	client := apiClient{&http.Client{Transport: transport}, url + "/api/v1"}
	var next atomic.Int64
	first := store.Millis(time.Now()) % 1e9 * 1000 // nobody from an earlier run
	perSecond, err := rate(ctx, clients, c.For, func() error {
		n := next.Add(1)
		id, err := client.hold(ctx, slots[int(n)%len(slots)].ID, strconv.FormatInt(first+n, 10))
		if err != nil {
			return err
		}
		return client.do(ctx, "/holds/"+id+"/confirm", map[string]string{"code": r.book.HoldCode(id, 1)}, nil)
	})
	transport.CloseIdleConnections()
	if stopped := stop(); err == nil {
		err = stopped
	}
	return perSecond, err
}

// apiClient speaks the API as an applicant's program does.
type apiClient struct {
	http *http.Client
	url  string
}

func (c apiClient) hold(ctx context.Context, slot, person string) (id string, err error) {
	var challenge struct {
		Algorithm string `json:"algorithm"`
		Challenge string `json:"challenge"`
		MaxNumber int64  `json:"maxnumber"`
		Number    int64  `json:"number"`
		Salt      string `json:"salt"`
		Signature string `json:"signature"`
	}
	if err := c.do(ctx, "/challenge?for=hold", nil, &challenge); err != nil {
		return "", err
	}
	for ; challenge.Number <= challenge.MaxNumber; challenge.Number++ {
		sum := sha256.Sum256([]byte(challenge.Salt + strconv.FormatInt(challenge.Number, 10)))
		if hex.EncodeToString(sum[:]) == challenge.Challenge {
			break
		}
	}
	proof, err := json.Marshal(challenge)
	if err != nil {
		return "", err
	}
	var held struct {
		ID string `json:"id"`
	}
	err = c.do(ctx, "/holds", map[string]any{
		"slot": slot, "service": benchService, "language": "en", "email": person + "@example.org",
		"proof": base64.StdEncoding.EncodeToString(proof),
		"applicants": []map[string]string{{
			"given_names": "Bench", "surname": "Mark", "date_of_birth": "1990-01-02", "nationality": "AZE", "document_number": person,
		}},
	}, &held)
	return held.ID, err
}

// do sends body, or asks when there is none, and reads the answer into it.
func (c apiClient) do(ctx context.Context, path string, body, answer any) error {
	method, text := http.MethodGet, []byte(nil)
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if text, err = io.ReadAll(got.Body); err != nil {
		return err
	}
	if got.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %.300s", method, path, got.StatusCode, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
