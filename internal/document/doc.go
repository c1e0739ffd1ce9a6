// Package document makes the papers that people take home: the confirmation of
// an appointment as PDF, as calendar entry (RFC 5545) and as QR code, the
// questionnaire, the receipt, and visas as a page and as stickers of ICAO Doc
// 9303-7. All functions are pure: the same input gives the same bytes.
//
// Text in any direction is set by HarfBuzz's rules (go-text/typesetting) with
// the fonts in fonts/, which cover Latin, Greek, Cyrillic, Arabic, Hebrew,
// Georgian and Armenian; machine-readable zones stand in OCR-B.
//
// It may import document/archival and locale.
package document
