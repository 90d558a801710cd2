package main

import (
	"os"
	"path/filepath"
	"testing"

	"tcpstat/internal/nettest"
)

// Device 1 has a name here, but the number is one of another namespace.
func TestDeviceElsewhere(t *testing.T) {
	namespace := nettest.Namespace(t)
	nettest.Listen(t, nettest.V4, 1, nettest.WithDevice("lo"))
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "1/ns"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(namespace, filepath.Join(dir, "1/ns/net")); err != nil {
		t.Fatal(err)
	}
	t.Run("from outside", func(t *testing.T) { // on a thread that stayed there
		d := list(t, "tcpstat", "-ln", "--json", "--proc", dir)
		if d.Source != "netlink" || len(d.Sockets) != 1 {
			t.Fatalf("source %q, %d sockets", d.Source, len(d.Sockets))
		}
		if name := d.Sockets[0].Interface; name == nil || *name != "if1" {
			t.Errorf("interface %v, want if1", tell(name))
		}
	})
}
