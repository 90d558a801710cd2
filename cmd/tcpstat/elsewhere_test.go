package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Device 1 has a name here, but the number is one of another namespace.
func TestDeviceElsewhere(t *testing.T) {
	var elsewhere devices
	if name := elsewhere.name(1); name != "if1" {
		t.Errorf("device 1 of another namespace is called %q", name)
	}
	if name := (devices{}).name(1); name != "lo" {
		t.Errorf("device 1 of this namespace is called %q", name)
	}
}

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
