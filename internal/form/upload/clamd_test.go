package upload_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form/upload"
)

// eicar is the harmless file that every scanner finds, in two parts so that no
// scanner finds it here.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-` + `ANTIVIRUS-TEST-FILE!$H+H*`

// clamd is a server that speaks as clamd does; most is its StreamMaxLength.
func clamd(t *testing.T, most int, answer func(data []byte) string) upload.Clamd {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn, most, answer)
		}
	}()
	return upload.Clamd{Network: "tcp", Address: l.Addr().String(), Wait: 10 * time.Second}
}

func serve(conn net.Conn, most int, answer func(data []byte) string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	if command, err := r.ReadString(0); err != nil || command != "zINSTREAM\x00" {
		io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	}
	var data []byte
	for {
		var n uint32
		if binary.Read(r, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		if len(data)+int(n) > most {
			io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
		chunk := make([]byte, n)
		if _, err := io.ReadFull(r, chunk); err != nil {
			return
		}
		data = append(data, chunk...)
	}
	io.WriteString(conn, answer(data))
}

func TestClamd(t *testing.T) {
	honest := func(data []byte) string {
		if bytes.Contains(data, []byte(eicar)) {
			return "stream: Eicar-Test-Signature FOUND\x00"
		}
		return "stream: OK\x00"
	}
	large := bytes.Repeat([]byte("x"), 300_000)
	for name, c := range map[string]struct {
		server      upload.Clamd
		data        []byte
		found, fail string
	}{
		"clean":              {clamd(t, 1<<20, honest), large, "", ""},
		"infected":           {clamd(t, 1<<20, honest), append(bytes.Clone(large), eicar...), "Eicar-Test-Signature", ""},
		"too large for it":   {clamd(t, 100_000, honest), large, "", "clamd"},
		"it breaks off":      {clamd(t, 1<<20, func([]byte) string { return "stream: O" }), large, "", "no reply"},
		"it is in trouble":   {clamd(t, 1<<20, func([]byte) string { return "Can't allocate memory ERROR\x00" }), large, "", "allocate"},
		"it speaks nonsense": {clamd(t, 1<<20, func([]byte) string { return strings.Repeat("y", 10_000) }), large, "", "no reply"},
		"nobody is there":    {upload.Clamd{Network: "tcp", Address: "127.0.0.1:1"}, large, "", "reach clamd"},
	} {
		found, err := c.server.Scan(context.Background(), c.data)
		if found != c.found || (err == nil) != (c.fail == "") || err != nil && !strings.Contains(err.Error(), c.fail) {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}

func TestAnAbandonedScanEnds(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	server := clamd(t, 1<<20, func([]byte) string { <-stop; return "" })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := server.Scan(ctx, []byte("x"))
		done <- err
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("a scan without an answer found nothing wrong")
	}
}

// Where there is a scanner, nothing passes it by.
func TestTakeAsksTheScanner(t *testing.T) {
	picture := asPNG(t, squares(20, 20))
	sick := append(bytes.Clone(picture), eicar...)
	honest := clamd(t, 1<<20, func(data []byte) string {
		if bytes.Contains(data, []byte(eicar)) {
			return "stream: Eicar FOUND\x00"
		}
		return "stream: OK\x00"
	})
	for name, c := range map[string]struct {
		scanner upload.Scanner
		data    []byte
		want    string
	}{
		"clean": {honest, picture, ""}, "sick": {honest, sick, "upload.virus"},
		"away": {upload.Clamd{Network: "tcp", Address: "127.0.0.1:1"}, picture, "busy form.upload.scanner"},
	} {
		_, err := upload.New(c.scanner).Take(context.Background(), "x", bytes.NewReader(c.data), upload.Papers(1))
		if keyOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if f := fault.As(err); c.want == "busy form.upload.scanner" && (f == nil || f.RetryAfter <= 0) {
			t.Errorf("%s: no word on when to come again: %v", name, err)
		}
	}
}
