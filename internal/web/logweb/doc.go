// Package logweb serves the public log (transparency) as C2SP tlog-tiles has it:
// GET /log/checkpoint, /log/tile/…, and /log/key, the public key of checkpoints.
// Tiles never change and may be kept by anybody for ever.
//
// It may import transparency and web.
package logweb
