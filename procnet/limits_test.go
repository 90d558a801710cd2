package procnet

import (
	"math"
	"os"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"
)

func TestOpenFiles(t *testing.T) {
	const head = "Limit                     Soft Limit           Hard Limit           Units\n"
	for text, want := range map[string]uint64{
		head + "Max processes             7                    7                    processes\nMax open files            1024                 524288               files\n": 1024,
		head + "Max open files            unlimited            unlimited            files\n":                                                                                math.MaxUint64,
		head + "Max open files            -1                   524288               files\n":                                                                                0,
		head + "Max open files": 0,
		head:                    0,
		"":                      0,
	} {
		p := New(fstest.MapFS{"4711/limits": {Data: []byte(text)}}, "net")
		if got, ok := p.OpenFiles(4711); got != want || ok != (want > 0) {
			t.Errorf("%q: %d %v, want %d", text, got, ok, want)
		}
	}
	if _, ok := New(fstest.MapFS{}, "net").OpenFiles(1); ok {
		t.Error("a limit of a process that is not there")
	}
}

func TestOpenFilesOfThisProcess(t *testing.T) {
	var want unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &want); err != nil {
		t.Fatal(err)
	}
	pid := int32(os.Getpid())
	for name, limit := range map[string]func(int32) (uint64, bool){"asked": Self().OpenFiles, "written": Self().writtenLimit} {
		if got, ok := limit(pid); !ok || got != want.Cur {
			t.Errorf("%s: %d %v, want %d", name, got, ok, want.Cur)
		}
		if got, ok := limit(1 << 30); ok {
			t.Errorf("%s: %d of a process that is not there", name, got)
		}
	}
	if At(t.TempDir()).ownPIDs() {
		t.Error("the processes of a copy are asked for")
	}
}
