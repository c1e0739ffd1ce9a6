package document

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
)

func filledIn(lang string) Questionnaire {
	return Questionnaire{
		Lang: lang, Ministry: "Ministry of Foreign Affairs", Reference: "K7QX-2M9D", Title: "Visa application", Post: "Embassy in Ankara", State: "Submitted",
		Submitted: "25 November 2026", Issued: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC),
		Sections: []AnswerSection{
			{Title: "Who you are", Answers: []Answer{
				{"Your name", []string{"Йылмаз Айше", "YILMAZ AISHE"}}, {"Father’s name", []string{"محمد علي"}}, {"Mother’s name", []string{"Şəhla Ğənizadə"}},
				{"Former names", nil}, {"Employer", []string{"שירותי נמל", "თბილისი", "Երևան"}},
			}},
			{Title: "Children travelling with you"},
			{Title: "Questions that everybody is asked", Answers: []Answer{{"Tell us more about what you answered with yes, with every day and place that you remember", []string{strings.Repeat("A long story of a journey. ", 200)}}}},
		},
	}
}

// The paper says every answer in its script, over as many pages as it takes,
// and is the same for the same input.
func TestQuestionnaireOnPaper(t *testing.T) {
	for _, lang := range []string{"en", "az"} {
		data, err := filledIn(lang).PDF()
		if err != nil {
			t.Fatal(err)
		}
		again, err := filledIn(lang).PDF()
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("%s: the same answers give other bytes (%v)", lang, err)
		}
		path := filepath.Join(t.TempDir(), "q.pdf")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		text := pdfText(t, path)
		for _, want := range []string{"K7QX-2M9D", "Visa application", "Embassy in Ankara", "Йылмаз Айше", "YILMAZ AISHE", "Şəhla Ğənizadə", "محمد", "თბილისი", "Երևան", "Children travelling", "page 3 of 3"} {
			if lang == "az" && strings.HasPrefix(want, "page") {
				continue
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %.1500s", lang, want, text)
			}
		}
		if pages := info(t, path, "Pages"); pages != "3" {
			t.Errorf("%s: %s pages", lang, pages)
		}
	}
}

// A reader gives the reference back from the printed page.
func TestQuestionnaireBarCode(t *testing.T) {
	data, err := filledIn("en").PDF()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "q.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-png", "-singlefile", path, filepath.Join(folder, "q"))
	picture, err := os.ReadFile(filepath.Join(folder, "q.png"))
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(page)
	if err != nil {
		t.Fatal(err)
	}
	found, err := oned.NewCode128Reader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil || found.GetText() != "K7QX-2M9D" {
		t.Errorf("gozxing reads %v %v", found, err)
	}
}
