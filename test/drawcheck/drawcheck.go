// Package drawcheck holds the second program that runs a published draw again,
// written in Python so that it shares nothing with Chancery but the published
// file. The pages of draws hand it out.
//
// It imports nothing of Chancery.
package drawcheck

import _ "embed" // for Program

// Program is drawcheck.py.
//
//go:embed drawcheck.py
var Program []byte
