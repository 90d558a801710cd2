package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A namespace that may not be looked at is no missing one: the list that then
// comes from files says so.
func TestNamespaceForbidden(t *testing.T) {
	needUsers(t)
	dir := filepath.Join(t.TempDir(), "proc")
	for _, err := range []error{
		os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755),
		os.Symlink("/proc", dir),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	a := answerOf(t, "nobody", "tcpstat", "-an", "--proc", dir)
	if len(lines(a.stderr)) != 1 || !strings.Contains(a.stderr, "permission denied") {
		t.Errorf("stderr %q", a.stderr)
	}
	failed(t, "nobody", "tcpstat", "-an", "--proc", dir, "--source", "netlink")
}
