// Package seal makes and reads visible digital seals: small signed messages in
// a two-dimensional code on a visa, by ICAO Doc 9303-13 (eighth edition) with
// the visa profile of Doc 9303-7, section 9, and signer certificates after Doc
// 9303-12.
//
// A seal is a header, features as tag, length and value, and an ECDSA signature
// over both as raw r||s. Seals are made in version 4; version 3 is read too. The
// keys made here are on the curve P-256; seals signed on Brainpool curves can be
// read, not verified.
//
// What comes from outside is told apart by fault: a seal that cannot be read is
// Invalid at "seal"; Verify gives a Conflict fault, whose key says why the seal is
// not to be trusted.
//
// It may import country, fault and travel/mrz.
package seal
