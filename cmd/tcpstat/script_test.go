package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tcpstat/internal/nettest"
)

// TestScripts runs testdata/script: what the built program does when it is
// asked in this or that way. In the environment of a script are LISTENER and
// CLIENT, a listener and the other end of a connection to it, PID, the process that
// has them, and RECORDS, a folder of records.
func TestScripts(t *testing.T) {
	// A process of its own: what this one starts for another script has its
	// descriptors too until it is another program.
	holder := exec.Command("/proc/self/exe")
	holder.Args = []string{"pair"}
	_, stdout := nettest.Start(t, holder)
	var listener, client string
	if _, err := fmt.Fscan(stdout, &listener, &client); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener)
	if err != nil {
		t.Fatal(err)
	}
	records, err := filepath.Abs("testdata/records")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TERM", "xterm-256color")
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Setenv("RECORDS", records)
			env.Setenv("PORT", port)
			env.Setenv("PID", strconv.Itoa(holder.Process.Pid))
			env.Setenv("LISTENER", listener)
			env.Setenv("CLIENT", client)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"documents": documents,
		},
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "root":
				return os.Geteuid() == 0, nil
			case "bigendian":
				return binary.NativeEndian.Uint16([]byte{0, 1}) == 1, nil
			}
			return false, errors.New("unknown")
		},
	})
}

// pair holds a listener and both ends of a connection to it until its standard
// input ends, and prints the addresses of the listener and the client.
func pair() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	client, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		return err
	}
	server, err := listener.Accept()
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr(), client.LocalAddr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	runtime.KeepAlive([]any{listener, client, server})
	os.Exit(0)
	return nil
}

// exits CODE COMMAND runs a program, which must end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}
