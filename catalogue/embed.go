// Package catalogue embeds what the ministry declares: its services, one YAML
// file each, which package internal/catalogue reads and checks, and who needs a
// visa, which internal/travel/policy does.
package catalogue

import "embed"

// Services holds services/*.yaml.
//
//go:embed services/*.yaml
var Services embed.FS

// Policy holds policy/*.yaml.
//
//go:embed policy/*.yaml
var Policy embed.FS

// Questionnaires holds questionnaires/*.yaml, which package internal/form reads
// and checks.
//
//go:embed questionnaires/*.yaml
var Questionnaires embed.FS

// Tariffs holds tariffs/*.yaml, which package internal/casework/tariff reads and
// checks.
//
//go:embed tariffs/*.yaml
var Tariffs embed.FS
