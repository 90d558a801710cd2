package procnet

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestBootID(t *testing.T) {
	if id, ok := Self().BootID(); !ok || strings.Count(id, "-") != 4 {
		t.Errorf("%q %v", id, ok)
	}
	if _, ok := New(fstest.MapFS{}, "net").BootID(); ok {
		t.Error("a boot id of nothing")
	}
}
