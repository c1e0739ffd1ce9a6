package outsidetest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// veraPDF's version, from Maven Central.
const veraPDFVersion = "1.30.2"

// VeraPDF says what the validator of the PDF Association and the Open
// Preservation Foundation finds wrong in a file for a flavour such as "2b": lines
// that begin with PASS or FAIL.
func VeraPDF(t testing.TB, flavour string, files ...string) string {
	t.Helper()
	java := Program(t, "java", "install a Java runtime of version 11 or later")
	dir, there := cache(t, "verapdf-"+veraPDFVersion)
	if !there {
		mvn := Program(t, "mvn", "install maven")
		install(t, dir, "veraPDF", "install maven", nil,
			[]string{mvn, "-q", "-B", "dependency:copy", "-Dartifact=org.verapdf.apps:cli:" + veraPDFVersion, "-DoutputDirectory=."})
	}
	args := append([]string{"-cp", filepath.Join(dir, "cli-"+veraPDFVersion+".jar"), "org.verapdf.apps.GreenfieldCliWrapper", "-f", flavour, "--format", "text", "-v"}, files...)
	out, err := exec.Command(java, args...).Output()
	if len(out) == 0 {
		t.Fatalf("veraPDF says nothing: %v", err)
	}
	return string(out)
}
