package notify

import (
	"context"
	"errors"
	"time"
)

// Message is one e-mail to be made and sent. It is stored as it is, so it
// holds neither secrets nor personal data.
type Message struct {
	// ID is the outbox's; Enqueue sets it and ignores what is given.
	ID string
	// Kind chooses the Renderer, such as KindConfirmed.
	Kind string
	// Ref identifies what the mail is about, such as a booking's id.
	Ref string
	// Lang is the reader's language, one of locale.Languages.
	Lang string
	// NotBefore is the earliest instant to send at; zero means at once.
	NotBefore time.Time
	// Data is handed to the renderer.
	Data map[string]string
}

// Mail is a message ready to leave.
type Mail struct {
	// ID makes the Message-ID; the worker sets it from the outbox, so that a
	// mail which is sent twice after a crash can be told by its receiver.
	ID string
	// Lang becomes Content-Language.
	Lang        string
	To          Address
	ReplyTo     Address
	Subject     string
	Text        string
	HTML        string
	Attachments []Attachment
}

// Attachment is a file that travels with a mail.
type Attachment struct {
	Name string
	// Type is the media type, such as "application/pdf".
	Type string
	Data []byte
}

// ErrObsolete is what a Renderer answers when there is nothing to say any
// more; the message is dropped quietly.
var ErrObsolete = errors.New("nothing to send any more")

// ErrRefused is in the chain of a Session's error when the receiving side will
// never take this mail, so that trying again is of no use.
var ErrRefused = errors.New("refused for good")

// Renderer makes the mail of one kind from what is true now. ErrObsolete drops
// the message; any other error is tried again later.
type Renderer func(ctx context.Context, m Message) (Mail, error)

// Sender is a way out for mail.
type Sender interface {
	// Open gets ready to send a batch, such as by connecting to a server.
	Open(ctx context.Context) (Session, error)
}

// Session sends the mails of one batch; one goroutine uses it.
type Session interface {
	// Send hands over one mail; nil means that the other side has taken it.
	Send(ctx context.Context, m Mail) error
	// Close ends the batch.
	Close() error
}
