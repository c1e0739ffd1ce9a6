package transparency

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// evidenceHead is the first line of C2SP tlog-proof.
const evidenceHead = "c2sp.org/tlog-proof@v1"

// maxProof is how long a proof can be in a tree of 63 levels.
const maxProof = 63

// ErrNoEvidence is that of evidence that does not prove what it should, or
// cannot be read.
var ErrNoEvidence = errors.New("transparency: this does not prove that the entry is in the log")

// Evidence gives a text (C2SP tlog-proof) that proves to somebody who has the
// log's public key, and nothing else, that the entry at index is in the log as
// the newest checkpoint signs it. NotFound when no checkpoint has it yet.
func (l *Log) Evidence(ctx context.Context, index int64) (string, error) {
	c, err := l.Checkpoint(ctx)
	if err != nil || c == nil {
		return "", none(err)
	}
	proof, err := l.Inclusion(ctx, index, c.Size)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\nindex %d\n", evidenceHead, index)
	for _, h := range proof {
		out.WriteString(h.String() + "\n")
	}
	out.WriteString("\n")
	out.Write(c.Note)
	return out.String(), nil
}

// CheckEvidence says where in the log an entry is, going by evidence and the
// log's public key (Verifier) alone. ErrNoEvidence.
func CheckEvidence(verifier, evidence string, e Entry) (index int64, err error) {
	head, signed, ok := strings.Cut(evidence, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || len(lines) > 2+maxProof || lines[0] != evidenceHead {
		return 0, ErrNoEvidence
	}
	number, ok := strings.CutPrefix(lines[1], "index ")
	if index, err = strconv.ParseInt(number, 10, 64); !ok || err != nil || index < 0 || strconv.FormatInt(index, 10) != number {
		return 0, ErrNoEvidence
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 0, ErrNoEvidence
		}
		proof = append(proof, h)
	}
	c, err := OpenCheckpoint(verifier, []byte(signed))
	if err != nil {
		return 0, err
	}
	if index >= c.Size || tlog.CheckRecord(proof, c.Size, c.Root, index, tlog.RecordHash(e[:])) != nil {
		return 0, ErrNoEvidence
	}
	return index, nil
}

// OpenCheckpoint reads a signed checkpoint (C2SP tlog-checkpoint) with the log's
// public key; when it was signed is not in it. ErrNoEvidence when another key
// signed it, or none.
func OpenCheckpoint(verifier string, signed []byte) (*Checkpoint, error) {
	key, err := note.NewVerifier(verifier)
	if err != nil {
		return nil, fmt.Errorf("transparency: the log's public key: %w", err)
	}
	opened, err := note.Open(signed, note.VerifierList(key))
	if err != nil {
		return nil, ErrNoEvidence
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		return nil, ErrNoEvidence
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if errors.Join(err, err2) != nil || size < 0 || len(root) != tlog.HashSize {
		return nil, ErrNoEvidence
	}
	return &Checkpoint{Size: size, Root: tlog.Hash(root), Note: signed}, nil
}
