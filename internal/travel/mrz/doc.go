// Package mrz reads and writes the machine-readable zone of travel documents
// and visas by ICAO Doc 9303 parts 3 to 7 (eighth edition): TD1 cards of three
// lines of 30, TD2 documents of two lines of 36, TD3 passports of two lines of
// 44, and visas of format A (2 × 44) and B (2 × 36).
//
// Parse is lenient about what people type and never silent about it: everything
// that it changed is in Zone.Notes, every check digit in Zone.Checks, and what
// cannot be right in Zone.Problems. It guesses no character that a check digit
// covers as data: a letter O in a date can only be a zero, but a letter O in a
// document number may be one, so there it is only proposed.
//
// # What the check digits promise
//
// Each digit is the sum of the values (0–9, A–Z as 10–35, the filler as 0)
// times 7, 3, 1, 7, 3, 1 …, modulo 10. All three weights have no factor in
// common with 10, so one changed character is caught unless the old and the new
// value are the same modulo 10. The characters that may stand for one another
// unseen are therefore exactly those within one of these groups:
//
//	< 0 A K U   1 B L V   2 C M W   3 D N X   4 E O Y
//	5 F P Z     6 G Q     7 H R     8 I S     9 J T
//
// The usual mistakes of the eye (O for 0, I for 1, Z for 2, S for 5, G for 6, B
// for 8) are all in different groups but G and 6, which share one: a G read
// as 6 is not caught. Two neighbours changing places are caught unless
// their values differ by a multiple of 5. Document code, issuing State, names,
// nationality and sex are under no check digit at all.
//
// It may import country and fault.
package mrz
