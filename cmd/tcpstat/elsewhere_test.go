package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// procFor makes an empty folder that everybody may look into.
func procFor(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "proc")
	for _, err := range []error{
		os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755),
		os.Mkdir(dir, 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A namespace that may not be looked at is no missing one: the list that then
// comes from files says so. How this machine's /proc is mounted makes no difference.
func TestNamespaceForbidden(t *testing.T) {
	needUsers(t)
	dir := procFor(t)
	look := []string{"hideproc", dir, "hidepid=0", "nobody", "tcpstat", "-an", "--proc", dir}
	a := answerOf(t, look...)
	if len(lines(a.stderr)) != 1 || !strings.Contains(a.stderr, "permission denied") {
		t.Errorf("stderr %q", a.stderr)
	}
	failed(t, append(look, "--source", "netlink")...)
}

// A /proc that hides process 1 shows no namespace, and no list is empty therefore.
func TestNamespaceHidden(t *testing.T) {
	needUsers(t)
	dir := procFor(t)
	failed(t, "hideproc", dir, "hidepid=2", "nobody", "tcpstat", "-an", "--proc", dir)
}
