package inspect

import "testing"

// Device 1 has a name here, but the number is one of another namespace.
func TestDeviceElsewhere(t *testing.T) {
	var elsewhere devices
	if name := elsewhere.name(1, nil); name != "if1" {
		t.Errorf("device 1 of another namespace is called %q", name)
	}
	if name := (devices{}).name(1, func(f func() error) error { return f() }); name != "lo" {
		t.Errorf("device 1 of this namespace is called %q", name)
	}
}
