// Package document makes the papers that people take home: today the
// confirmation of an appointment as PDF, as calendar entry (RFC 5545) and as QR
// code. All functions are pure: the same input gives the same bytes.
//
// Text in any direction is set by HarfBuzz's rules (go-text/typesetting) with
// the fonts in fonts/, which cover Latin, Greek, Cyrillic, Arabic, Hebrew,
// Georgian and Armenian.
//
// It may import locale.
package document
