// Package transparency is the public log of what the house issued and took back:
// append-only, as a Merkle tree (RFC 6962) in tiles of 256 with signed checkpoints
// (C2SP tlog-tiles, tlog-checkpoint and signed-note), so that nobody, the house
// included, can add a document of yesterday or take one away without its being
// seen. It is a room of its own and not part of document: reports, acts and
// anything else may be logged.
//
// An entry is a salted hash (Entry): who has the paper, and with it the salt, can
// find it; who has the log alone learns nothing. Appending happens in the caller's
// transaction, so that what is issued and what is logged are one; a checkpoint
// takes in all that was appended since the last (Publish), and is signed only when
// the tree still holds the one before it.
//
// It owns log_entry, log_node, log_head, log_checkpoint and log_key.
//
// It may import fault, keyring and store.
package transparency
