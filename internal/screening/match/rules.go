package match

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Rules say what counts how much, in points of 100, and from where on somebody
// must look. They are data: see rules.yaml for what each means.
type Rules struct {
	Hit     int `yaml:"hit"`
	Strong  int `yaml:"strong"`
	NameMin int `yaml:"name_min"`
	MaxHits int `yaml:"max_hits"`
	Name    struct {
		MissingParts int `yaml:"missing_parts"`
		OneWord      int `yaml:"one_word"`
		LowAlias     int `yaml:"low_alias"`
	} `yaml:"name"`
	Date struct {
		Same       int `yaml:"same"`
		Compatible int `yaml:"compatible"`
		Slip       int `yaml:"slip"`
		Near       int `yaml:"near"`
		Different  int `yaml:"different"`
	} `yaml:"date"`
	Nationality struct {
		Same      int `yaml:"same"`
		Different int `yaml:"different"`
	} `yaml:"nationality"`
	Document struct {
		Same           int `yaml:"same"`
		CountryUnknown int `yaml:"country_unknown"`
		Confusable     int `yaml:"confusable"`
	} `yaml:"document"`
	Shrink int `yaml:"shrink_percent"`
	// Version names these rules: a hash of the file.
	Version string `yaml:"-"`
}

//go:embed rules.yaml
var usual []byte

// UsualRules are those that come with the program.
func UsualRules() Rules {
	r, err := ReadRules(usual)
	if err != nil {
		panic(err) // the file is part of the program and tested
	}
	return r
}

// ReadRules reads rules.yaml; every field must be there and make sense.
func ReadRules(file []byte) (Rules, error) {
	var r Rules
	in := yaml.NewDecoder(bytes.NewReader(file))
	in.KnownFields(true)
	if err := in.Decode(&r); err != nil {
		return Rules{}, fmt.Errorf("screening rules: %w", err)
	}
	switch {
	case r.Hit < 50 || r.Hit > 100 || r.Strong < r.Hit || r.Strong > 100:
		return Rules{}, fmt.Errorf("screening rules: hit must be between 50 and 100, strong between hit and 100")
	case r.NameMin < 50 || r.NameMin > r.Hit:
		return Rules{}, fmt.Errorf("screening rules: name_min must be between 50 and hit")
	case r.MaxHits < 1 || r.MaxHits > 500:
		return Rules{}, fmt.Errorf("screening rules: max_hits must be between 1 and 500")
	case r.Date.Different > 0 || r.Nationality.Different > 0 || r.Name.LowAlias > 0 || r.Date.Same < 0:
		return Rules{}, fmt.Errorf("screening rules: what speaks against a match must not raise the score")
	case r.Document.Same < r.Hit:
		return Rules{}, fmt.Errorf("screening rules: the same document must be a hit")
	case r.Shrink < 1 || r.Shrink > 100:
		return Rules{}, fmt.Errorf("screening rules: shrink_percent must be between 1 and 100")
	}
	sum := sha256.Sum256(file)
	r.Version = hex.EncodeToString(sum[:6])
	return r, nil
}
