// Package declaration reads the YAML files in which a ministry declares things,
// strictly: one document, no unknown field, no anchors, and every mistake with
// its file and line.
//
// It imports nothing of Chancery.
package declaration
