// Package catalogue embeds what the ministry declares: its services, one YAML
// file each. Package internal/catalogue reads and checks them.
package catalogue

import "embed"

// Services holds services/*.yaml.
//
//go:embed services/*.yaml
var Services embed.FS
