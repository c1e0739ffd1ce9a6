package form

import (
	"math"
	"reflect"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// baseEnv is CEL with the functions for dates, which are EDTF strings:
//
//	years(from, to)        whole years between two dates
//	days(from, to)         days between two dates
//	plus_months(date, n)   the date n months later, at the end of a month its last day
//	plus_days(date, n)     the date n days later
//
// Of a date with unknown parts the earliest day counts. What is no date is an
// error, so that a check fails.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	two := func(name string, f func(a, b Date) int) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_string_string", []*cel.Type{cel.StringType, cel.StringType}, cel.IntType,
			cel.BinaryBinding(func(x, y ref.Val) ref.Val {
				a, errA := ParseDate(string(x.(types.String)))
				b, errB := ParseDate(string(y.(types.String)))
				if errA != nil || errB != nil {
					return types.NewErr("%s: no date", name)
				}
				return types.Int(f(a, b))
			})))
	}
	plus := func(name string, f func(d Date, n int) Date) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_string_int", []*cel.Type{cel.StringType, cel.IntType}, cel.StringType,
			cel.BinaryBinding(func(x, y ref.Val) ref.Val {
				d, err := ParseDate(string(x.(types.String)))
				n := int64(y.(types.Int))
				if err != nil || n < -36500 || n > 36500 {
					return types.NewErr("%s: no date", name)
				}
				if d = f(d, int(n)); d.Year < minYear || d.Year > maxYear {
					return types.NewErr("%s: beyond all years", name)
				}
				return types.String(d.String())
			})))
	}
	return cel.NewEnv(
		cel.ParserRecursionLimit(60), cel.ParserExpressionSizeLimit(maxExpression),
		cel.EagerlyValidateDeclarations(true),
		two("years", yearsBetween), two("days", daysBetween),
		plus("plus_months", plusMonths), plus("plus_days", plusDays),
	)
})

// native gives a value of CEL as JSON has it; nil for what JSON has not.
func native(v ref.Val) any {
	switch v := v.(type) {
	case types.String:
		return string(v)
	case types.Bool:
		return bool(v)
	case types.Int:
		return float64(v)
	case types.Double:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil
		}
		return float64(v)
	case traits.Mapper:
		m := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			name, ok := key.(types.String)
			if !ok {
				return nil
			}
			m[string(name)] = native(v.Get(key))
		}
		return m
	case traits.Lister:
		var list []any
		for it := v.Iterator(); it.HasNext() == types.True; {
			list = append(list, native(it.Next()))
		}
		return list
	}
	return nil
}

// bind gives a stored answer as conditions see it; ok is false when it is not
// of the question's type, as an answer that was typed wrong and kept.
func bind(q *Question, v any) (bound any, ok bool) {
	switch q.Type {
	case TypeNumber:
		n, ok := number(v)
		if !ok || !decimals(n, q.Decimals) || math.Abs(n) > maxNumber {
			return nil, false
		}
		if q.Decimals == 0 {
			return int64(n), true
		}
		return n, true
	case TypeYesNo, TypeDeclaration:
		b, ok := v.(bool)
		return b, ok
	case TypeChoices, TypeFile:
		list, ok := texts(v)
		return list, ok
	case TypeName, TypeAddress, TypeDocument:
		m, ok := object(v)
		if !ok {
			return nil, false
		}
		clean := map[string]any{}
		for name, t := range structs[celType(q).TypeName()] {
			switch {
			case t.IsExactType(cel.StringType):
				if s, ok := m[name].(string); ok && s != "" {
					clean[name] = s
				}
			case t == celZone:
				if zone, ok := object(m[name]); ok {
					sub := map[string]any{}
					for part := range structs["form.Zone"] {
						if s, ok := zone[part].(string); ok && s != "" {
							sub[part] = s
						}
					}
					clean[name] = sub
				}
			default:
				if list, ok := texts(m[name]); ok {
					clean[name] = list
				}
			}
		}
		return clean, true
	}
	s, ok := v.(string)
	return s, ok && s != ""
}

// texts gives a JSON list of strings.
func texts(v any) ([]string, bool) {
	switch v := v.(type) {
	case []string:
		return v, true
	case []any:
		list := make([]string, len(v))
		for i := range v {
			s, ok := v[i].(string)
			if !ok {
				return nil, false
			}
			list[i] = s
		}
		return list, true
	}
	return nil, false
}

// object gives a JSON object.
func object(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case Answers:
		return v, v != nil
	case map[string]any:
		return v, v != nil
	}
	return nil, false
}

// number gives a JSON number.
func number(v any) (float64, bool) {
	switch n := reflect.ValueOf(v); n.Kind() {
	case reflect.Float64, reflect.Float32:
		return n.Float(), !math.IsNaN(n.Float()) && !math.IsInf(n.Float(), 0)
	case reflect.Int, reflect.Int64, reflect.Int32:
		return float64(n.Int()), true
	}
	return 0, false
}
