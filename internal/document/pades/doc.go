// Package pades signs PDF files and says how a signed one stands: PAdES baseline
// signatures (ETSI EN 319 142-1), level B-B, or B-T where a time-stamping
// authority is configured (RFC 3161).
//
// A signature is appended (ISO 32000-1, 7.5.6): the bytes of the file that was
// typeset stay as they are. It covers the whole file but its own value, and
// allows no later change (DocMDP, P 1); the signing time stands in the signature
// dictionary and not in the CMS, as the standard wants it. Verification trusts
// the structure of a file as little as it can: a signature counts only when it
// covers every byte from the first to the last but one hexadecimal string,
// since then there is nothing that a reader could show and nobody signed.
//
// CMS is written by smallstep/pkcs7 and time stamps are asked for and checked by
// notaryproject/tspclient-go; the certificates are crypto/x509's.
//
// It imports nothing of Chancery.
package pades
