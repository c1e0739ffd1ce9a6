package upload

import (
	"bytes"
	"context"
	"io"
	"path"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/semaphore"

	"github.com/chancery/chancery/internal/fault"
)

// Kind is what a file is by its content.
type Kind string

// The kinds that are taken. WebP is taken too and kept as JPEG.
const (
	PDF  Kind = "pdf"
	JPEG Kind = "jpeg"
	PNG  Kind = "png"
)

// MediaType is the kind's media type.
func (k Kind) MediaType() string {
	if k == PDF {
		return "application/pdf"
	}
	return "image/" + string(k)
}

// Rules bound what is taken.
type Rules struct {
	Bytes  int64 // of the file as sent
	Pixels int   // width × height of a picture, before it is decoded
	Side   int   // longest side of a picture that is kept; larger ones are made smaller
	Pages  int   // of a PDF; 0 when no PDF is taken
}

// Papers are the rules for scans and letters; pages is how many a PDF may have.
func Papers(pages int) Rules {
	return Rules{Bytes: 10 << 20, Pixels: 40_000_000, Side: 3508, Pages: pages} // 3508: A4 at 300 dpi
}

// Portraits are the rules for a photo of a face.
func Portraits() Rules { return Rules{Bytes: 10 << 20, Pixels: 40_000_000, Side: 3000} }

// File is a file that was taken, as it is to be kept.
type File struct {
	Name          string // as the person's, cleaned, with the ending of its kind
	Kind          Kind
	Data          []byte
	Width, Height int // of a picture, in pixels
	Pages         int // of a PDF
}

// Scanner looks for viruses.
type Scanner interface {
	// Scan gives the name of what it found, or "".
	Scan(ctx context.Context, data []byte) (found string, err error)
}

// Intake takes files. It is safe for concurrent use, and decodes only as many at
// once as there are processors.
type Intake struct {
	scanner Scanner
	turn    *semaphore.Weighted
}

// New gives an intake; scanner may be nil when there is none.
func New(scanner Scanner) *Intake {
	return &Intake{scanner: scanner, turn: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))}
}

// refuse is the fault about the file.
func refuse(key string, args fault.Args) error {
	return fault.NewInvalid(fault.Field{Path: "file", Key: "form.upload." + key, Args: args})
}

// scannerAway is how long to wait when the virus scanner does not answer.
const scannerAway = 60e9 // nanoseconds

// Take reads a file of the person's name for it and gives what is to be kept. The
// fault is Invalid, at "file", when the file is refused, and Busy when the virus
// scanner does not answer: nothing is taken unscanned where there is a scanner.
func (in *Intake) Take(ctx context.Context, name string, from io.Reader, rules Rules) (*File, error) {
	data, err := io.ReadAll(io.LimitReader(from, rules.Bytes+1))
	switch {
	case err != nil:
		return nil, refuse("broken", nil)
	case len(data) == 0:
		return nil, refuse("empty", nil)
	case int64(len(data)) > rules.Bytes:
		return nil, refuse("large", fault.Args{"MiB": rules.Bytes >> 20})
	}
	kind, err := sniff(data)
	if err != nil {
		return nil, err
	}
	if kind == PDF && rules.Pages == 0 {
		return nil, refuse("no_pdf", nil)
	}
	if in.scanner != nil {
		found, err := in.scanner.Scan(ctx, data)
		if err != nil {
			return nil, fault.NewBusy("form.upload.scanner", scannerAway).Because(err)
		}
		if found != "" {
			return nil, refuse("virus", nil)
		}
	}
	if err := in.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer in.turn.Release(1)
	file := &File{Kind: kind}
	if kind == PDF {
		file.Data, file.Pages, err = cleanPDF(data, rules)
	} else {
		err = file.picture(data, rules)
	}
	if err != nil {
		return nil, err
	}
	file.Name = cleanName(name, file.Kind)
	return file, nil
}

// webp stands for a picture that is decoded and kept as another kind.
const webp Kind = "webp"

// sniff says what a file is by its first bytes. What is often sent and cannot be
// taken is named, so that the person knows what to do.
func sniff(data []byte) (Kind, error) {
	has := func(at int, magic string) bool {
		return len(data) >= at+len(magic) && string(data[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return JPEG, nil
	case has(0, "\x89PNG\r\n\x1a\n"):
		return PNG, nil
	case has(0, "RIFF") && has(8, "WEBP"):
		return webp, nil
	// A PDF that begins anywhere else may be something else as well.
	case has(0, "%PDF-"):
		return PDF, nil
	case has(4, "ftyphei"), has(4, "ftyphev"), has(4, "ftypmif1"), has(4, "ftypavif"):
		return "", refuse("heic", nil)
	case has(0, "PK\x03\x04"), has(0, "\xd0\xcf\x11\xe0"):
		return "", refuse("office", nil)
	}
	return "", refuse("type", nil)
}

// longestName bounds a kept name, in characters.
const longestName = 80

// cleanName keeps of a name what can be shown and saved anywhere.
func cleanName(name string, kind Kind) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), strings.ContainsRune("-_ ().,+", r):
			return r
		}
		return -1
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " .")
	for utf8.RuneCountInString(name) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" {
		name = "file"
	}
	ending := map[Kind]string{PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}[kind]
	return name + ending
}

// count counts a marker of two bytes.
func count(data []byte, marker string) int { return bytes.Count(data, []byte(marker)) }
