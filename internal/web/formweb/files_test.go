package formweb_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// papers is an application whose address is proven, with a purpose that asks
// for a contract.
func papers(t *testing.T, db *store.DB) *browser {
	b := openSite(t, db).browser("en")
	b.begin()
	b.post("pages/journey", journey...).leads("/pages/children")
	b.prove()
	return b
}

// What cannot be taken is refused beside its control, and what can is kept.
func TestFilesThatAreRefused(t *testing.T) {
	b := papers(t, storetest.SQLite(t))
	b.get("pages/papers").shows(200, `enctype="multipart/form-data"`, "Contract")
	good := portrait(300, 200)
	for name, c := range map[string]struct {
		files []file
		texts []string
	}{
		"a program":        {[]file{{"contract-upload", "contract.pdf", []byte("MZ\x90\x00 this is a program")}}, []string{`href="#contract"`, "Only PDF, JPEG, PNG"}},
		"an empty file":    {[]file{{"contract-upload", "contract.pdf", nil}}, []string{`href="#contract"`, "empty"}},
		"too large":        {[]file{{"contract-upload", "big.png", append(portrait(10, 10), make([]byte, 11<<20)...)}}, []string{`href="#contract"`, "larger than 10 MB"}},
		"a PDF as photo":   {[]file{{"face-upload", "me.pdf", []byte("%PDF-1.7\n%%EOF")}}, []string{`href="#face"`}},
		"a tiny photo":     {[]file{{"face-upload", "me.png", portrait(60, 80)}}, []string{`href="#face"`, "pixels"}},
		"too many":         {[]file{{"others-upload", "1.png", good}, {"others-upload", "2.png", good}, {"others-upload", "3.png", good}}, []string{`href="#others"`, "Up to 2 files"}},
		"no such question": {[]file{{"purpose-upload", "x.png", good}}, []string{`href="#face"`, "Attach a photo"}},
	} {
		t.Run(name, func(t *testing.T) {
			b.upload("pages/papers", c.files).shows(422, c.texts...)
		})
	}
	b.get("pages/papers").shows(200, "1.png", "2.png").lacks("3.png", "contract.pdf")
	// Ids that are not the application's own are no answer.
	b.upload("pages/papers", nil, "face=01a21214-7f4f-778f-8057-0e50f37e97d2", "contract="+b.content().Files[0].ID).shows(422, `href="#face"`, `href="#contract"`)
	if p := b.upload("pages/papers", []file{{"others-upload", "huge.png", make([]byte, 52<<20)}}); p.status != 413 && p.status != 422 {
		t.Errorf("what is larger than a page may send gave %d", p.status)
	}
}

// Files are there after coming back, are shown only to whoever may see them, and
// go when they are removed.
func TestFilesComeAndGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := papers(t, db)
		b.upload("pages/papers", []file{{"others-upload", "../../etc/ticket.png", portrait(300, 200)}}, "action=attach").leads("/pages/papers")
		b.get("pages/papers").shows(200, "ticket.png")
		f := b.content().Files[0]
		got := b.get("files/" + f.ID).shows(200)
		if got.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "inline") || strings.Contains(got.header.Get("Cache-Control"), "public") {
			t.Errorf("%v", got.header)
		}
		b.get("files/" + f.ID + "/crop").shows(404) // it is no photo
		stranger := b.site.browser("en")
		stranger.begin()
		stranger.get("files/" + f.ID).shows(404)
		stranger.ref = b.ref
		stranger.get("files/" + f.ID).leads("reference=" + b.ref)
		b.upload("pages/papers", nil, "others="+f.ID, "action=remove-"+f.ID).leads("/pages/papers")
		b.get("pages/papers").shows(200).lacks("ticket.png")
		b.get("files/" + f.ID).shows(404)
	})
}

// A photo of the wrong shape is kept but not taken before it is cropped; the
// buttons move the part without JavaScript.
func TestCropThePhoto(t *testing.T) {
	b := papers(t, storetest.SQLite(t))
	crop := b.upload("pages/papers", []file{{"face-upload", "me.png", portrait(1200, 800)}}).leads("/crop").header.Get("Location")
	b.get(crop).shows(200, "The photo can be used", "Sharpness", "Background")
	id := strings.Split(crop, "/")[4]
	b.upload("pages/papers", nil, "face="+id).shows(422, `href="#face"`, "right shape")
	closer := b.get(crop+"?x=288&y=0&width=622&move=closer").shows(200, `name="width" value="560"`)
	closer.shows(200, `name="x" value="319"`)
	preview := b.get("files/" + id + "?x=320&y=0&width=559").shows(200)
	if preview.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("%v", preview.header)
	}
	b.get(crop + "?x=-99999&y=oops&width=622").shows(200)
	b.post(crop, "x=0", "y=0", "width=200").shows(422, "pixels wide")
	b.post(crop, "x=0", "y=0").shows(422)
	b.post(crop, "x=320", "y=0", "width=559").leads("/pages/papers")
	now := b.content().Answers["face"]
	if now == id || len(b.content().Files) != 1 {
		t.Errorf("the crop did not take the picture's place: %v", b.content().Files)
	}
}

// A file under a condition: asked, given, not asked any more, and so not handed
// in.
func TestConditionAndFile(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("en")
	b.begin()
	b.fill()
	contract := b.content().Answers["contract"].([]any)[0].(string)
	b.post("pages/journey?back=/applications/"+b.ref+"/check", "purpose=tourism", "payer=self", "money=1", "children_come=no").leads("/check")
	b.get("check").shows(200, "Answers that will not be submitted", "Papers: Contract", "contract.png", "Children: Name of the child")
	b.post("pages/last", "agreed=yes").leads("/submit")
	b.post("submit").leads("/applications/" + b.ref)
	handed, err := b.cases.Handed(context.Background(), b.app(), 1)
	if err != nil || handed["contract"] != nil || handed["employer"] != nil || handed["children"] != nil {
		t.Errorf("%v %v", handed, err)
	}
	if _, _, err := b.cases.File(context.Background(), b.app().ID, contract); err == nil {
		t.Error("a file that was not handed in was kept")
	}
}

// When an officer has asked, the pages that the question names can be changed,
// and lead back to the answer.
func TestPagesOfAQuestion(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("en")
	b.begin()
	b.fill()
	b.post("pages/last", "agreed=yes").leads("/submit")
	b.post("submit").leads("/applications/" + b.ref)
	if _, err := b.cases.Ask(t.Context(), "officer", b.app().ID, "Which employer?", []string{"journey"}); err != nil {
		t.Fatal(err)
	}
	back := "?back=/applications/" + b.ref + "/answer"
	b.get("pages/person" + back).leads("/applications/" + b.ref)
	b.get("pages/journey"+back).shows(200, "شركة النور", `href="/applications/`+b.ref+`/answer"`).lacks("come back later")
	changed := append(append([]string{}, journey...), "back=/applications/"+b.ref+"/answer")
	changed[1] = "employer=ACME"
	b.post("pages/journey", changed...).leads("/answer")
	if got := b.content().Answers["employer"]; got != "ACME" {
		t.Errorf("kept: %v", got)
	}
	if a, err := b.cases.Answer(t.Context(), b.app().ID, "There it is."); err != nil || a.State != casework.Answered {
		t.Fatal(err)
	}
	b.get("pages/journey").leads("/applications/" + b.ref)
}

// Values that nobody's browser sends.
func TestBrokenForms(t *testing.T) {
	b := papers(t, storetest.SQLite(t))
	for name, body := range map[string]string{
		"cut off":  "--x\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\n0",
		"not text": "--x\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\n\xff\xfe\r\n--x--\r\n",
		"a flood":  strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"face\"\r\n\r\n0\r\n", 600) + "--x--\r\n",
		"long":     "--x\r\nContent-Disposition: form-data; name=\"face\"\r\n\r\n" + strings.Repeat("a", 100<<10) + "\r\n--x--\r\n",
	} {
		if p := b.send("POST", b.at("pages/papers"), "multipart/form-data; boundary=x", []byte(body)); p.status != 400 {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	for _, path := range []string{"pages/journey?back=//evil.example", "pages/journey?back=https://evil.example/applications/"} {
		b.get(path).shows(200).lacks(`value="//evil`, `href="//evil`, `href="https://evil`)
	}
	b.post("pages/journey", append([]string{"back=//evil.example/applications/x", "version=abc"}, journey...)...).leads(fmt.Sprintf("/applications/%s/pages/children", b.ref))
	if bytes.Contains([]byte(b.get("tasks").body), []byte("evil")) {
		t.Error("evil")
	}
}
