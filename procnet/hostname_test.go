package procnet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestHostname(t *testing.T) {
	const file = "sys/kernel/hostname"
	for text, want := range map[string]string{
		"web1\n":                         "web1",
		"":                               "",
		"\n":                             "",
		strings.Repeat("x", 1000) + "\n": strings.Repeat("x", maxHostname),
	} {
		name, ok := New(fstest.MapFS{file: {Data: []byte(text)}}, "net").Hostname()
		if name != want || ok != (want != "") {
			t.Errorf("%q is read as %q, %t", text, name, ok)
		}
	}
	if name, ok := New(fstest.MapFS{}, "net").Hostname(); ok {
		t.Errorf("without the file the name is %q", name)
	}
	own, err := os.Hostname()
	if name, ok := Self().Hostname(); err != nil || !ok || name != own {
		t.Errorf("this machine is %q, %t, not %q, %v", name, ok, own, err)
	}
}

// Another path to the running kernel's /proc may be a host's, seen from a
// container: the name in it is the container's.
func TestHostnameOfHost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "proc")
	if err := os.Symlink("/proc", dir); err != nil {
		t.Fatal(err)
	}
	if name, ok := At(dir).Hostname(); ok {
		t.Errorf("the host's name is said to be %q", name)
	}
}
