// Package locale speaks the reader's language: translated sentences
// (strings/ROOM.LANG.yaml, one pair of files a room), dates, times, numbers and
// money formatted by CLDR data, and the writing direction. English is the
// source language; Azerbaijani is complete, and a test fails on a missing
// string.
//
// It imports nothing of Chancery.
package locale
