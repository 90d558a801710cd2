package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpstat/document"
	"tcpstat/internal/nettest"
)

// The summary names the leaking server of the README, and foresees when it has no
// descriptors left: as soon as it comes to its limit at the pace that it had so far. A
// busy machine may give it another pace from then on.
func TestReadmeLeak(t *testing.T) {
	nettest.Need(t)
	if testing.Short() {
		t.Skip("it takes ten seconds to leak; runs without -short")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "leaky")
	if err := os.WriteFile(program+".go", []byte(readmeBlocks(t, "go")[0]), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", program, program+".go").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	leak := exec.Command("bash", "-c", "ulimit -n 150; exec "+program)
	var stderr strings.Builder
	leak.Stderr = &stderr
	if err := leak.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		leak.Wait()
		close(ended)
	}()
	defer leak.Process.Kill()

	w := startWatch(t, "CLOSE_WAIT", "-d", "500ms", "--until", "count > 60", "--for", "1m")
	first := w.sample()
	var summary *document.Summary
	for d := w.next(); d != nil; d = w.next() {
		summary, _ = d.(*document.Summary)
	}
	if summary == nil || summary.UntilReached == nil || !*summary.UntilReached || len(summary.Processes) == 0 {
		t.Fatalf("summary %+v, stderr %s", summary, w.stderr.String())
	}
	p := summary.Processes[0]
	if int(p.PID) != leak.Process.Pid || tell(p.Name) != "leaky" || p.OpenFilesLimit == nil || *p.OpenFilesLimit != 150 || p.OpenFiles == nil || p.FullIn == nil {
		t.Fatalf("process %+v", p)
	}
	foreseen := p.FullIn.Duration()
	each := summary.Time.Sub(first.Time) / time.Duration(summary.Count-first.Count)
	if truth := each * time.Duration(*p.OpenFilesLimit-*p.OpenFiles); foreseen < truth*8/10 || foreseen > truth*12/10 {
		t.Errorf("foreseen %v, in truth %v; %+v", foreseen, truth, p)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("it does not run out of descriptors")
	}
	if !strings.Contains(stderr.String(), "too many open files") {
		t.Errorf("it ended with %q", stderr.String())
	}
}
