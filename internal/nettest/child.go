package nettest

import (
	"io"
	"os"
	"os/exec"
	"testing"
)

// Start starts a program that lives until its standard input ends, which it does
// when the test does. It gives what the program prints.
func Start(t testing.TB, cmd *exec.Cmd) (stdin io.Writer, stdout io.Reader) {
	t.Helper()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Logf("%v: %v", cmd.Args, err)
		}
	})
	return in, out
}
