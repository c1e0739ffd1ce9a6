// Package form is the questionnaire engine. Questionnaires are data: one YAML
// file each (questionnaires/*.yaml of the catalogue) declares pages, questions,
// hints, translations, conditions and checks; nothing in Go knows one by name.
//
// A Definition says which pages a person takes (Path), reads a posted page
// (ReadPage), checks and normalises answers (CheckPage, Accept), and shows them
// (Tasks, Summary, JSONSchema). It stores nothing and keeps no time: the day is
// given.
//
// Conditions and checks are written in CEL (https://cel.dev) over typed answers
// and are compiled when the file is loaded. An answer that is not there, or that
// stands on a page outside the path, is unknown: a condition over it does not
// hold, and a check over it complains of nothing.
//
// It may import country, declaration, fault, locale, travel/mrz and travel/translit.
package form
