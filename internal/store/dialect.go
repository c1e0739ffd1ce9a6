package store

import (
	"strconv"
	"strings"
)

// ForUpdate is the clause that locks the rows a SELECT reads until the
// transaction ends. SQLite needs none: its writing transaction is alone.
func (tx *Tx) ForUpdate() string {
	if tx.engine == PostgreSQL {
		return " FOR UPDATE"
	}
	return ""
}

// SkipLocked is ForUpdate that passes over rows which another worker holds.
func (tx *Tx) SkipLocked() string {
	if tx.engine == PostgreSQL {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Placeholders gives "$first, $first+1, …", n of them, for an IN list.
func Placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// Rows gives "($1,$2),($3,$4),…": rows tuples of columns placeholders, for a
// multi-row INSERT.
func Rows(rows, columns int) string {
	var b strings.Builder
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		b.WriteString(Placeholders(r*columns+1, columns))
		b.WriteByte(')')
	}
	return b.String()
}
