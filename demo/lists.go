package demo

import "fmt"

// The demonstration's watch lists, by file: that of the United Nations in its
// own format, as it was first and as it is now, the national restrictions, and
// lost and stolen documents. Everybody in them is invented.
const (
	UNBefore      = "un-before.xml"
	UNNow         = "un.xml"
	Restrictions  = "national.csv"
	LostDocuments = "documents.csv"
)

// WatchList gives the text of one of the lists.
func WatchList(name string) ([]byte, error) {
	text, err := files.ReadFile("lists/" + name)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return text, nil
}

// MediaNames are the entries of the national list for representatives of the
// media. The ministry's report on 2023 says that 58 of them were removed; it
// names nobody, and so does this list.
func MediaNames() []string {
	ids := make([]string, 58)
	for i := range ids {
		ids[i] = fmt.Sprintf("MEDIA-%02d", i+1)
	}
	return ids
}

// MediaRemoval is the reason that the removal is recorded with.
const MediaRemoval = "As reported by the ministry in its report on 2023: 58 representatives of the media were removed from the list. The report names nobody; the numbers stand for them."

// WhoMatches are travellers who come close to an entry of the lists: by name and
// year of birth to two of the United Nations, one of them newly listed, by other
// spellings to national restrictions, and by a lost passport.
func WhoMatches() map[string]Traveller {
	return map[string]Traveller{
		"mithali":   {Surname: "Al Mithali", GivenNames: "Tareq Nabulan", OriginalSurname: "المثالي", OriginalGivenNames: "طارق نابولان", Birth: "1979-06-14", Nationality: "EGY", Number: "P0551201", Email: "t.mithali@example.org", Purpose: "business"},
		"primerova": {Surname: "Primerova", GivenNames: "Vesna", Woman: true, Birth: "1986-02-09", Nationality: "HUN", Number: "P0551202", Email: "vesna.p@example.net", Purpose: "tourism"},
		"ashdown":   {Surname: "Ashdown", GivenNames: "Harriet", Woman: true, Birth: "1991-11-30", Nationality: "GBR", Number: "P0990017", Email: "h.ashdown@example.com", Purpose: "tourism"},
		"beispiel":  {Surname: "Beispiel", GivenNames: "Konrad Anton", Birth: "1968-04-21", Nationality: "DEU", Number: "P0551204", Email: "k.beispiel@example.org", Purpose: "culture"},
		"muster":    {Surname: "Okonkwo-Muster", GivenNames: "Tunde", Birth: "1983-08-02", Nationality: "NGA", Number: "P0551205", Email: "tunde.om@example.org", Purpose: "business"},
		"ficticio":  {Surname: "Ficticio", GivenNames: "Demostrando", Birth: "1958-01-12", Nationality: "PER", Number: "P0551206", Email: "d.ficticio@example.com", Purpose: "visit"},
		"nemo":      {Surname: "Nemo", GivenNames: "Example", Birth: "1991-05-05", Nationality: "GBR", Number: "P0551207", Email: "e.nemo@example.org", Purpose: "media"},
	}
}
