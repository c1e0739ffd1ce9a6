package upload

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/chancery/chancery/internal/fault"
)

// Bounds of what a PDF may unfold to.
const (
	maxUnfolded = 256 << 20 // bytes, all compressed parts together
	maxPart     = 96 << 20  // bytes, one compressed part
	maxObjects  = 100_000
	maxDepth    = 60
)

// active are the names by which a PDF does something, or carries another file,
// by ISO 32000-2: actions (12.6), embedded files (7.11), XFA forms and media.
// Links to pages and to the web only do something when a reader clicks.
var active = map[string]bool{
	"JS": true, "JavaScript": true, "Launch": true, "EmbeddedFile": true, "EmbeddedFiles": true, "EF": true, "AF": true, "FileAttachment": true,
	"SubmitForm": true, "ImportData": true, "ResetForm": true, "GoToE": true, "GoToR": true, "RichMedia": true, "RichMediaContent": true, "RichMediaExecute": true,
	"Rendition": true, "Movie": true, "Sound": true, "3D": true, "XFA": true, "Collection": true,
}

// hidden are the entries that a reader does not see on a page.
var hidden = []string{"Metadata", "PieceInfo", "LastModified", "Thumb", "Info", "SpiderInfo"}

// twice finds a part that is compressed more than once, as only bombs are.
var twice = regexp.MustCompile(`/Filter\s*\[[^\]]*(FlateDecode|LZWDecode|RunLengthDecode|Fl|LZW|RL)\s*/(FlateDecode|LZWDecode|RunLengthDecode|Fl|LZW|RL)\b`)

// locked finds a trailer's entry for encryption; trailers are never compressed.
var locked = regexp.MustCompile(`/Encrypt\s*([0-9]|<<)`)

var noConfigFolder = sync.OnceFunc(api.DisableConfigDir)

// cleanPDF writes a PDF anew without what is hidden in it, or refuses it.
func cleanPDF(data []byte, rules Rules) (out []byte, pages int, err error) {
	// The parser is another's, and reads what strangers send.
	defer func() {
		if recover() != nil {
			out, pages, err = nil, 0, refuse("broken", nil)
		}
	}()
	if twice.Match(data) || !unfolds(data) {
		return nil, 0, refuse("bomb", nil)
	}
	noConfigFolder()
	conf := model.NewDefaultConfiguration()
	conf.Offline = true
	conf.ValidationMode = model.ValidationRelaxed
	conf.ValidateLinks = false
	conf.Limits = model.ResourceLimits{
		MaxStreamBytes: rules.Bytes, MaxDecodeBytes: maxPart, MaxImagePixels: int64(rules.Pixels), MaxImageBytes: maxPart,
		MaxObjectCount: maxObjects, MaxObjectStreamCount: maxObjects, MaxObjectStreamFirst: 1 << 20, MaxXRefEntries: maxObjects, MaxRecursionDepth: maxDepth,
	}
	doc, err := api.ReadContext(bytes.NewReader(data), conf)
	// The parser passes over an Encrypt that is no reference.
	if locked.Match(data) || err == nil && doc.Encrypt != nil {
		return nil, 0, refuse("encrypted", nil)
	}
	if err != nil {
		return nil, 0, refuse("broken", nil)
	}
	if err := everyObject(doc, look); err != nil {
		return nil, 0, err
	}
	if err := api.ValidateContext(doc); err != nil {
		return nil, 0, refuse("broken", nil)
	}
	switch {
	case doc.PageCount < 1:
		return nil, 0, refuse("broken", nil)
	case doc.PageCount > rules.Pages:
		return nil, 0, refuse("pages", fault.Args{"Pages": doc.PageCount, "Count": rules.Pages})
	}
	if err := everyObject(doc, strip); err != nil {
		return nil, 0, err
	}
	doc.Info = nil
	doc.Title, doc.Author, doc.Subject, doc.Creator, doc.Keywords, doc.Properties, doc.CatalogXMPMeta = "", "", "", "", "", nil, nil
	conf.Optimize, conf.OptimizeBeforeWriting = false, false
	var b bytes.Buffer
	if err := api.WriteContext(doc, &b); err != nil {
		return nil, 0, refuse("broken", nil)
	}
	return b.Bytes(), doc.PageCount, nil
}

// unfolds says whether all compressed parts together stay within bounds. It looks
// for them without the file's own table, which can lie.
func unfolds(data []byte) bool {
	left := int64(maxUnfolded)
	for {
		at := bytes.Index(data, []byte("stream"))
		if at < 0 {
			return true
		}
		data = data[at+len("stream"):]
		body := bytes.TrimLeft(data[:min(2, len(data))], "\r\n")
		body = data[min(2, len(data))-len(body):]
		if len(body) < 2 || body[0]&0x0f != 8 { // zlib's method "deflate"
			continue
		}
		r, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			continue
		}
		n, _ := io.Copy(io.Discard, io.LimitReader(r, min(left, maxPart)+1))
		if left -= n; left < 0 || n > maxPart {
			return false
		}
	}
}

// everyObject calls visit for each dictionary of the file, with the stream that
// belongs to it or nil.
func everyObject(doc *model.Context, visit func(d types.Dict, stream *types.StreamDict) error) error {
	if len(doc.Table) > maxObjects {
		return refuse("broken", nil)
	}
	for n, entry := range doc.Table {
		if entry == nil || entry.Free {
			continue
		}
		generation := 0
		if entry.Generation != nil {
			generation = *entry.Generation
		}
		object, err := doc.Dereference(*types.NewIndirectRef(n, generation))
		if err != nil {
			return refuse("broken", nil)
		}
		changed, err := within(object, visit, 0)
		if err != nil {
			return err
		}
		if changed != nil {
			entry.Object = changed
		}
	}
	return nil
}

// within goes into one object. References are not followed: their objects have
// their turn. It gives the object back when it is a stream, which is a value and
// no pointer, so that visit can change it.
func within(object types.Object, visit func(d types.Dict, stream *types.StreamDict) error, depth int) (types.Object, error) {
	if depth > maxDepth {
		return nil, refuse("broken", nil)
	}
	into := func(d types.Dict) error {
		for _, value := range d {
			if _, err := within(value, visit, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	switch o := object.(type) {
	case types.Dict:
		if err := visit(o, nil); err != nil {
			return nil, err
		}
		return nil, into(o)
	case types.Array:
		for _, value := range o {
			if _, err := within(value, visit, depth+1); err != nil {
				return nil, err
			}
		}
	case types.StreamDict:
		if err := visit(o.Dict, &o); err != nil {
			return nil, err
		}
		return o, into(o.Dict)
	case *types.StreamDict:
		if err := visit(o.Dict, o); err != nil {
			return nil, err
		}
		return nil, into(o.Dict)
	}
	return nil, nil
}

// name gives a PDF name with its escapes ("#4a") read.
func name(raw string) string {
	if plain, err := types.DecodeName(raw); err == nil {
		return plain
	}
	return raw
}

// look refuses what is active.
func look(d types.Dict, _ *types.StreamDict) error {
	for key, value := range d {
		if active[name(key)] {
			return refuse("active", nil)
		}
		// An action's kind, an annotation's, a stream's.
		if n, ok := value.(types.Name); ok && active[name(string(n))] {
			switch name(key) {
			case "S", "Subtype", "Type":
				return refuse("active", nil)
			}
		}
	}
	return nil
}

// strip takes out what is hidden.
func strip(d types.Dict, stream *types.StreamDict) error {
	for _, key := range hidden {
		d.Delete(key)
	}
	if stream == nil || len(stream.FilterPipeline) != 1 || stream.FilterPipeline[0].Name != "DCTDecode" {
		return nil
	}
	if clean := withoutMetadata(stream.Raw); clean != nil {
		length := int64(len(clean))
		stream.Raw, stream.Content, stream.StreamLength, stream.StreamLengthObjNr = clean, nil, &length, nil
		d.Update("Length", types.Integer(length))
	}
	return nil
}
