// Package verify keeps the documents that were issued and answers whoever checks
// one: by the code that it bears, or by the file itself. The answer holds what
// the paper shows and nothing else; checks are counted, those who check are not
// known.
//
// A document stands in the table from the moment its act does, in the same
// transaction; its file is made later, once, and kept sealed, so that everybody
// gets the same bytes. A document's state follows its act through EndIn. Both are
// written to the public log in the same transaction, as salted hashes.
//
// It owns document and document_check.
//
// It may import fault, keyring, store and transparency.
package verify
