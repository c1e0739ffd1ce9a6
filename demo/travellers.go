package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/travel/translit"
)

// Traveller is an invented person who applies for a visa.
type Traveller struct {
	Surname, GivenNames string // in Latin script
	// Original is the name in another script, "" where there is none.
	OriginalSurname, OriginalGivenNames string
	Woman                               bool
	Birth                               string // YYYY-MM-DD
	Nationality                         string // ISO 3166-1 alpha-3
	Number                              string // of the passport
	Email                               string
	Purpose                             string
	Married                             bool
}

// nation is where an invented traveller comes from; "Latin=original" where the
// name is written in another script.
type nation struct {
	nationality, city string
	women, men        []string
	surnames          []string
}

var nations = []nation{
	{"IND", "Pune", words("Priya, Ananya, Lakshmi Devi, Meera"), words("Arjun, Rohan, Vikram, Suresh Kumar"), words("Sharma, Subramanian, Patel, Chakraborty, Iyer")},
	{"EGY", "Alexandria", words("Mariam=مريم, Salma=سلمى, Nour=نور"), words("Youssef=يوسف, Karim=كريم, Omar=عمر"), words("Mansour=منصور, Fahmy=فهمي, Shaker=شاكر")},
	{"GBR", "Leeds", words("Charlotte, Niamh, Zoë, Harriet"), words("Oliver, George Alexander, Alistair"), words("Fetherstonhaugh-Whitney, O'Connor, Llewellyn, Ashdown")},
	{"DEU", "Kassel", words("Anneliese, Käthe, Svenja"), words("Jürgen, Björn, Maximilian Friedrich"), words("Großmann, von der Schulenburg, Schäfer, Meyer-Landrut")},
	{"BRA", "Recife", words("Antônia, Maria da Conceição, Luíza"), words("João Pedro, Luís Otávio, Caio"), words("Gonçalves, dos Santos Araújo, Magalhães")},
	{"NGA", "Ibadan", words("Adaeze, Folake, Ngozi"), words("Chukwuemeka, Babatunde, Tunde"), words("Okonkwo, Adeyemi, Balogun")},
	{"VNM", "Huế", words("Thị Lan, Ngọc Anh, Thu Hà"), words("Văn Minh, Quốc Bảo, Đức"), words("Nguyễn, Trần, Phạm")},
	{"HUN", "Szeged", words("Erzsébet, Tünde, Réka"), words("Gergő, Árpád, Bence"), words("Szőllősi, Kőszegi, Tóth")},
	{"KAZ", "Almaty", words("Aigerim=Әйгерім, Aizhan=Айжан"), words("Nurlan=Нұрлан, Daniyar=Данияр"), words("Sarsenbayev=Сәрсенбаев, Nurpeisov=Нұрпейісов")},
	{"PER", "Cusco", words("Milagros, Luz Marina"), words("Óscar, Teófilo"), words("Quispe Mamani, Huamán Ñahui")},
}

// purposes, the usual ones more than once.
var purposes = words("tourism, tourism, tourism, business, business, visit, visit, study, work, medical, culture, media, transit")

// NewTraveller invents somebody of 21 to 68 years on today.
func NewTraveller(r *rand.Rand, today time.Time) Traveller {
	from := pick(r, nations)
	t := Traveller{Woman: r.IntN(2) == 0, Nationality: from.nationality, Birth: born(r, today, 21, 68), Purpose: pick(r, purposes), Married: r.IntN(3) == 0,
		Number: fmt.Sprintf("P0%06d", r.IntN(1_000_000)), Email: fmt.Sprintf("traveller.%06d@%s", r.IntN(serials), pick(r, domains))}
	given := from.men
	if t.Woman {
		given = from.women
	}
	t.GivenNames, t.OriginalGivenNames, _ = strings.Cut(pick(r, given), "=")
	t.Surname, t.OriginalSurname, _ = strings.Cut(pick(r, from.surnames), "=")
	return t
}

// Page is what somebody types on one page of the visa questionnaire, by the
// names of the controls.
type Page struct {
	ID    string
	Typed map[string]string
}

// Fill gives what the traveller types into the pages of visa-application.yaml
// before the papers, in order. today is when they do; number and city are those
// of somebody who lives there.
func (t Traveller) Fill(r *rand.Rand, today time.Time) ([]Page, error) {
	zone, err := t.zone(today)
	if err != nil {
		return nil, err
	}
	home := t.city()
	personal := map[string]string{"name-surname": t.Surname, "name-given_names": t.GivenNames, "birth_place": home, "birth_country": t.Nationality,
		"sex": "male", "has_other_nationalities": "no"}
	if t.OriginalSurname != "" {
		personal["name-surname"], personal["name-given_names"] = t.OriginalSurname, t.OriginalGivenNames
		personal["name-surname_latin"], personal["name-given_names_latin"] = t.Surname, t.GivenNames
	}
	if t.Woman {
		personal["sex"] = "female"
	}
	typeDate(personal, "birth", t.Birth)
	family := map[string]string{"civil_status": "single", "children_travel": "no"}
	if t.Married {
		family = map[string]string{"civil_status": "married", "children_travel": "no", "spouse_name-surname": t.Surname, "spouse_name-given_names": "Robin", "spouse_nationality": t.Nationality}
	}
	work := pick(r, []map[string]string{
		{"occupation": "employed", "employer": "Sample Trading Company", "position": "Engineer"},
		{"occupation": "employed", "employer": "Invented Hospital", "position": "Nurse"},
		{"occupation": "self-employed", "employer": "Example Carpets", "position": "Merchant"},
		{"occupation": "student", "employer": "University of Nowhere"}, {"occupation": "retired"},
	})
	if t.Purpose == "media" {
		work = map[string]string{"occupation": "journalist", "employer": "The Invented Times", "position": "Reporter"}
	}
	arrival := today.AddDate(0, 0, 25+r.IntN(60))
	journey := map[string]string{"purpose": t.Purpose, "entries": "one"}
	typeDate(journey, "arrival", arrival.Format(time.DateOnly))
	typeDate(journey, "departure", arrival.AddDate(0, 0, 2+r.IntN(3)).Format(time.DateOnly))
	if t.Purpose == "transit" {
		journey["next_country"] = "GEO"
	} else {
		typeDate(journey, "departure", arrival.AddDate(0, 0, 5+r.IntN(20)).Format(time.DateOnly))
		journey["stay_address"] = pick(r, []string{"Hotel Nümunə, Bakı", "Guest house Qonaq, Şəki", "With my host, Gəncə"})
	}
	pages := []Page{
		{"travel_document", map[string]string{"document-mrz": strings.Join(zone, "\n"), "document-issuer": t.Nationality, "document-nationality": t.Nationality}},
		{"personal", personal}, {"family", family},
		{"contact", map[string]string{"email": t.Email, "phone": fmt.Sprintf("+44 20 7946 0%03d", r.IntN(1000)), "home-street": fmt.Sprintf("Invented Street %d", 1+r.IntN(90)), "home-city": home, "home-country": t.Nationality}},
		{"employment", work}, {"plan", journey},
	}
	if r.IntN(4) == 0 {
		visit := map[string]string{"visit_days": fmt.Sprint(3 + r.IntN(12)), "visit_purpose": "Tourism"}
		when := today.AddDate(-1-r.IntN(6), 0, 0)
		visit["visit_from-month"], visit["visit_from-year"] = fmt.Sprint(int(when.Month())), fmt.Sprint(when.Year())
		pages = append(pages, Page{"past", map[string]string{"visited_before": "yes", "refused_before": "no"}}, Page{"visits", visit})
	} else {
		pages = append(pages, Page{"past", map[string]string{"visited_before": "no", "refused_before": "no"}})
	}
	if t.Invited() {
		pages = append(pages, Page{"invitation", map[string]string{"host_kind": "organisation", "host_name": "Nümunə MMC", "host_tax_number": fmt.Sprintf("00%08d", r.IntN(100_000_000)), "host_phone": "012 596 90 00"}})
	}
	return append(pages,
		Page{"means", map[string]string{"payer": "self", "own_means": fmt.Sprint(400 + 100*r.IntN(30)), "insurance": pick(r, words("yes, yes, no"))}},
		Page{"security", map[string]string{"convicted": "no", "wanted": "no", "armed": "no", "illness": "no"}}), nil
}

// Invited says whether somebody in the country has to invite the traveller.
func (t Traveller) Invited() bool { return t.Purpose != "tourism" && t.Purpose != "transit" }

func (t Traveller) city() string {
	for _, n := range nations {
		if n.nationality == t.Nationality {
			return n.city
		}
	}
	return "Nowhere"
}

// zone is the machine-readable zone of the passport.
func (t Traveller) zone(today time.Time) ([]string, error) {
	born, err := time.Parse(time.DateOnly, t.Birth)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	until := today.AddDate(2+int(born.Day())%6, int(born.Month()), 0)
	surname, _ := translit.Zone(t.Surname, "")
	given, _ := translit.Zone(t.GivenNames, "")
	issuer := t.Nationality
	if issuer == "DEU" {
		issuer = "D"
	}
	f := mrz.Fields{Format: mrz.TD3, Code: "P", Issuer: issuer, Nationality: issuer, Surname: surname, GivenNames: given, Number: t.Number, Sex: "M",
		Birth:  mrz.Date{Year: born.Year(), Month: int(born.Month()), Day: born.Day()},
		Expiry: mrz.Date{Year: until.Year(), Month: int(until.Month()), Day: until.Day()}}
	if t.Woman {
		f.Sex = "F"
	}
	return mrz.Compose(f)
}

// typeDate types a day into the three controls of a date.
func typeDate(into map[string]string, name, day string) {
	into[name+"-year"], into[name+"-month"], into[name+"-day"] = day[:4], day[5:7], day[8:]
}
