package mrz

// Fields are what a zone says.
type Fields struct {
	Format Format
	// Code is the document code without fillers: "P", "PD", "I", "V" …
	Code string
	// Issuer and Nationality are codes of Doc 9303-3, section 5, without fillers:
	// "UTO", "D".
	Issuer, Nationality string
	// Surname and GivenNames hold components parted by spaces. Somebody with one
	// name only has a Surname.
	Surname, GivenNames string
	// Number is the document number without fillers at its end; on TD1 and TD2
	// with the part that overflowed into the optional data. On a visa it is the
	// number of the visa or of the passport, as the issuer chose.
	Number string
	Birth  Date
	// Sex is F, M or X for not specified.
	Sex string
	// Expiry is the last day of the document; on a visa the "valid until" date.
	Expiry Date
	// Optional is the issuer's own data: on TD3 the personal number; on TD1 that
	// of the first line. Optional2 is that of the second line of a TD1.
	Optional, Optional2 string
}

// Zone is a zone as it was read.
type Zone struct {
	Fields
	// NamesMayBeTruncated is set when the name field ends with a letter.
	NamesMayBeTruncated bool
	// Lines are the lines that were read, after Notes were applied.
	Lines    []string
	Checks   []Check
	Notes    []Note
	Problems []Problem
}

// Right says whether all check digits are right and nothing is impossible.
func (z *Zone) Right() bool {
	for _, c := range z.Checks {
		if !c.Right {
			return false
		}
	}
	return len(z.Problems) == 0
}

// Note is something that was read otherwise than it was typed, or that somebody
// should look at.
type Note struct {
	// Kind names the translation "travel.mrz.note.<kind>".
	Kind string
	// Line and Column count from 1; 0 for the whole.
	Line, Column int
	// From is what stood there, To what it was read as.
	From, To string
}

// Kinds of notes.
const (
	NoteSpaces    = "spaces"     // spaces were left out
	NoteCase      = "case"       // small letters were read as capitals
	NoteFiller    = "filler"     // another sign was read as the filler
	NoteLookAlike = "look-alike" // a character was read as the one it resembles
	NoteSplit     = "split"      // one long line was cut into lines
	NotePadded    = "padded"     // fillers were added at the end of a line
	NoteTrimmed   = "trimmed"    // fillers too many were left out
	NoteProposal  = "proposal"   // the check digits would be right with To for From
	NoteUnknown   = "unknown"    // a code that is not in Doc 9303
	NoteSex       = "sex"        // X stands where Doc 9303 asks for a filler
	NoteCode      = "code"       // a document code that does not fit the format
)

// Problem is a field that cannot be what it says.
type Problem struct {
	// Field is the JSON name of the field, Key the translation key.
	Field, Key string
}

// Visa says whether the zone is that of a visa.
func (f Fields) Visa() bool { return f.Format == MRVA || f.Format == MRVB }

// Kind tells the kind of document by its code (9303-4, 4.4; 9303-5 and -6, 4.2;
// 9303-7; 9303-8): ordinary, emergency, diplomatic, service, refugee, alien,
// stateless, laissez-passer, military, single-sheet, passport for one whose
// second character is the issuer's own, crew, card, visa, or "" when unknown.
// Until 2038 passports with other second letters are in use, so "passport" does
// not mean ordinary.
func (f Fields) Kind() string {
	if f.Visa() {
		return "visa"
	}
	switch f.Code {
	case "PP":
		return "ordinary"
	case "PE":
		return "emergency"
	case "PD":
		return "diplomatic"
	case "PO":
		return "service"
	case "PR":
		return "refugee"
	case "PT":
		return "alien"
	case "PS":
		return "stateless"
	case "PL":
		return "laissez-passer"
	case "PM":
		return "military"
	case "PU":
		return "single-sheet"
	case "AC":
		return "crew"
	case "":
		return ""
	}
	switch f.Code[0] {
	case 'P':
		return "passport"
	case 'A', 'C', 'I':
		return "card"
	}
	return ""
}
