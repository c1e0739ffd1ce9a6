package notify

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
)

func TestParseAddressAccepts(t *testing.T) {
	for given, want := range map[string]Address{
		"aysel@example.com":                      "aysel@example.com",
		"  Aysel.M@Example.COM \n":               "Aysel.M@example.com",
		"a+b_c-d'e@mail.example.co.uk":           "a+b_c-d'e@mail.example.co.uk",
		"x@münchen.example":                      "x@xn--mnchen-3ya.example",
		"x@MÜNCHEN.example":                      "x@xn--mnchen-3ya.example",
		"x@ə.az":                                 "x@xn--sna.az",
		"x@例え.テスト":                               "x@xn--r8jz45g.xn--zckzah",
		"x@example。com":                          "x@example.com", // the ideographic full stop is a dot, UTS 46
		"x@ｅｘａｍｐｌｅ.com":                          "x@example.com",
		strings.Repeat("a", 64) + "@example.com": Address(strings.Repeat("a", 64) + "@example.com"),
	} {
		got, err := ParseAddress(given)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", given, got, err, want)
		}
	}
	a, b := Address("Aysel@example.com"), Address("aysel@example.com")
	if a.Key() != b.Key() {
		t.Error("two spellings of one mailbox have two keys")
	}
}

func TestParseAddressRefuses(t *testing.T) {
	const malformed, domain = "notify.address.malformed", "notify.address.domain"
	for given, want := range map[string]string{
		"":                                       "notify.address.missing",
		" \t ":                                   "notify.address.missing",
		"aysel":                                  malformed,
		"@example.com":                           malformed,
		"aysel@":                                 malformed,
		"a@b@example.com":                        malformed,
		"a@example.com,b@example.com":            malformed,
		"a@example.com;b@example.com":            malformed,
		"a@example.com b@example.com":            malformed,
		"a@example.com\r\nBcc: b@example.com":    malformed,
		"a@example.com\nBcc: b@example.com":      malformed,
		"a\x00@example.com":                      malformed,
		"a@exam\x00ple.com":                      malformed,
		"a@example.com\x7f":                      malformed,
		"Aysel <a@example.com>":                  malformed,
		"<a@example.com>":                        malformed,
		`"a b"@example.com`:                      malformed,
		`"a"@example.com`:                        malformed,
		"a(comment)@example.com":                 malformed,
		"a@(comment)example.com":                 malformed,
		"a@[127.0.0.1]":                          malformed,
		"a@[IPv6:::1]":                           malformed,
		"a%b.example@example.com":                malformed,
		"b.example!a@example.com":                malformed,
		"@relay.example:a@example.com":           malformed,
		".a@example.com":                         malformed,
		"a.@example.com":                         malformed,
		"a..b@example.com":                       malformed,
		"a@.example.com":                         malformed,
		"a@example..com":                         malformed,
		"a@-example.com":                         malformed,
		"a@example-.com":                         malformed,
		"a@exam_ple.com":                         malformed,
		"a@example.com.":                         domain,
		"a@xn--a.com":                            malformed, // punycode that decodes to nothing
		"a@exa\u202emple.com":                    malformed, // right-to-left override
		"a@example.com/../x":                     malformed,
		"a\u200b@example.com":                    "notify.address.letters", // zero width space
		"аysel@example.com":                      "notify.address.letters", // a Cyrillic а
		"\xff@example.com":                       malformed,
		"a@localhost":                            domain,
		"a@127.0.0.1":                            domain,
		"a@example.123":                          domain,
		strings.Repeat("a", 65) + "@example.com": malformed,
		"a@" + strings.Repeat("b", 64) + ".com":  malformed,
		"a@" + strings.Repeat("b.", 130) + "com": "notify.address.long",
		strings.Repeat("a", 64) + "@" + strings.Repeat("ə.", 30) + "az": "notify.address.long",
	} {
		got, err := ParseAddress(given)
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Path != "email" {
			t.Errorf("%q: got %q, %v; want an invalid field", given, got, err)
			continue
		}
		if f.Fields[0].Key != want {
			t.Errorf("%q: refused with %s, want %s", given, f.Fields[0].Key, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"a@example.com", "a@b@c.de", "x@münchen.example", "a@x\r\nTo: b@c.de", `"a"@b.cd`, "a@xn--a.com", "ß@ß.de"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text)
		if err != nil {
			return
		}
		s := a.String()
		if len(s) > 254 || strings.Count(s, "@") != 1 || strings.ContainsAny(s, "\r\n\x00 <>,;:\"()[]\\") || !ascii(s) {
			t.Fatalf("%q gave %q", text, s)
		}
		if again, err := ParseAddress(s); err != nil || again != a {
			t.Fatalf("%q gave %q, which gives %q, %v", text, s, again, err)
		}
		if p, err := mail.ParseAddress(s); err != nil || p.Address != s {
			t.Fatalf("%q gave %q, which net/mail reads as %v, %v", text, s, p, err)
		}
	})
}
