package notify

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/chancery/chancery/internal/fault"
)

// Address is an e-mail address that ParseAddress has accepted: one mailbox,
// no display name, with its domain in lower case and in ASCII.
type Address string

// String gives the address as it is written in a mail.
func (a Address) String() string { return string(a) }

// Key is what two spellings of one mailbox have in common: all servers in use
// treat the local part without regard to case, though RFC 5321 lets them not.
func (a Address) Key() string { return strings.ToLower(string(a)) }

// The limits of RFC 5321, section 4.5.3.1, in octets: an address fits the path
// of 256 with its angle brackets.
const (
	longestAddress = 254
	longestLocal   = 64
)

// local is RFC 5322's dot-atom without "%" and "!", which old mail servers
// take for a route to another host. Quoted local parts are legal and only ever
// seen in attacks.
var local = regexp.MustCompile(`^[A-Za-z0-9#$&'*+/=?^_` + "`" + `{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_` + "`" + `{|}~-]+)*$`)

// domains maps a domain as people type it (capitals, letters of any script) to
// the form that the DNS knows, and refuses what cannot be one.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// onlyDigits finds the ends of "domains" that are IP addresses.
var onlyDigits = regexp.MustCompile(`^[0-9]+$`)

// ParseAddress reads one bare e-mail address, such as a person types into a
// form: no name, no comment, no quoting, a domain with a dot. Spaces around it
// are forgiven. Errors are Invalid faults with one field, "email".
func ParseAddress(text string) (Address, error) {
	text = strings.Trim(text, " \t\r\n\u00a0")
	if text == "" {
		return "", fault.NewInvalid(fault.Field{Path: "email", Key: "notify.address.missing"})
	}
	if len(text) > longestAddress {
		return "", fault.NewInvalid(fault.Field{Path: "email", Key: "notify.address.long"})
	}
	malformed := fault.NewInvalid(fault.Field{Path: "email", Key: "notify.address.malformed"})
	name, domain, found := strings.Cut(text, "@")
	switch {
	case !found, name == "", domain == "", !utf8.ValidString(text):
		return "", malformed
	case !ascii(name):
		return "", fault.NewInvalid(fault.Field{Path: "email", Key: "notify.address.letters"})
	case len(name) > longestLocal, !local.MatchString(name):
		return "", malformed
	}
	domain, err := domains.ToASCII(domain)
	if err != nil {
		return "", malformed
	}
	domain = strings.ToLower(domain)
	dot := strings.LastIndexByte(domain, '.')
	if dot <= 0 || dot == len(domain)-1 || onlyDigits.MatchString(domain[dot+1:]) {
		return "", fault.NewInvalid(fault.Field{Path: "email", Key: "notify.address.domain"})
	}
	address := name + "@" + domain
	if len(address) > longestAddress {
		return "", fault.NewInvalid(fault.Field{Path: "email", Key: "notify.address.long"})
	}
	// The mail library will read the address with net/mail: both must see the
	// same mailbox.
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address || parsed.Name != "" {
		return "", malformed
	}
	return Address(address), nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
