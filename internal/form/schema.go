package form

import (
	"fmt"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
)

// Patterns of normal answers, in what regular expressions of ECMA-262 and of RE2
// have in common: the characters stand in them themselves. A line holds words
// with one space between them; a word has neither spaces of any kind nor
// characters that an answer may not have.
const (
	word = "[^ \u0000-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028-\u202f\u205f\u2066-\u2069\u3000\ufffd]+"

	patternLine = "^" + word + "( " + word + ")*$"
	patternText = "^" + word + "( " + word + ")*(\n+" + word + "( " + word + ")*)*$"
	patternYear = `(18[5-9][0-9]|19[0-9]{2}|20[0-9]{2}|21[0-9]{2}|2200)`
	patternDay  = `^` + patternYear + `-[0-9]{2}-[0-9]{2}$`
)

// JSONSchema gives the questionnaire's answers as JSON Schema, draft 2020-12,
// with titles and descriptions in lang. It describes normal answers, as CheckPage
// and Accept give them, and says all that a schema can say of types, options and
// lengths. What it cannot (conditions, checks, days in the past) stands in it
// as "x-when", "x-checks" and "x-range"; only Accept looks at those. An answer
// that some people are not asked is in no list of required ones.
func (d *Definition) JSONSchema(lang string) map[string]any {
	properties, required := map[string]any{}, []any{}
	for i := range d.Pages {
		p := &d.Pages[i]
		own, needed := map[string]any{}, []any{}
		for j := range p.Questions {
			q := &p.Questions[j]
			s := d.questionSchema(q, lang)
			if when := both(p.When, q.When); when != "" && p.Repeat == nil {
				s["x-when"] = when
			} else if q.When != "" {
				s["x-when"] = q.When
			}
			own[q.ID] = s
			if !q.Optional && q.When == "" {
				needed = append(needed, q.ID)
			}
		}
		if p.Repeat == nil {
			for id, s := range own {
				properties[id] = s
			}
			if p.When == "" {
				required = append(required, needed...)
			}
			continue
		}
		rounds := map[string]any{
			"type": "array", "title": p.Title.In(lang), "minItems": p.Repeat.Min, "maxItems": p.Repeat.Max,
			"items": closed(own, needed),
		}
		if p.When != "" {
			rounds["x-when"] = p.When
		} else if p.Repeat.Min > 0 {
			required = append(required, p.ID)
		}
		properties[p.ID] = rounds
	}
	schema := closed(properties, required)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = "urn:chancery:questionnaire:" + d.ServiceID + ":" + d.Version
	schema["title"] = d.Title.In(lang)
	schema["description"] = d.About.In(lang)
	if checks := d.checkTexts(lang); len(checks) > 0 {
		schema["x-checks"] = checks
	}
	return schema
}

func both(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return "(" + a + ") && (" + b + ")"
}

func (d *Definition) checkTexts(lang string) []any {
	var all []any
	for i := range d.Pages {
		for _, check := range d.Pages[i].Checks {
			all = append(all, map[string]any{"page": d.Pages[i].ID, "that": check.That, "at": check.At, "message": check.Message.In(lang)})
		}
	}
	return all
}

// closed is an object with no other properties than these.
func closed(properties map[string]any, required []any) map[string]any {
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (d *Definition) questionSchema(q *Question, lang string) map[string]any {
	s := q.valueSchema(lang)
	s["title"] = q.Label.In(lang)
	if hint := q.Hint.In(lang); hint != "" {
		s["description"] = hint
	}
	return s
}

func line(most int) map[string]any {
	return map[string]any{"type": "string", "minLength": 1, "maxLength": most, "pattern": patternLine}
}

func countrySchema() map[string]any {
	codes := []any{}
	for _, c := range country.All(locale.Languages[0]) {
		codes = append(codes, c.Code)
	}
	return map[string]any{"type": "string", "enum": codes}
}

func (q *Question) valueSchema(lang string) map[string]any {
	switch q.Type {
	case TypeText:
		s := line(q.MaxLength)
		s["minLength"] = max(1, q.MinLength)
		if q.Lines > 1 {
			s["pattern"] = patternText
		}
		return s
	case TypeNumber:
		return q.numberSchema()
	case TypeYesNo:
		return map[string]any{"type": "boolean"}
	case TypeDeclaration:
		return map[string]any{"const": true}
	case TypeChoice:
		return q.optionsSchema(lang)
	case TypeChoices:
		return map[string]any{"type": "array", "items": q.optionsSchema(lang), "minItems": 1, "uniqueItems": true}
	case TypeDate:
		return q.dateSchema()
	case TypeCountry:
		return countrySchema()
	case TypePhone:
		return map[string]any{"type": "string", "pattern": `^\+[1-9][0-9]{3,14}$`}
	case TypeEmail:
		return map[string]any{"type": "string", "format": "email", "maxLength": 254}
	case TypeFile:
		return map[string]any{"type": "array", "items": fileSchema(), "minItems": 1, "maxItems": q.Files, "uniqueItems": true}
	case TypePhoto:
		return fileSchema()
	}
	return q.partsSchema()
}

func fileSchema() map[string]any {
	return map[string]any{"type": "string", "pattern": fileID.String(), "description": "id of a file that was attached before"}
}

// partsSchema describes a compound answer.
func (q *Question) partsSchema() map[string]any {
	properties, required := map[string]any{}, []any{}
	for _, part := range parts(q.Type) {
		properties[part] = line(maxName)
		switch part {
		case "street", "city", "region":
			properties[part] = line(textLength)
		case "postcode":
			properties[part] = line(16)
		case "country", "issuer", "nationality":
			properties[part] = countrySchema()
		case "surname_latin", "given_names_latin":
			properties[part] = map[string]any{"type": "string", "pattern": `^[A-Z]+( [A-Z]+)*$`}
		case "number":
			properties[part] = map[string]any{"type": "string", "pattern": documentNumber.String()}
		case "kind":
			kinds := []any{}
			for _, kind := range DocumentKinds {
				kinds = append(kinds, kind)
			}
			properties[part] = map[string]any{"type": "string", "enum": kinds}
		case "issued", "expires":
			properties[part] = map[string]any{"type": "string", "format": "date", "pattern": patternDay}
		case "mrz":
			properties[part] = map[string]any{"type": "array", "items": map[string]any{"type": "string", "pattern": "^[A-Z0-9<]{30,44}$"}, "minItems": 2, "maxItems": 3}
		}
		if !optionalPart(part) {
			required = append(required, part)
		}
	}
	if q.Type == TypeDocument {
		properties["zone"] = map[string]any{"type": "object", "readOnly": true}
	}
	return closed(properties, required)
}

func (q *Question) numberSchema() map[string]any {
	s := map[string]any{"type": "number", "minimum": -maxNumber, "maximum": maxNumber}
	if q.Decimals == 0 {
		s["type"] = "integer"
	} else {
		step := 1.0
		for range q.Decimals {
			step /= 10
		}
		s["multipleOf"] = step
	}
	if q.Min != nil {
		s["minimum"] = *q.Min
	}
	if q.Max != nil {
		s["maximum"] = *q.Max
	}
	return s
}

func (q *Question) optionsSchema(lang string) map[string]any {
	one := []any{}
	for _, o := range q.Options {
		one = append(one, map[string]any{"const": o.Value, "title": o.Text.In(lang)})
	}
	return map[string]any{"type": "string", "oneOf": one}
}

func (q *Question) dateSchema() map[string]any {
	forms := []any{map[string]any{"format": "date", "pattern": patternDay}}
	if q.Precision == "month" || q.Precision == "year" {
		forms = append(forms, map[string]any{"pattern": fmt.Sprintf(`^%s-(0[1-9]|1[0-2])$`, patternYear)})
	}
	if q.Precision == "year" {
		forms = append(forms, map[string]any{"pattern": `^` + patternYear + `$`})
	}
	s := map[string]any{"type": "string", "anyOf": forms}
	if q.Range != "" {
		s["x-range"] = q.Range
	}
	return s
}
