package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

// Names of the files.
const (
	rulesFile   = "policy/visa.yaml"
	recordsFile = "policy/waivers.yaml"
)

// maxFile bounds a file, in bytes.
const maxFile = 1 << 20

// Policy is a set of rules with the acts they rest on. It does not change, and
// is safe for concurrent use.
type Policy struct {
	// Version names the rules, Country is who made them.
	Version, Country string

	rules   []Rule
	needs   map[string]locale.Text
	records Records
}

// Load reads policy/visa.yaml and policy/waivers.yaml. The error lists all
// problems, one a line, as "policy/visa.yaml:12: rules[3].outcome: what to do".
func Load(fsys fs.FS) (*Policy, error) {
	text, err := fs.ReadFile(fsys, recordsFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", recordsFile, err)
	}
	records, err := ParseRecords(text)
	if err != nil {
		return nil, err
	}
	if text, err = fs.ReadFile(fsys, rulesFile); err != nil {
		return nil, fmt.Errorf("read %s: %w", rulesFile, err)
	}
	return Parse(text, records)
}

// Rules gives the rules in their order. The slice is shared: do not change it.
func (p *Policy) Rules() []Rule { return p.rules }

// Record gives an act that a rule rests on; a NotFound fault when there is none.
func (p *Policy) Record(id string) (Record, error) {
	r, ok := p.records[id]
	if !ok {
		return Record{}, fault.NewNotFound("travel.policy.no_record")
	}
	return r, nil
}

// Resting gives the rules that rest on an act.
func (p *Policy) Resting(record string) []Rule {
	var rules []Rule
	for _, r := range p.rules {
		if r.Record == record {
			rules = append(rules, r)
		}
	}
	return rules
}

// read decodes one file strictly.
func read(name string, text []byte, into any) (*checker, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s:1: the file is larger than %d KiB", name, maxFile>>10)
	}
	file, err := parser.ParseBytes(text, 0)
	if err == nil && (len(file.Docs) != 1 || file.Docs[0].Body == nil) {
		return nil, fmt.Errorf("%s:1: the file holds exactly one document", name)
	}
	if err == nil {
		err = yaml.NodeToValue(file.Docs[0].Body, into, yaml.Strict())
	}
	if err != nil {
		line, what := 1, err.Error()
		var at yaml.Error
		if errors.As(err, &at) {
			what = at.GetMessage()
			if t := at.GetToken(); t != nil && t.Position != nil {
				line = t.Position.Line
			}
		}
		what, _, _ = strings.Cut(what, "\n")
		return nil, fmt.Errorf("%s:%d: %s", name, line, what)
	}
	return &checker{name: name, file: file}, nil
}

// checker collects what is wrong with a file.
type checker struct {
	name     string
	file     *ast.File
	problems []error
}

func (c *checker) add(path, format string, args ...any) {
	line := 1
	for at := path; at != ""; at = at[:max(0, strings.LastIndexAny(at, ".["))] {
		p, err := yaml.PathString("$." + at)
		if err != nil {
			continue
		}
		if node, err := p.FilterFile(c.file); err == nil && node != nil && node.GetToken() != nil {
			line = node.GetToken().Position.Line
			break
		}
	}
	c.problems = append(c.problems, fmt.Errorf("%s:%d: %s: %s", c.name, line, path, fmt.Sprintf(format, args...)))
}

func (c *checker) text(path string, t locale.Text) {
	if missing := t.Missing(); len(missing) > 0 {
		c.add(path, "lacks %s; write the text in every language", strings.Join(missing, " and "))
	}
}

func (c *checker) day(path, day string) {
	if day == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		c.add(path, "%q is no date; write it as \"2024-01-31\"", day)
	}
}

func (c *checker) oneOf(path, value string, list []string) {
	if !slices.Contains(list, value) {
		c.add(path, "%q is not known; use one of %s", value, strings.Join(list, ", "))
	}
}

var (
	slug   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	edtf   = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d)?)?$`)
	window = regexp.MustCompile(`^\d{1,4} in \d{1,4}$`)
)

var sources = []string{SourceRelease, SourceDemonstration}

// ParseRecords reads the text of waivers.yaml.
func ParseRecords(text []byte) (Records, error) {
	var file struct {
		Records []Record `yaml:"records"`
	}
	c, err := read(recordsFile, text, &file)
	if err != nil {
		return nil, err
	}
	records := Records{}
	for i, r := range file.Records {
		at := fmt.Sprintf("records[%d].", i)
		if _, twice := records[r.ID]; twice || !slug.MatchString(r.ID) {
			c.add(at+"id", "%q is taken or not of small letters, digits and hyphens", r.ID)
		}
		c.text(at+"title", r.Title)
		if len(r.Parties) == 0 {
			c.add(at+"parties", "is empty; name the parties")
		}
		for _, party := range r.Parties {
			if !country.Known(party) {
				c.add(at+"parties", "%q is no code of a country", party)
			}
		}
		if r.Signed != "" && !edtf.MatchString(r.Signed) {
			c.add(at+"signed", "%q is no date; write 2023, 2023-04 or 2023-04-07", r.Signed)
		}
		c.day(at+"in_force", r.InForce)
		c.day(at+"until", r.Until)
		if r.Until != "" && r.Until < r.InForce {
			c.add(at+"until", "is before in_force")
		}
		c.oneOf(at+"source", r.Source, sources)
		c.oneOf(at+"days", r.Days, sources)
		records[r.ID] = r
	}
	return records, errors.Join(c.problems...)
}

// Parse reads the text of visa.yaml; the rules may rest on records.
func Parse(text []byte, records Records) (*Policy, error) {
	var file struct {
		Version   string                 `yaml:"version"`
		Country   string                 `yaml:"country"`
		Groups    map[string][]string    `yaml:"groups"`
		Documents map[string]locale.Text `yaml:"documents"`
		Rules     []Rule                 `yaml:"rules"`
	}
	c, err := read(rulesFile, text, &file)
	if err != nil {
		return nil, err
	}
	p := &Policy{Version: file.Version, Country: file.Country, needs: file.Documents, records: records, rules: file.Rules}
	if file.Version == "" {
		c.add("version", "is missing; name the rules, such as \"2026-11-01\"")
	}
	if !country.IsState(file.Country) {
		c.add("country", "%q is no country of ISO 3166-1", file.Country)
	}
	for name, codes := range file.Groups {
		for _, code := range codes {
			if !country.Known(code) {
				c.add("groups."+name, "%q is no code of ISO 3166-1 or Doc 9303-3", code)
			}
		}
	}
	for name, text := range file.Documents {
		c.text("documents."+name, text)
	}
	seen := map[string]bool{}
	for i := range p.rules {
		r := &p.rules[i]
		at := fmt.Sprintf("rules[%d].", i)
		if seen[r.ID] || !slug.MatchString(r.ID) {
			c.add(at+"id", "%q is taken or not of small letters, digits and hyphens", r.ID)
		}
		seen[r.ID] = true
		c.rule(at, r, p, file.Groups)
	}
	if n := len(p.rules); n == 0 {
		c.add("rules", "is empty")
	} else if last := p.rules[n-1]; len(last.Nationality)+len(last.Document)+len(last.Purpose)+last.MaxDays > 0 || last.From+last.To+last.Record != "" {
		c.add(fmt.Sprintf("rules[%d]", n-1), "the last rule must have no conditions, so that everybody gets an answer")
	}
	return p, errors.Join(c.problems...)
}

func (c *checker) rule(at string, r *Rule, p *Policy, groups map[string][]string) {
	if len(r.Nationality) > 0 {
		r.nationalities = map[string]bool{}
	}
	for _, name := range r.Nationality {
		codes, group := groups[name]
		if !group {
			codes = []string{name}
			if !country.Known(name) {
				c.add(at+"nationality", "%q is neither a group nor a code", name)
			}
		}
		for _, code := range codes {
			r.nationalities[country.Canonical(code)] = true
		}
	}
	for _, d := range r.Document {
		c.oneOf(at+"document", d, Documents)
	}
	for _, purpose := range r.Purpose {
		c.oneOf(at+"purpose", purpose, Purposes)
	}
	if !slices.Contains(Outcomes, r.Outcome) {
		c.add(at+"outcome", "%q is not known; use one of %v", r.Outcome, Outcomes)
	}
	if r.MaxDays < 0 || r.MaxDays > MaxDays || r.MaxDays > 0 && r.Outcome == Refused {
		c.add(at+"max_days", "must be from 1 to %d, and is nothing for refused", MaxDays)
	}
	if r.Period != "" {
		if n, _ := fmt.Sscanf(r.Period, "%d in %d", &r.period.Days, &r.period.In); n != 2 || !window.MatchString(r.Period) || r.period.Days < 1 || r.period.Days > r.period.In {
			c.add(at+"period", "%q is no window; write 90 in 180", r.Period)
		}
	}
	c.day(at+"from", r.From)
	c.day(at+"to", r.To)
	if r.From != "" && r.To != "" && r.To < r.From {
		c.add(at+"to", "is before from")
	}
	if _, ok := p.records[r.Record]; r.Record != "" && !ok {
		c.add(at+"record", "there is no record %q in %s", r.Record, recordsFile)
	}
	for _, need := range r.Needs {
		if _, ok := p.needs[need]; !ok {
			c.add(at+"needs", "%q is not in documents", need)
		}
	}
	c.text(at+"reason", r.Reason)
	c.oneOf(at+"source", r.Source, sources)
}
