package procnet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"tcpstat/tcp"
)

// bundle makes a directory of files.
func bundle(t *testing.T, files map[string]string) Proc {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return At(dir)
}

func TestProcesses(t *testing.T) {
	t.Setenv("HOST_PROC", bundle(t, map[string]string{"1/comm": "elsewhere\n", "9/comm": "elsewhere\n"}).dir)
	p := bundle(t, map[string]string{
		"1/comm":    "init\n",
		"1/cmdline": "/sbin/init\x00--\x00",
		"2/comm":    "kthreadd\n",
		"2/cmdline": "",
		"3/comm":    "systemd-resolve\n",
		"3/status":  "Name:\tsystemd-resolve\nState:\tS (sleeping)\nUid:\t101\t101\t101\t101\n",
		"3/cmdline": "/lib/systemd/systemd-resolved\x00",
		"4/comm":    "a-mapped-nobody\n",
		"4/status":  "Name:\ta-mapped-nobody\nUid:\t4294967294\t4294967294\t4294967294\t4294967294\n",
		"4/cmdline": "short\x00",
		"5/comm":    "a-damaged-statu\n",
		"5/status":  "Name:\ta-damaged-statu\nState:\t\n",
		"5/cmdline": "short\x00",
		"6/comm":    "\x1b[31mred\n(x)\n",
		"7/status":  "Name:\tno-comm\n",
		"8/stat":    "8 (no name) S",
	})
	ps := p.Processes()
	for _, want := range []tcp.Process{
		{PID: 1, Name: "init", Command: "/sbin/init"},
		{PID: 2, Name: "kthreadd"},
		{PID: 3, Name: "systemd-resolved", Command: "/lib/systemd/systemd-resolved"},
		{PID: 4, Name: "a-mapped-nobody", Command: "short"},
		{PID: 5, Name: "a-damaged-statu", Command: "short"},
		{PID: 6, Name: "\x1b[31mred\n(x)"},
		{PID: 7, Name: "no-comm"},
	} {
		if got, ok := ps.Get(want.PID); !ok || *got != want {
			t.Errorf("got %+v, %t, want %+v", got, ok, want)
		}
	}
	for _, pid := range []int32{8, 9, 0, -1} {
		if got, ok := ps.Get(pid); ok || *got != (tcp.Process{PID: pid}) {
			t.Errorf("%d: got %+v, %t", pid, got, ok)
		}
	}

	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	if _, ok := ps.Get(1); !ok {
		t.Error("a process once read is forgotten")
	}
	if _, ok := p.Processes().Get(1); ok {
		t.Error("a process that is gone is found")
	}
}

func TestProcessesWithoutDirectory(t *testing.T) {
	if got, ok := New(fstest.MapFS{}, "net").Processes().Get(int32(os.Getpid())); ok {
		t.Errorf("got %+v", got)
	}
}

func TestOwnProcess(t *testing.T) {
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	want := tcp.Process{PID: int32(os.Getpid()), Name: strings.TrimSpace(string(comm)), Command: os.Args[0]}
	if got, ok := Self().Processes().Get(want.PID); !ok || *got != want {
		t.Errorf("got %+v, %t, want %+v", got, ok, want)
	}
}
