// Package paper makes the documents of acts and reads what others bring back:
// it typesets a visa with its machine-readable zone, its seal signed by the key in
// use and its verification code, and it answers for a code, an address, a scanned
// seal or a file.
//
// A file is made and signed at the first request and kept by document/verify; what
// it shows was settled when the act was made.
//
// It may import act, country, document, document/pades, document/verify, fault, locale, travel/mrz, travel/seal and travel/sealkeys.
package paper
