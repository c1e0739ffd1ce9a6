package formweb

import (
	"bytes"
	"image"
	_ "image/jpeg" // the pictures that upload keeps
	_ "image/png"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

// open gives a kept picture as upload made it.
func open(f *casework.File, content []byte) (*upload.File, error) {
	head, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, fault.NewNotFound("casework.no_file").Because(err)
	}
	kind := upload.JPEG
	if f.MediaType == upload.PNG.MediaType() {
		kind = upload.PNG
	}
	return &upload.File{Name: f.Name, Kind: kind, Data: content, Width: head.Width, Height: head.Height}, nil
}

// tooSmall refuses a photo whose best part would still be too small: no crop can
// mend that.
func tooSmall(f *upload.File) error {
	whole, err := upload.Crop(f, upload.CropOf(f.Width, f.Height))
	if err != nil {
		return err
	}
	findings, err := upload.Measure(whole)
	if err != nil {
		return err
	}
	return upload.Refused(findings)
}

// checkPhotos refuses a photo that does not have the shape yet.
func (p *Pages) checkPhotos(at *place, given form.Answers) error {
	var bad fault.Fields
	for i := range at.Page.Questions {
		q := &at.Page.Questions[i]
		id, _ := given[q.ID].(string)
		if q.Type != form.TypePhoto || id == "" {
			continue
		}
		good, err := p.goodPhoto(at.sitting, id)
		if err != nil {
			return err
		}
		if !good {
			bad.Add(q.ID, "formweb.photo.uncropped")
		}
	}
	return bad.Err()
}

// goodPhoto says whether nothing that is measured refuses the photo.
func (p *Pages) goodPhoto(s *sitting, id string) (bool, error) {
	kept, content, err := p.Cases.File(s.ctx, s.ID, id)
	if err != nil {
		return false, err
	}
	f, err := open(kept, content)
	if err != nil {
		return false, err
	}
	findings, err := upload.Measure(f)
	if err != nil {
		return false, err
	}
	return upload.Refused(findings) == nil, nil
}

// readPart reads the part of a picture that an address names; nil for none.
func readPart(query url.Values) (*image.Rectangle, error) {
	if !query.Has("width") {
		return nil, nil
	}
	var n [3]int
	for i, name := range []string{"x", "y", "width"} {
		f, err := strconv.ParseFloat(query.Get(name), 64)
		if err != nil || math.Abs(f) > 1e5 {
			return nil, fault.NewInvalid(fault.Field{Path: "width", Key: "form.upload.crop"})
		}
		n[i] = int(f)
	}
	part := image.Rect(n[0], n[1], n[0]+n[2], n[1]+int(math.Round(float64(n[2])/upload.PortraitRatio)))
	return &part, nil
}

func cutOut(f *casework.File, content []byte, part image.Rectangle) (*upload.File, error) {
	whole, err := open(f, content)
	if err != nil {
		return nil, err
	}
	return upload.Crop(whole, part)
}

// moves are what the buttons beside the picture do; each step is a tenth.
var moves = []string{"closer", "further", "up", "down", "left", "right"}

// moved gives the part after a move, within the picture and of its shape.
func moved(part image.Rectangle, move string, f *upload.File) image.Rectangle {
	most := upload.CropOf(f.Width, f.Height).Dx()
	x, y, width := float64(part.Min.X), float64(part.Min.Y), float64(part.Dx())
	grow := func(by float64) {
		wider := min(width*by, float64(most))
		x, y = x-(wider-width)/2, y-(wider-width)/2/upload.PortraitRatio
		width = wider
	}
	switch move {
	case "closer":
		grow(0.9)
	case "further":
		grow(1 / 0.9)
	case "up":
		y -= width / 10
	case "down":
		y += width / 10
	case "left":
		x -= width / 10
	case "right":
		x += width / 10
	}
	w := min(max(int(math.Round(width)), 1), most)
	h := min(int(math.Round(float64(w)/upload.PortraitRatio)), f.Height)
	left := min(max(int(math.Round(x)), 0), f.Width-w)
	top := min(max(int(math.Round(y)), 0), f.Height-h)
	return image.Rect(left, top, left+w, top+h)
}

type cropPage struct {
	*web.Form
	Path, Whole, Preview    string
	X, Y, Width             int
	PictureWidth, PictureHi int
	Least                   int // pixels of width
	Ratio                   string
	Moves                   []string
	Findings                []findingView
	Refused                 bool
	Back, Return            string
	File                    string
}

type findingView struct {
	Name, Text    string
	Good, Refuses bool
}

// crop shows the photo with the part that is proposed or chosen, and what is
// measured on that part.
func (p *Pages) crop(w http.ResponseWriter, r *http.Request) error {
	s, at, f, err := p.photo(r)
	if err != nil {
		return err
	}
	part := upload.CropOf(f.Width, f.Height)
	chosen, err := readPart(r.URL.Query())
	if err == nil && chosen != nil {
		part = moved(*chosen, r.URL.Query().Get("move"), f)
	}
	return p.showCrop(w, r, http.StatusOK, s, at, f, part, &web.Form{})
}

// photo finds a photo that the answers name, and the page that asks for it.
func (p *Pages) photo(r *http.Request) (*sitting, *place, *upload.File, error) {
	s, err := p.sit(r)
	if err != nil {
		return nil, nil, nil, err
	}
	id := r.PathValue("file")
	for _, ref := range s.d.Files(s.content.Answers) {
		if ref.ID != id || ref.Question.Type != form.TypePhoto || !s.mayChange(ref.Page.ID) {
			continue
		}
		at := &place{sitting: s, Page: ref.Page, back: applicant.Back(r.URL.Query().Get("back"), "")}
		for i, round := range form.Rounds(s.content.Answers, ref.Page.ID) {
			if round[ref.Question.ID] == id {
				at.index = i
			}
		}
		kept, content, err := p.Cases.File(s.ctx, s.ID, id)
		if err != nil {
			return nil, nil, nil, err
		}
		f, err := open(kept, content)
		return s, at, f, err
	}
	return nil, nil, nil, fault.NewNotFound("casework.no_file")
}

func (p *Pages) showCrop(w http.ResponseWriter, r *http.Request, status int, s *sitting, at *place, f *upload.File, part image.Rectangle, shown *web.Form) error {
	id := r.PathValue("file")
	path := s.at("/files/" + id)
	query := url.Values{"x": {strconv.Itoa(part.Min.X)}, "y": {strconv.Itoa(part.Min.Y)}, "width": {strconv.Itoa(part.Dx())}}
	page := cropPage{
		Form: shown, Path: path + "/crop", Whole: path, Preview: path + "?" + query.Encode(), X: part.Min.X, Y: part.Min.Y, Width: part.Dx(),
		PictureWidth: f.Width, PictureHi: f.Height, Ratio: strconv.FormatFloat(upload.PortraitRatio, 'f', 6, 64), Moves: moves, Back: at.path(), Return: at.back, File: id,
	}
	cut, err := upload.Crop(f, part)
	if err != nil {
		return err
	}
	findings, err := upload.Measure(cut)
	if err != nil {
		return err
	}
	page.Refused = upload.Refused(findings) != nil
	for _, one := range findings {
		page.Findings = append(page.Findings, findingView{
			Name: s.printer.T("formweb.photo.of." + one.ID), Text: s.printer.T("form.photo."+one.ID, one.Args()), Good: one.Good, Refuses: one.Refuses,
		})
		if one.ID == "width" {
			page.Least = int(one.Least)
		}
	}
	return p.Web.Render(w, r, status, "formweb/crop.html", page)
}

// cut keeps the part that the person chose in the place of the whole picture.
func (p *Pages) cut(w http.ResponseWriter, r *http.Request) error {
	s, at, f, err := p.photo(r)
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	at.back = applicant.Back(in.Value("back"), at.back)
	part, err := readPart(in.Values)
	if err != nil || part == nil {
		return fault.NewInvalid(fault.Field{Path: "width", Key: "form.upload.crop"})
	}
	chosen := moved(*part, "", f)
	cut, err := upload.Crop(f, chosen)
	if err != nil {
		return err
	}
	findings, err := upload.Measure(cut)
	if err == nil {
		err = upload.Refused(findings)
	}
	if in.Refuse(err) {
		for i := range in.Errors {
			in.Errors[i].Path = "width"
		}
		return p.showCrop(w, r, http.StatusUnprocessableEntity, s, at, f, chosen, in)
	} else if err != nil {
		return err
	}
	if err := p.replacePhoto(at, r.PathValue("file"), cut); err != nil {
		return err
	}
	web.SeeOther(w, r, at.path())
	return nil
}

// replacePhoto keeps a photo in the place of the one of before.
func (p *Pages) replacePhoto(at *place, before string, photo *upload.File) error {
	stored := at.d.Stored(at.Page.ID, at.index, at.content.Answers)
	for i := range at.Page.Questions {
		q := &at.Page.Questions[i]
		if stored[q.ID] != before {
			continue
		}
		kept, err := p.Cases.Attach(at.ctx, at.ID, casework.File{Question: q.ID, Name: photo.Name, MediaType: photo.Kind.MediaType()}, photo.Data)
		if err != nil {
			return err
		}
		stored[q.ID] = kept.ID
		all := at.d.Put(at.Page.ID, at.index, stored, at.content.Answers)
		if err := p.put(at, at.content.Versions[at.Page.ID], all); err != nil {
			return err
		}
		if err := p.Cases.Detach(at.ctx, at.ID, before); err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		return nil
	}
	return nil
}
