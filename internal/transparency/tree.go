package transparency

import (
	"context"
	"database/sql"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Tiles of C2SP tlog-tiles are 8 levels high.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// hashes reads count hashes of a level of tiles: of entries at level 0, of whole
// tiles above. ErrRewritten when there are not as many.
func hashes(ctx context.Context, from store.Querier, level, first, count int64) ([]tlog.Hash, error) {
	query, args := `SELECT hash FROM log_node WHERE n >= $1 AND n < $2 AND level = $3 ORDER BY n`, []any{first, first + count, level}
	if level == 0 {
		query, args = `SELECT entry FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx`, args[:2]
	}
	all := make([]tlog.Hash, 0, count)
	err := store.Each(ctx, from, func(rows *sql.Rows) error {
		var one []byte
		if err := rows.Scan(&one); err != nil {
			return err
		}
		if len(one) != tlog.HashSize {
			return ErrRewritten
		}
		if level == 0 {
			all = append(all, tlog.RecordHash(one))
		} else {
			all = append(all, tlog.Hash(one))
		}
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read hashes of the log: %w", err)
	}
	if int64(len(all)) != count {
		return nil, fmt.Errorf("%w: %d of %d hashes at level %d from %d", ErrRewritten, len(all), count, level, first)
	}
	return all, nil
}

// fold gives the root above hashes whose number is a power of two.
func fold(below []tlog.Hash) tlog.Hash {
	for len(below) > 1 {
		above := make([]tlog.Hash, len(below)/2)
		for i := range above {
			above[i] = tlog.NodeHash(below[2*i], below[2*i+1])
		}
		below = above
	}
	return below[0]
}

// reader gives the hashes of the tree to package tlog.
func reader(ctx context.Context, from store.Querier) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		all := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, n := tlog.SplitStoredHashIndex(index)
			within := level % tileHeight
			below, err := hashes(ctx, from, int64(level/tileHeight), n<<within, 1<<within)
			if err != nil {
				return nil, err
			}
			all[i] = fold(below)
		}
		return all, nil
	})
}

// Inclusion proves that the entry at index is in the tree of the first size
// entries (RFC 6962, 2.1.1). NotFound when it is not, or the tree not that large.
func (l *Log) Inclusion(ctx context.Context, index, size int64) (tlog.RecordProof, error) {
	if err := l.within(ctx, size); err != nil || index < 0 || index >= size {
		return nil, none(err)
	}
	return tlog.ProveRecord(size, index, reader(ctx, l.db.Read()))
}

// Consistency proves that the tree of the first old entries is the beginning of
// that of size entries (RFC 6962, 2.1.2). NotFound for sizes that are not there.
func (l *Log) Consistency(ctx context.Context, old, size int64) (tlog.TreeProof, error) {
	if err := l.within(ctx, size); err != nil || old < 1 || old > size {
		return nil, none(err)
	}
	return tlog.ProveTree(size, old, reader(ctx, l.db.Read()))
}

func (l *Log) within(ctx context.Context, wanted int64) error {
	have, err := size(ctx, l.db.Read(), "")
	if err == nil && wanted > have {
		err = none(nil)
	}
	return err
}

func none(err error) error {
	if err == nil {
		err = fault.NewNotFound("transparency.none")
	}
	return err
}

// Check reads the whole log and compares it with every hash that is kept and
// every checkpoint that was signed. ErrRewritten when something does not agree.
func (l *Log) Check(ctx context.Context) (entries int64, err error) {
	from := l.db.Read()
	points, err := checkpoints(ctx, from, `ORDER BY size`)
	if err != nil {
		return 0, err
	}
	have, err := size(ctx, from, "")
	if err != nil {
		return 0, err
	}
	for level, count := int64(1), have>>tileHeight; count > 0; level, count = level+1, count>>tileHeight {
		for n := range count {
			below, err := hashes(ctx, from, level-1, n<<tileHeight, tileWidth)
			if err != nil {
				return 0, err
			}
			kept, err := hashes(ctx, from, level, n, 1)
			if err != nil {
				return 0, err
			}
			if fold(below) != kept[0] {
				return 0, fmt.Errorf("%w: what is below level %d, number %d", ErrRewritten, level, n)
			}
		}
	}
	for _, p := range points {
		root, err := rootOf(ctx, from, p.Size)
		if err != nil {
			return 0, err
		}
		if p.Size > have || root != p.Root {
			return 0, fmt.Errorf("%w: the checkpoint of %d entries", ErrRewritten, p.Size)
		}
	}
	return have, nil
}

func rootOf(ctx context.Context, from store.Querier, size int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(size, reader(ctx, from))
	if err != nil {
		return root, fmt.Errorf("root of the log at %d: %w", size, err)
	}
	return root, nil
}
