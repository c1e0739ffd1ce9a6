package store

import (
	"database/sql"
	"fmt"
)

// typeOf is PostgreSQL's type of a column, told by the first value that is not
// nil; "" when there is none.
func typeOf(rows [][]any, column int) string {
	for _, row := range rows {
		switch row[column].(type) {
		case nil:
		case int, int64:
			return "bigint"
		case bool:
			return "boolean"
		case []byte:
			return "bytea"
		default:
			return "text"
		}
	}
	return ""
}

// array turns a column of rows into what the driver sends as an array of the
// given type; nil and an empty sql.NullString are NULL.
func array(rows [][]any, column int, sqlType string) (any, error) {
	switch sqlType {
	case "text":
		return collect(rows, column, func(v any) (*string, bool) {
			switch v := v.(type) {
			case string:
				return &v, true
			case sql.NullString:
				if !v.Valid {
					return nil, true
				}
				return &v.String, true
			}
			return nil, false
		})
	case "bigint":
		return collect(rows, column, func(v any) (*int64, bool) {
			switch v := v.(type) {
			case int64:
				return &v, true
			case int:
				n := int64(v)
				return &n, true
			}
			return nil, false
		})
	case "boolean":
		return collect(rows, column, func(v any) (*bool, bool) {
			b, ok := v.(bool)
			return &b, ok
		})
	case "bytea":
		return collect(rows, column, func(v any) ([]byte, bool) {
			b, ok := v.([]byte)
			return b, ok
		})
	default:
		return nil, fmt.Errorf("a column of type %s cannot be written set-wise", sqlType)
	}
}

func collect[T any](rows [][]any, column int, read func(any) (T, bool)) ([]T, error) {
	values := make([]T, len(rows))
	for i, row := range rows {
		if row[column] == nil {
			continue
		}
		v, ok := read(row[column])
		if !ok {
			return nil, fmt.Errorf("column %d holds a %T among values of another type", column+1, row[column])
		}
		values[i] = v
	}
	return values, nil
}
