// Package outsidetest finds the programs of others that tests check our work
// with: mail servers, PDF readers, calendar parsers. When one cannot be had,
// the test fails if CI=true, and otherwise is left out and says what to
// install. What it installs itself goes to the user's cache, once.
package outsidetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// absent ends the test: it cannot say anything without the program.
func absent(t testing.TB, name, install string, why ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed: %s %v", name, install, why)
	}
	t.Skipf("NOT TESTED without %s: %s %v", name, install, why)
}

// Program gives the path of a program; install says how to get it.
func Program(t testing.TB, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		absent(t, name, install)
	}
	return path
}

// cache gives a folder for what is installed, and whether it is there already.
func cache(t testing.TB, name string) (dir string, there bool) {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir = filepath.Join(base, "chancery-test", name)
	_, err = os.Stat(filepath.Join(dir, "complete"))
	return dir, err == nil
}

// install runs the commands and notes that all of them ended well.
func install(t testing.TB, dir, name, hint string, env []string, commands ...[]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			absent(t, name, hint, strings.Join(c, " "), err, string(out))
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "complete"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// GoTool gives the path of a Go program, on the search path or built from
// module at version.
func GoTool(t testing.TB, name, module, version string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	dir, there := cache(t, name+"-"+version)
	if !there {
		install(t, dir, name, "go install "+module+"@"+version, []string{"GOBIN=" + dir, "GOFLAGS="},
			[]string{"go", "install", module + "@" + version})
	}
	return filepath.Join(dir, name)
}

// Python gives the path of a Python 3 that has package at version.
func Python(t testing.TB, pkg, version string) string {
	t.Helper()
	dir, there := cache(t, "python-"+pkg+"-"+version)
	python := filepath.Join(dir, "venv", "bin", "python3")
	if !there {
		install(t, dir, "Python's "+pkg, "install python3 and python3-venv", nil,
			[]string{"python3", "-m", "venv", "venv"},
			[]string{python, "-m", "pip", "install", "-q", pkg + "==" + version})
	}
	return python
}

// Node gives a folder in which Node.js finds package at version.
func Node(t testing.TB, pkg, version string) string {
	t.Helper()
	dir, there := cache(t, "node-"+pkg+"-"+version)
	if !there {
		install(t, dir, "Node's "+pkg, "install nodejs and npm", nil,
			[]string{"npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", ".", pkg + "@" + version})
	}
	return dir
}
