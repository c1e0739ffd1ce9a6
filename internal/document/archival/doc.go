// Package archival prepares a PDF for PDF/A-2b (ISO 19005-2), and for PDF/A-3b
// where data are attached: XMP metadata that say what the information dictionary
// says, what colours mean, and how attached data belong to the document. The
// trailer's identifier, which the standard wants too and fpdf does not write,
// comes with the signature (document/pades); a file without one is not PDF/A.
//
// Not reached are 2u, since fpdf maps characters with ranges that the standard
// forbids, and 2a, since it writes no tags.
//
// sRGB2014.icc is the profile of the International Color Consortium, with its
// licence beside it.
//
// It imports nothing of Chancery.
package archival
