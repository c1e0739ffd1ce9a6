// Package translit brings names into the letters of machine-readable zones by
// the tables of ICAO Doc 9303-3 (eighth edition), section 6: A Latin letters
// with marks, B Cyrillic, C Arabic script.
//
// Where a table offers a choice, Zone takes the first; Variants gives all that
// the table allows, which is what somebody needs who compares a name with a
// zone that another State printed.
//
// Cyrillic letters read differently in Belarusian, Bulgarian, Macedonian,
// Serbian and Ukrainian, so the language is asked for. A letter that the table
// has but for another language is read as the table says for all.
//
// # What the tables do not have
//
// The Azerbaijani Ə is in no table of Doc 9303. It becomes E here, as the
// nearest letter; Azerbaijani passports have A, so Variants gives both. The
// soft sign Ь is in no table and vanishes. Bulgarian Ъ is U in Bulgarian law
// but IE in the table, which we follow. Table B prints U+0402 as Ћ,
// U+04BA for Serbian Ћ and U+0492 for Macedonian Ѓ; the letters that
// people do use (U+0402 Ђ, U+040B Ћ, U+0403 Ѓ) get the row meant for them.
//
// It imports nothing of Chancery.
package translit
