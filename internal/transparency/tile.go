package transparency

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery/chancery/internal/store"
)

// maxLevel is the highest level of C2SP tlog-tiles.
const maxLevel = 5

// ParseTilePath reads the path of a tile after C2SP tlog-tiles: "tile/0/x001/067",
// "tile/1/000.p/5" or, for entries, "tile/entries/000"; L is -1 for those. Only
// the one way of writing a path is right.
func ParseTilePath(path string) (tlog.Tile, bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return tlog.Tile{}, false
	}
	// Package tlog has the older form with the height, and "data".
	if strings.HasPrefix(rest, "data/") {
		return tlog.Tile{}, false
	}
	if bundle, entries := strings.CutPrefix(rest, "entries/"); entries {
		rest = "data/" + bundle
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", tileHeight, rest))
	return t, err == nil && t.L <= maxLevel
}

// Tile gives a tile of hashes or a bundle of entries by its path. NotFound for
// what is no path, or not in the newest checkpoint; ErrRewritten when it is not
// what was signed.
func (l *Log) Tile(ctx context.Context, path string) ([]byte, error) {
	t, ok := ParseTilePath(path)
	last, err := l.Checkpoint(ctx)
	if err != nil || !ok || last == nil {
		return nil, none(err)
	}
	level := int64(max(t.L, 0))
	if there := last.Size >> (tileHeight * level); t.N >= there>>tileHeight+1 || t.N<<tileHeight+int64(t.W) > there {
		return nil, none(nil)
	}
	from := l.db.Read()
	all, err := hashes(ctx, from, level, t.N<<tileHeight, int64(t.W))
	if err != nil {
		return nil, err
	}
	if t.W == tileWidth {
		kept, err := hashes(ctx, from, level+1, t.N, 1)
		if err != nil {
			return nil, err
		}
		if fold(all) != kept[0] {
			return nil, fmt.Errorf("%w: %s", ErrRewritten, path)
		}
	}
	if t.L < 0 {
		return bundle(ctx, from, t.N<<tileHeight, int64(t.W))
	}
	out := make([]byte, 0, len(all)*tlog.HashSize)
	for _, h := range all {
		out = append(out, h[:]...)
	}
	return out, nil
}

// bundle writes entries, each after its length in two bytes.
func bundle(ctx context.Context, from store.Querier, first, count int64) ([]byte, error) {
	var out []byte
	err := store.Each(ctx, from, func(rows *sql.Rows) error {
		var one []byte
		if err := rows.Scan(&one); err != nil {
			return err
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(one))), one...)
		return nil
	}, `SELECT entry FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx`, first, first+count)
	if err != nil {
		return nil, fmt.Errorf("read entries of the log: %w", err)
	}
	return out, nil
}
