package upload

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Clamd asks a ClamAV daemon by its protocol's INSTREAM command (clamd(8)).
type Clamd struct {
	// Network and Address are those of net.Dial: "unix" and a path, or "tcp" and
	// "127.0.0.1:3310".
	Network, Address string
	// Wait bounds one scan; 0 is 30 seconds.
	Wait time.Duration
}

const (
	clamdWait  = 30 * time.Second
	clamdChunk = 64 << 10 // bytes
	clamdReply = 4 << 10  // bytes; a reply is one line
)

// Scan sends data to the daemon. The error says what went wrong between the two,
// also when the daemon refuses a file as larger than its StreamMaxLength.
func (c Clamd) Scan(ctx context.Context, data []byte) (found string, err error) {
	wait := c.Wait
	if wait == 0 {
		wait = clamdWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, c.Network, c.Address)
	if err != nil {
		return "", fmt.Errorf("reach clamd: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	sent := c.send(conn, data)
	// The daemon may say why it stopped listening, so its reply comes first.
	reply, err := io.ReadAll(io.LimitReader(conn, clamdReply))
	text, whole := strings.CutSuffix(string(reply), "\x00")
	if !whole {
		return "", fmt.Errorf("clamd gave no reply: %w", errors.Join(sent, err, ctx.Err()))
	}
	text = strings.TrimPrefix(strings.TrimSpace(text), "stream: ")
	if virus, is := strings.CutSuffix(text, " FOUND"); is {
		return virus, nil
	}
	if text != "OK" || sent != nil {
		return "", fmt.Errorf("clamd said %q: %w", text, errors.Join(errors.New("not scanned"), sent))
	}
	return "", nil
}

func (c Clamd) send(to io.Writer, data []byte) error {
	if _, err := io.WriteString(to, "zINSTREAM\x00"); err != nil {
		return fmt.Errorf("send to clamd: %w", err)
	}
	var b bytes.Buffer
	for len(data) > 0 {
		n := min(len(data), clamdChunk)
		b.Reset()
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
		b.Write(data[:n])
		if _, err := to.Write(b.Bytes()); err != nil {
			return fmt.Errorf("send to clamd: %w", err)
		}
		data = data[n:]
	}
	if _, err := to.Write(make([]byte, 4)); err != nil {
		return fmt.Errorf("send to clamd: %w", err)
	}
	return nil
}
