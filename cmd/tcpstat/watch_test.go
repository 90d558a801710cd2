package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/internal/documenttest"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// readWatch reads one document of a watch strictly, as the type of its kind.
func readWatch(text []byte) (d any, err error) {
	loose, err := document.Decode(text)
	if err != nil {
		return nil, err
	}
	switch loose.(type) {
	case *document.Event:
		return documenttest.Decode[document.Event](text)
	case *document.Sample:
		return documenttest.Decode[document.Sample](text)
	case *document.Summary:
		return documenttest.Decode[document.Summary](text)
	}
	return nil, fmt.Errorf("no document of a watch: %s", text)
}

// watching is a program that watches, and what it has told so far.
type watching struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  chan []byte
	stderr bytes.Buffer
	events []*document.Event
}

func startWatch(t *testing.T, args ...string) *watching {
	t.Helper()
	nettest.Need(t)
	w := &watching{t: t, cmd: exec.Command("/proc/self/exe"), lines: make(chan []byte)}
	w.cmd.Args = append([]string{"tcpstat", "--json", "--watch"}, args...)
	w.cmd.Stderr = &w.stderr
	stdout, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.lines)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			w.lines <- bytes.Clone(scanner.Bytes())
		}
	}()
	t.Cleanup(func() {
		w.cmd.Process.Kill()
		for range w.lines {
		}
		w.cmd.Wait()
	})
	return w
}

// next waits for the next document; nil is the end.
func (w *watching) next() any {
	w.t.Helper()
	select {
	case line, more := <-w.lines:
		if !more {
			return nil
		}
		d, err := readWatch(line)
		if err != nil {
			w.t.Fatalf("%v in %s", err, line)
		}
		if e, is := d.(*document.Event); is {
			w.events = append(w.events, e)
		}
		return d
	case <-time.After(30 * time.Second):
		w.t.Fatalf("nothing is told; stderr %s", w.stderr.String())
		return nil
	}
}

// until waits for an event of the socket at a local end.
func (w *watching) until(event string, local netip.AddrPort, to document.State) *document.Event {
	w.t.Helper()
	for {
		switch d := w.next().(type) {
		case nil:
			w.t.Fatalf("no event %s of %v; stderr %s", event, local, w.stderr.String())
		case *document.Event:
			if d.Event == event && isAt(d, local) && (to == "" || d.To == to) {
				return d
			}
		}
	}
}

func isAt(e *document.Event, local netip.AddrPort) bool {
	return e.Socket.Remote != nil && e.Socket.Local.AddrPort() == local
}

// sample waits for the next sample.
func (w *watching) sample() *document.Sample {
	w.t.Helper()
	for {
		switch d := w.next().(type) {
		case nil:
			w.t.Fatalf("no sample; stderr %s", w.stderr.String())
		case *document.Sample:
			return d
		}
	}
}

// end interrupts the program, which must then sum up.
func (w *watching) end() (summary *document.Summary) {
	w.t.Helper()
	w.cmd.Process.Signal(os.Interrupt)
	for d := w.next(); d != nil; d = w.next() {
		summary, _ = d.(*document.Summary)
	}
	if err := w.cmd.Wait(); err != nil || summary == nil {
		w.t.Fatalf("%v, summary %v, stderr %s", err, summary, w.stderr.String())
	}
	return summary
}

// only is a filter for the connections of a listener.
func only(listener *nettest.Sock) string {
	return fmt.Sprintf("sport = :%d or dport = :%[1]d", listener.Local.Port())
}

// The program tells the story of sockets: there, come, half closed, gone.
func TestWatchStory(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 4)
	_, old := listener.Pair()
	w := startWatch(t, "all", "-d", "50ms", "-p", only(listener))
	present := w.until("present", old.Remote, "ESTABLISHED")
	if len(present.Socket.Processes) != 1 || present.Socket.Processes[0].PID != int32(os.Getpid()) {
		t.Errorf("processes %v", present.Socket.Processes)
	}
	w.sample()

	client, server := listener.Pair()
	there, here := client.Local, server.Local
	peer := netip.AddrPortFrom(there.Addr(), there.Port())
	appeared := w.until("appeared", there, "")
	client.Shutdown()
	server.Wait(tcp.CloseWait)
	var closeWait *document.Event
	for closeWait == nil || closeWait.Socket.Remote.Port != peer.Port() {
		closeWait = w.until("changed", here, "CLOSE_WAIT")
	}
	if closeWait.From != "ESTABLISHED" || len(closeWait.Through) != 0 ||
		closeWait.Transition == nil || closeWait.Socket.Age.Max == nil {
		t.Errorf("changed: %+v", closeWait)
	}
	server.Close()
	timeWait := w.until("changed", there, "TIME_WAIT")
	left := (*document.Event)(nil)
	for left == nil || left.Socket.Remote.Port != peer.Port() {
		left = w.lefts(here)
	}
	if left.From != "CLOSE_WAIT" && left.From != "LAST_ACK" || left.To != "" {
		t.Errorf("left: %+v", left)
	}
	if *appeared.Socket.Cookie != *timeWait.Socket.Cookie || *left.Socket.Cookie != *closeWait.Socket.Cookie {
		t.Error("one socket has two cookies")
	}
	summary := w.end()
	if summary.Source != "netlink" || summary.Left != 1 || summary.Appeared != 2 || summary.LostEvents != 0 || summary.Unfollowed != 0 {
		t.Errorf("summary %+v", summary)
	}
	if w.stderr.Len() > 0 {
		t.Errorf("stderr %s", w.stderr.String())
	}
}

// lefts gives the event that a socket has left, which may have been told already.
func (w *watching) lefts(local netip.AddrPort) *document.Event {
	w.t.Helper()
	for _, e := range w.events {
		if e.Event == "left" && isAt(e, local) {
			return e
		}
	}
	return w.until("left", local, "")
}

// A socket that lives between two samples is told with its final counts. That it does
// is made sure of: the program stands still meanwhile.
func TestWatchBrief(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 4)
	w := startWatch(t, "all", "-d", "50ms", only(listener))
	w.sample()
	w.stop()
	client, server := listener.Pair()
	local := client.Local
	nettest.Deafen(t, server.FD)
	client.Send(1000)
	nettest.Poll(t, func() error {
		if client.Info().Total_retrans == 0 {
			return fmt.Errorf("nothing was sent again")
		}
		return nil
	})
	nettest.Hear(t, server.FD)
	nettest.Poll(t, func() error {
		if n := client.Info().Unacked; n > 0 {
			return fmt.Errorf("%d segments are not acknowledged", n)
		}
		return nil
	})
	resent := client.Info().Total_retrans
	server.Shutdown()
	client.Wait(tcp.CloseWait)
	client.Close()
	w.resume()
	e := w.of(local)
	if e.Event != "brief" {
		t.Errorf("%s, not brief", e.Event)
	}
	if i := e.Socket.TCPInfo; i == nil || *i.BytesSent < 2000 || *i.BytesReceived != 1 || *i.TotalRetrans != uint64(resent) {
		t.Errorf("tcp_info %+v, %d sent again", anyOf(t, i), resent)
	}
	if e.Socket.State != "" || e.From != "" || e.To != "" || e.Socket.UID != nil || e.Socket.Inode != nil || e.Socket.Cookie == nil {
		t.Errorf("%+v", e)
	}
	if summary := w.end(); summary.Brief == 0 {
		t.Errorf("summary %+v", summary)
	}
}

// stop makes the program stand still. All of its threads do when it returns.
func (w *watching) stop() {
	w.t.Helper()
	w.cmd.Process.Signal(unix.SIGSTOP)
	var status unix.WaitStatus
	if _, err := unix.Wait4(w.cmd.Process.Pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		w.t.Fatalf("it does not stop: %v, %#x", err, status)
	}
}

// resume lets it go on.
func (w *watching) resume() { w.cmd.Process.Signal(unix.SIGCONT) }

// of waits for the first event of the socket at a local end.
func (w *watching) of(local netip.AddrPort) *document.Event {
	w.t.Helper()
	for {
		switch d := w.next().(type) {
		case nil:
			w.t.Fatalf("no event of %v; stderr %s", local, w.stderr.String())
		case *document.Event:
			if isAt(d, local) {
				return d
			}
		}
	}
}

// One that went on from the state watched is followed to its end, whatever takes
// its place.
func TestWatchOneState(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 4)
	client, server := listener.Pair()
	local := server.Local
	w := startWatch(t, "CLOSE_WAIT", "-d", "50ms", only(listener))
	if sample := w.sample(); sample.Count != 0 {
		t.Errorf("sample %+v", sample)
	}
	client.Shutdown()
	appeared := w.until("appeared", local, "CLOSE_WAIT")
	nettest.Deafen(t, client.FD)
	server.Close()
	lastAck := w.until("changed", local, "LAST_ACK")
	for sample := w.sample(); sample.Count != 0 || sample.Followed != 1; sample = w.sample() {
		t.Logf("sample %+v", sample)
	}
	nettest.Hear(t, client.FD)
	left := w.until("left", local, "")
	if left.From != "LAST_ACK" || *left.Socket.Cookie != *appeared.Socket.Cookie || *lastAck.Socket.Cookie != *appeared.Socket.Cookie {
		t.Errorf("left %+v", left)
	}
	summary := w.end()
	if summary.Appeared != 1 || summary.Changed != 1 || summary.Left != 1 || summary.Followed != 0 {
		t.Errorf("summary %+v", summary)
	}
}

// One that turned into TIME_WAIT has not left.
func TestWatchTimeWait(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 4)
	client, server := listener.Pair()
	local := client.Local
	w := startWatch(t, "ESTABLISHED", "-d", "50ms", only(listener))
	w.until("present", local, "ESTABLISHED")
	client.Shutdown()
	server.Wait(tcp.CloseWait)
	server.Close()
	for e := w.until("changed", local, ""); e.To != "TIME_WAIT"; e = w.until("changed", local, "") {
		t.Logf("%s on its way", e.To)
	}
	client.Close()
	for range 3 {
		w.sample()
	}
	for _, e := range w.events {
		if e.Event == "left" && isAt(e, local) {
			t.Error("it is told to have left")
		}
	}
	if summary := w.end(); summary.Followed != 1 || summary.Count != 0 || summary.Left != 1 {
		t.Errorf("summary %+v", summary)
	}
}

// In another namespace the feed is that of the other namespace too.
func TestWatchNetns(t *testing.T) {
	path := nettest.Namespace(t)
	listener := nettest.Listen(t, nettest.V4, 4)
	w := startWatch(t, "all", "-d", "50ms", "--netns", path)
	w.sample()
	told := 0
	for range 10 { // a sample may lack a socket whose end is not told yet
		client, server := listener.Pair()
		w.of(server.Remote)
		local := server.Local
		client.Shutdown()
		server.Wait(tcp.CloseWait)
		server.Close()
		if left := w.lefts(local); left.Socket.TCPInfo != nil {
			told++
		}
	}
	if told == 0 {
		t.Error("ten sockets have left without their final counts")
	}
	w.end()
}

// Where the kernel refuses its netlink sockets /proc is polled, and that is said.
func TestWatchProc(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 4)
	client, server := listener.Pair()
	local := server.Local
	w := startWatch(t, "CLOSE_WAIT", "-d", "50ms", "--source", "proc", only(listener))
	w.sample()
	client.Shutdown()
	w.until("appeared", local, "CLOSE_WAIT")
	nettest.Deafen(t, client.FD)
	server.Close()
	w.until("changed", local, "LAST_ACK")
	nettest.Hear(t, client.FD)
	w.until("left", local, "")
	summary := w.end()
	missing := map[string]string{}
	for _, m := range summary.Missing {
		missing[m.Field] = m.Reason
	}
	if summary.Source != "proc" || missing["brief"] != "not_in_proc" || missing["cookie"] != "not_in_proc" {
		t.Errorf("summary %+v", summary)
	}
	if want := "come and go between two samples are not seen"; !strings.Contains(w.stderr.String(), want) {
		t.Errorf("stderr %q", w.stderr.String())
	}
}

// A reader that leaves ends it quietly.
func TestWatchClosedPipe(t *testing.T) {
	nettest.Need(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"tcpstat", "--watch", "all", "-d", "50ms"}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = writer, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if _, err := reader.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, stderr %s", err, stderr.String())
	}
}

// A watch that has ended leaves no goroutine and no descriptor behind.
func TestWatchLeavesNothing(t *testing.T) {
	nettest.Need(t)
	watch := func() {
		e := &env{stdout: io.Discard, stderr: io.Discard, root: true, now: time.Now, getenv: func(string) string { return "" }}
		if code := run(t.Context(), []string{"--watch", "all", "-d", "50ms", "--count", "3"}, e); code != exitDone {
			t.Fatalf("exit code %d", code)
		}
	}
	watch() // the runtime keeps a thread or two, and what watches for signals
	files, routines := openFiles(t), runtime.NumGoroutine()
	watch()
	nettest.Poll(t, func() error {
		left := slices.DeleteFunc(openFiles(t), func(f string) bool { return slices.Contains(files, f) })
		if r := runtime.NumGoroutine(); len(left) > 0 || r > routines {
			return fmt.Errorf("left open: %q; %d goroutines, before %d", left, r, routines)
		}
		return nil
	})
}

// What cannot be written is said once.
func TestWatchOnFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("%v: run on a machine whose /dev has full", err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	cmd := exec.Command("/proc/self/exe", "--watch", "all", "--count", "2", "-d", "50ms")
	cmd.Args[0] = "tcpstat"
	cmd.Stdout, cmd.Stderr = full, &stderr
	if cmd.Run(); cmd.ProcessState.ExitCode() != 1 || strings.Count(stderr.String(), "no space left") != 1 {
		t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), &stderr)
	}
}
