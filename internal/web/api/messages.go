package api

import (
	"context"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/chancery/chancery/internal/web"
)

// message recognises one of huma's validation sentences and names ours.
type message struct {
	pattern *regexp.Regexp
	key     string
}

// verbs are the placeholders of huma's sentences.
var verbs = regexp.MustCompile(`%[vsd]`)

func sentence(format, key string) message {
	parts := verbs.Split(format, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return message{pattern: regexp.MustCompile(`(?s)^` + strings.Join(parts, "(.*)") + `$`), key: key}
}

var messages = []message{
	sentence(validation.MsgUnexpectedProperty, "api.field.unexpected"),
	sentence(validation.MsgExpectedRequiredProperty, "api.field.required"),
	sentence("required %s parameter is missing", "api.field.parameter_missing"),
	sentence("unknown query parameter", "api.field.parameter_unknown"),
	sentence(validation.MsgExpectedBoolean, "api.field.boolean"),
	sentence(validation.MsgExpectedInteger, "api.field.integer"),
	sentence(validation.MsgExpectedNumber, "api.field.number"),
	sentence(validation.MsgExpectedString, "api.field.string"),
	sentence(validation.MsgExpectedArray, "api.field.array"),
	sentence(validation.MsgExpectedObject, "api.field.object"),
	sentence(validation.MsgExpectedArrayItemsUnique, "api.field.unique"),
	sentence(validation.MsgExpectedOneOf, "api.field.one_of"),
	sentence(validation.MsgExpectedMinimumNumber, "api.field.at_least"),
	sentence(validation.MsgExpectedMaximumNumber, "api.field.at_most"),
	sentence(validation.MsgExpectedMinLength, "api.field.min_length"),
	sentence(validation.MsgExpectedMaxLength, "api.field.max_length"),
	sentence(validation.MsgExpectedMinItems, "api.field.min_items"),
	sentence(validation.MsgExpectedMaxItems, "api.field.max_items"),
	sentence(validation.MsgExpectedMatchPattern, "api.field.pattern"),
	sentence(validation.MsgExpectedBePattern, "api.field.format"),
	sentence(validation.MsgExpectedRFC3339Date, "api.field.date"),
	sentence(validation.MsgExpectedRFC3339DateTime, "api.field.date_time"),
	sentence(validation.MsgExpectedRFC5322Email, "api.field.email"),
}

// translate puts a validation sentence into the reader's language; one that is
// not known stays as it is.
func translate(ctx context.Context, text string) string {
	for _, m := range messages {
		if found := m.pattern.FindStringSubmatch(text); found != nil {
			value := ""
			if len(found) > 1 {
				value = found[1]
			}
			return web.PrinterOf(ctx).T(m.key, "Value", value)
		}
	}
	return text
}
