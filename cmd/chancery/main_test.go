package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
)

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	fresh := "sqlite:" + filepath.Join(dir, "fresh.db")
	ring := filepath.Join(t.TempDir(), "ring")
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"no command", nil, exitUsage},
		{"a command that does not exist", []string{"dance"}, exitUsage},
		{"a flag that does not exist", []string{"migrate", "--nonsense"}, exitUsage},
		{"a database that cannot be opened", []string{"migrate", "--db", "mysql://x"}, exitFailed},
		{"a schema that is behind", []string{"check", "--db", fresh}, exitNo},
		{"migrate", []string{"migrate", "--db", fresh}, exitDone},
		{"all in order", []string{"check", "--db", fresh}, exitDone},
		{"a key for seals", []string{"keys", "create", "--db", fresh, "--keys", ring}, exitDone},
		{"keys for seals", []string{"keys", "list", "--db", fresh, "--keys", ring}, exitDone},
		{"a code of nobody", []string{"verify", "0000-0000-0000-0000", "--db", fresh, "--keys", ring}, exitNo},
		{"a file of nobody", []string{"verify", "main_test.go", "--db", fresh, "--keys", ring}, exitNo},
		{"to verify nothing", []string{"verify", "--db", fresh}, exitUsage},
	} {
		if got := run(c.args); got != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got, c.want)
		}
	}
}

func TestConfigurationFile(t *testing.T) {
	parse := func(t *testing.T, text string, args ...string) (serveCmd, error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "chancery.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var line struct {
			Serve serveCmd `cmd:""`
		}
		parser, err := kong.New(&line, kong.Configuration(loadConfiguration))
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse(append([]string{"serve", "--config", path}, args...))
		return line.Serve, err
	}
	t.Run("all fields", func(t *testing.T) {
		c, err := parse(t, "addr: 127.0.0.1:9\ndb: sqlite:x.db\nbase_url: https://example.org\nkeys: k\ntrusted_proxies: [10.0.0.0/8, 192.168.0.0/16]\nname: {en: Ministry, az: Nazirlik}\n")
		if err != nil {
			t.Fatal(err)
		}
		if c.Addr != "127.0.0.1:9" || c.DB != "sqlite:x.db" || c.BaseURL != "https://example.org" || c.Keys != "k" ||
			len(c.TrustedProxies) != 2 || c.TrustedProxies[0] != netip.MustParsePrefix("10.0.0.0/8") || c.Name.In("az") != "Nazirlik" {
			t.Errorf("read %+v", c)
		}
	})
	t.Run("nothing in it", func(t *testing.T) {
		if c, err := parse(t, ""); err != nil || c.Addr != "127.0.0.1:8080" {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("line before environment before file", func(t *testing.T) {
		t.Setenv("CHANCERY_DB", "sqlite:environment.db")
		c, err := parse(t, "addr: 127.0.0.1:9\ndb: sqlite:file.db\n", "--addr", "127.0.0.1:7")
		if err != nil || c.Addr != "127.0.0.1:7" || c.DB != "sqlite:environment.db" {
			t.Errorf("%+v, %v", c, err)
		}
	})
	for name, text := range map[string]string{"a slip of the pen": "base_ulr: https://example.org\n", "no YAML": "\t{", "not a network": "trusted_proxies: [here]\n"} {
		t.Run(name, func(t *testing.T) {
			if c, err := parse(t, text); err == nil {
				t.Errorf("accepted: %+v", c)
			}
		})
	}
}
