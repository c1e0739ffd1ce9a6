package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind says what went wrong from the caller's point of view.
type Kind uint8

// The closed set of kinds. Internal is what every error is that no room has
// classified.
const (
	Internal Kind = iota
	NotFound
	Invalid
	Conflict
	Forbidden
	Unauthenticated
	Busy
)

var kindNames = [...]string{"internal", "not-found", "invalid", "conflict", "forbidden", "unauthenticated", "busy"}

// String gives the kind's name as it stands in problem types and in logs.
func (k Kind) String() string { return kindNames[k] }

// Args fill the placeholders of a translated message.
type Args = map[string]any

// Field is one answer that cannot be accepted, and why.
type Field struct {
	// Path is the JSON path of the answer, such as "applicants[0].date_of_birth".
	Path string
	// Key is the translation key of the message.
	Key  string
	Args Args
}

// Error is a refusal that the caller can act on.
type Error struct {
	Kind Kind
	// Key is the translation key of the sentence that says what to do.
	Key    string
	Args   Args
	Fields []Field
	// RetryAfter is set on Busy: how long to wait before another try.
	RetryAfter time.Duration
	// Cause is kept for logs and never shown.
	Cause error
}

// Error describes the fault for a log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	for _, f := range e.Fields {
		b.WriteString(" [" + f.Path + " " + f.Key + "]")
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// With returns a copy of the fault with one more placeholder filled.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = Args{name: value}
	for k, v := range e.Args {
		if k != name {
			c.Args[k] = v
		}
	}
	return &c
}

// Because returns a copy of the fault that keeps cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// NewNotFound says that the thing asked for does not exist, or that the asker
// may not know that it does.
func NewNotFound(key string) *Error { return &Error{Kind: NotFound, Key: key} }

// NewConflict says that the request was good, but the state of things refuses it.
func NewConflict(key string) *Error { return &Error{Kind: Conflict, Key: key} }

// NewForbidden says that this person may not do this.
func NewForbidden(key string) *Error { return &Error{Kind: Forbidden, Key: key} }

// NewUnauthenticated says that the asker must sign in or prove something first.
func NewUnauthenticated(key string) *Error { return &Error{Kind: Unauthenticated, Key: key} }

// NewBusy says that the request may succeed unchanged after a wait.
func NewBusy(key string, wait time.Duration) *Error {
	return &Error{Kind: Busy, Key: key, RetryAfter: wait}
}

// NewInvalid lists the answers that cannot be accepted.
func NewInvalid(fields ...Field) *Error {
	return &Error{Kind: Invalid, Key: "fault.invalid", Fields: fields}
}

// Fields collects complaints about a form or a document; the zero value is
// ready for use.
type Fields []Field

// Add notes that the answer at path is refused, for the reason named by key.
func (f *Fields) Add(path, key string) { *f = append(*f, Field{Path: path, Key: key}) }

// AddWith is Add for a message with placeholders.
func (f *Fields) AddWith(path, key string, args Args) {
	*f = append(*f, Field{Path: path, Key: key, Args: args})
}

// Err is nil when nothing was added, else an Invalid fault with all of it.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return NewInvalid(f...)
}

// As finds the fault in an error chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf gives the kind of the fault in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	return Internal
}
