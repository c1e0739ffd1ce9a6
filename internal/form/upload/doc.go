// Package upload takes files from strangers: papers and portraits for an
// application. What a file is, its content says, never its name. Sizes are
// bounded before anything is decoded: bytes, pixels, pages, and what compressed
// parts of a PDF unfold to. Pictures are decoded and encoded anew, PDF files
// written anew, so that nothing unseen stays in them: no place where a picture
// was taken, no earlier revisions, no author. A PDF that can do something
// (scripts, launching programs, embedded files, forms that send) is refused.
//
// Portraits are measured, and every measurement is told with its number and its
// bounds; only shape and size refuse a picture, for those a person can see and
// mend.
//
// It keeps nothing. It imports fault.
package upload
