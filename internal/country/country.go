package country

import (
	"slices"
	"sync"

	"github.com/biter777/countries"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/chancery/chancery/internal/locale"
)

// Country is a code with its name in one language.
type Country struct {
	Code string // ISO 3166-1 alpha-3, or an ICAO Doc 9303 code
	Name string
}

// renamed holds the present names of countries that CLDR's edition in x/text
// still calls by former ones.
var renamed = map[string]locale.Text{
	"TUR": {"en": "Türkiye", "az": "Türkiyə"},
	"MKD": {"en": "North Macedonia", "az": "Şimali Makedoniya"},
	"SWZ": {"en": "Eswatini", "az": "Esvatini"},
	"PSE": {"en": "Palestine", "az": "Fələstin"},
	"HKG": {"en": "Hong Kong", "az": "Honq Konq"},
	"MAC": {"en": "Macao", "az": "Makao"},
}

// former names are still what many people type.
var former = map[string][]string{
	"TUR": {"Turkey"},
	"MKD": {"Macedonia"},
	"SWZ": {"Swaziland"},
	"CZE": {"Czech Republic"},
	"GBR": {"UK", "Great Britain", "England", "Böyük Britaniya"},
	"USA": {"USA", "America", "ABŞ", "Amerika"},
	"ARE": {"UAE", "Emirates", "BƏƏ"},
	"KOR": {"Korea", "Koreya"},
}

// extras are nationality codes of ICAO Doc 9303 part 3, section 5, that are not
// countries.
var extras = map[string]locale.Text{
	"XXA": {"en": "Stateless person", "az": "Vətəndaşlığı olmayan şəxs"},
	"XXB": {"en": "Refugee (1951 Convention)", "az": "Qaçqın (1951-ci il Konvensiyası)"},
	"XXC": {"en": "Refugee (other)", "az": "Qaçqın (digər)"},
	"XXX": {"en": "Nationality not known", "az": "Vətəndaşlığı müəyyən edilməyib"},
	"UNO": {"en": "United Nations", "az": "Birləşmiş Millətlər Təşkilatı"},
	"UNA": {"en": "United Nations specialised agency", "az": "BMT-nin ixtisaslaşmış qurumu"},
	"EUE": {"en": "European Union", "az": "Avropa İttifaqı"},
	"XOM": {"en": "Sovereign Military Order of Malta", "az": "Malta Hərbi Ordeni"},
	"UNK": {"en": "Resident of Kosovo (United Nations mission)", "az": "Kosovo sakini (BMT missiyası)"},
	"RKS": {"en": "Kosovo", "az": "Kosovo"},
	"GBD": {"en": "British Overseas Territories citizen", "az": "Britaniya dənizaşırı ərazilərinin vətəndaşı"},
	"GBN": {"en": "British National (Overseas)", "az": "Britaniya milli şəxsi (dənizaşırı)"},
	"GBO": {"en": "British Overseas citizen", "az": "Britaniya dənizaşırı vətəndaşı"},
	"GBP": {"en": "British protected person", "az": "Britaniyanın himayəsində olan şəxs"},
	"GBS": {"en": "British subject", "az": "Britaniya təbəəsi"},
}

// issuers are the organisations of Doc 9303 part 3, section 5, part D, that give
// documents to a few officials. Their codes are known, and nobody is asked to
// choose among them.
var issuers = map[string]locale.Text{
	"XBA": {"en": "African Development Bank", "az": "Afrika İnkişaf Bankı"},
	"XIM": {"en": "African Export-Import Bank", "az": "Afrika İxrac-İdxal Bankı"},
	"XCC": {"en": "Caribbean Community (CARICOM)", "az": "Karib Birliyi (KARİKOM)"},
	"XCE": {"en": "Council of Europe", "az": "Avropa Şurası"},
	"XCO": {"en": "Common Market for Eastern and Southern Africa (COMESA)", "az": "Şərqi və Cənubi Afrika Ümumi Bazarı (COMESA)"},
	"XEC": {"en": "Economic Community of West African States (ECOWAS)", "az": "Qərbi Afrika Dövlətlərinin İqtisadi Birliyi (ECOWAS)"},
	"XPO": {"en": "INTERPOL", "az": "İNTERPOL"},
	"XES": {"en": "Organisation of Eastern Caribbean States", "az": "Şərqi Karib Dövlətləri Təşkilatı"},
	"XMP": {"en": "Parliamentary Assembly of the Mediterranean", "az": "Aralıq Dənizi Parlament Assambleyası"},
	"XDC": {"en": "Southern African Development Community", "az": "Cənubi Afrika İnkişaf Birliyi"},
}

type list struct {
	all   []Country
	names map[string]string
}

var lists = sync.OnceValue(func() map[string]list {
	built := map[string]list{}
	for _, lang := range locale.Languages {
		built[lang] = build(lang)
	}
	return built
})

func build(lang string) list {
	tag := language.Make(lang)
	regions := display.Regions(tag)
	l := list{names: map[string]string{}}
	for _, c := range countries.All() {
		code := c.Alpha3()
		region, err := language.ParseRegion(code)
		if err != nil || !region.IsCountry() {
			continue
		}
		name := regions.Name(region)
		if now, ok := renamed[code]; ok {
			name = now.In(lang)
		}
		if name != "" {
			l.names[code] = name
		}
	}
	for code, name := range extras {
		l.names[code] = name.In(lang)
	}
	for code, name := range l.names {
		l.all = append(l.all, Country{Code: code, Name: name})
	}
	for code, name := range issuers {
		l.names[code] = name.In(lang)
	}
	order := collate.New(tag)
	slices.SortFunc(l.all, func(a, b Country) int { return order.CompareString(a.Name, b.Name) })
	return l
}

func in(lang string) list {
	if l, ok := lists()[lang]; ok {
		return l
	}
	return lists()[locale.Languages[0]]
}

// All lists every code that people choose as their nationality with its name in
// lang, in the order of that language's alphabet. The list is shared: do not
// change it.
func All(lang string) []Country { return in(lang).all }

// Name gives the name in lang; an unknown code comes back as it is.
func Name(code, lang string) string {
	code = Canonical(code)
	if name, ok := in(lang).names[code]; ok {
		return name
	}
	return code
}

// Known says whether code may stand as a nationality: ISO 3166-1 alpha-3 or one
// of ICAO's further codes.
func Known(code string) bool {
	_, ok := in(locale.Languages[0]).names[code]
	return ok || germany(code)
}

// IsState says whether code is a country or territory of ISO 3166-1.
func IsState(code string) bool {
	_, extra := extras[code]
	_, issuer := issuers[code]
	return Known(code) && !extra && !issuer && !germany(code)
}

// Words gives every name of the country by which people look for it: in all
// languages, with former and short names.
func Words(code string) []string {
	words := []string{code}
	for _, lang := range locale.Languages {
		words = append(words, Name(code, lang))
	}
	return append(words, former[code]...)
}

// Canonical gives the ISO 3166-1 code for Germany's own of ICAO, "D" or "D<<",
// and every other code as it is.
func Canonical(code string) string {
	if germany(code) {
		return "DEU"
	}
	return code
}

// germany says whether code is ICAO's own for Germany, with or without fillers.
func germany(code string) bool { return code == "D" || code == "D<<" }
