package translit

// latin is table A. What follows a bar is a further choice.
var latin = map[rune]string{
	'À': "A", 'Á': "A", 'Â': "A", 'Ã': "A", 'Ä': "AE|A", 'Å': "AA|A", 'Æ': "AE", 'Ç': "C",
	'È': "E", 'É': "E", 'Ê': "E", 'Ë': "E", 'Ì': "I", 'Í': "I", 'Î': "I", 'Ï': "I",
	'Ð': "D", 'Ñ': "N|NXX", 'Ò': "O", 'Ó': "O", 'Ô': "O", 'Õ': "O", 'Ö': "OE|O", 'Ø': "OE",
	'Ù': "U", 'Ú': "U", 'Û': "U", 'Ü': "UE|UXX|U", 'Ý': "Y", 'Þ': "TH",
	'Ā': "A", 'Ă': "A", 'Ą': "A", 'Ć': "C", 'Ĉ': "C", 'Ċ': "C", 'Č': "C", 'Ď': "D", 'Đ': "D",
	'Ē': "E", 'Ĕ': "E", 'Ė': "E", 'Ę': "E", 'Ě': "E", 'Ĝ': "G", 'Ğ': "G", 'Ġ': "G", 'Ģ': "G",
	'Ĥ': "H", 'Ħ': "H", 'Ĩ': "I", 'Ī': "I", 'Ĭ': "I", 'Į': "I", 'İ': "I", 'ı': "I", 'Ĳ': "IJ",
	'Ĵ': "J", 'Ķ': "K", 'Ĺ': "L", 'Ļ': "L", 'Ľ': "L", 'Ŀ': "L", 'Ł': "L", 'Ń': "N", 'Ņ': "N", 'Ň': "N",
	'Ŋ': "N", 'Ō': "O", 'Ŏ': "O", 'Ő': "O", 'Œ': "OE", 'Ŕ': "R", 'Ŗ': "R", 'Ř': "R",
	'Ś': "S", 'Ŝ': "S", 'Ş': "S", 'Š': "S", 'Ţ': "T", 'Ť': "T", 'Ŧ': "T",
	'Ũ': "U", 'Ū': "U", 'Ŭ': "U", 'Ů': "U", 'Ű': "U", 'Ų': "U", 'Ŵ': "W", 'Ŷ': "Y", 'Ÿ': "Y",
	'Ź': "Z", 'Ż': "Z", 'Ž': "Z", 'ẞ': "SS",

	// Not in the table.
	'Ə': "E|A",
	'Ș': "S", 'Ț': "T", // Romanian with comma below, which the table has with cedilla
}

// cyrillic is table B for all languages.
var cyrillic = map[rune]string{
	'Ё': "E", 'Ђ': "D", 'Є': "IE", 'Ѕ': "DZ", 'І': "I", 'Ї': "I", 'Ј': "J", 'Љ': "LJ", 'Њ': "NJ", 'Ќ': "K", 'Ў': "U", 'Џ': "DZ",
	'А': "A", 'Б': "B", 'В': "V", 'Г': "G", 'Д': "D", 'Е': "E", 'Ж': "ZH", 'З': "Z", 'И': "I", 'Й': "I", 'К': "K", 'Л': "L",
	'М': "M", 'Н': "N", 'О': "O", 'П': "P", 'Р': "R", 'С': "S", 'Т': "T", 'У': "U", 'Ф': "F", 'Х': "KH", 'Ц': "TS", 'Ч': "CH",
	'Ш': "SH", 'Щ': "SHCH", 'Ъ': "IE", 'Ы': "Y", 'Ь': "", 'Э': "E", 'Ю': "IU", 'Я': "IA", 'Ѫ': "U", 'Ѵ': "Y", 'Ґ': "G", 'Ғ': "G", 'Һ': "C",
	'Ѓ': "G", 'Ћ': "C",
}

// byLanguage are the exceptions of table B, by ISO 639-1.
var byLanguage = map[string]map[rune]string{
	"be": {'Ё': "IO", 'Г': "H"},
	"bg": {'Щ': "SHT"},
	"mk": {'Ќ': "KJ", 'Џ': "DJ", 'Х': "H", 'Ц': "C", 'Ғ': "GJ", 'Ѓ': "GJ"},
	"sr": {'Г': "H", 'Ж': "Z", 'Х': "H", 'Ц': "C", 'Ч': "C", 'Ш': "S"},
	"uk": {'Г': "H", 'И': "Y"},
}

// firstInUkrainian are the letters that table B reads otherwise at the
// beginning of a Ukrainian name.
var firstInUkrainian = map[rune]string{'Є': "YE", 'Ї': "YI", 'Й': "Y", 'Ю': "YU", 'Я': "YA"}

// Signs of table C that are not letters.
const (
	shadda     = '\u0651' // the letter before it is doubled
	tehMarbuta = '\u0629' // reads otherwise at the end of a component
)

// arabic is table C; "" for what is not encoded.
var arabic = map[rune]string{
	0x0621: "XE", 0x0622: "XAA", 0x0623: "XAE", 0x0624: "U", 0x0625: "I", 0x0626: "XI", 0x0627: "A", 0x0628: "B", tehMarbuta: "XTA",
	0x062A: "T", 0x062B: "XTH", 0x062C: "J", 0x062D: "XH", 0x062E: "XKH", 0x062F: "D", 0x0630: "XDH", 0x0631: "R", 0x0632: "Z",
	0x0633: "S", 0x0634: "XSH", 0x0635: "XSS", 0x0636: "XDZ", 0x0637: "XTT", 0x0638: "XZZ", 0x0639: "E", 0x063A: "G", 0x0640: "",
	0x0641: "F", 0x0642: "Q", 0x0643: "K", 0x0644: "L", 0x0645: "M", 0x0646: "N", 0x0647: "H", 0x0648: "W", 0x0649: "XAY", 0x064A: "Y",
	0x064B: "", 0x064C: "", 0x064D: "", 0x064E: "", 0x064F: "", 0x0650: "", 0x0652: "", 0x0670: "", 0x0671: "XXA",
	0x0679: "XXT", 0x067C: "XRT", 0x067E: "P", 0x0681: "XKE", 0x0685: "XXH", 0x0686: "XC", 0x0688: "XXD", 0x0689: "XDR", 0x0691: "XXR",
	0x0693: "XRR", 0x0696: "XRX", 0x0698: "XJ", 0x069A: "XXS", 0x069C: "", 0x06A2: "", 0x06A7: "", 0x06A8: "", 0x06A9: "XKK", 0x06AB: "XXK",
	0x06AD: "XNG", 0x06AF: "XGG", 0x06BA: "XNN", 0x06BC: "XXN", 0x06BE: "XDO", 0x06C0: "XYH", 0x06C1: "XXG", 0x06C2: "XGE", 0x06C3: "XTG",
	0x06CC: "XYA", 0x06CD: "XXY", 0x06D0: "Y", 0x06D2: "XYB", 0x06D3: "XBE",
}
