package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// A leak of sockets that stand in no table is found with its process, and listed; of
// netstat's table in a pipe it is no part unless it is asked for.
func TestCheckClosedHeld(t *testing.T) {
	nettest.Need(t)
	for range 120 {
		nettest.Open(t, nettest.V4)
	}
	v := judge(t, "tcpstat", "closed-held")
	r := v.of(t, "closed-held")
	if r.Process == nil || int(r.Process.PID) != os.Getpid() || r.Status == "OK" || *r.Metrics[0].Value < 120 {
		t.Errorf("%+v", r)
	}
	own := fmt.Sprintf(`"pid":%d`, os.Getpid())
	listed := ask(t, "tcpstat", "-anp", "--json").stdout
	rows := 0
	for line := range strings.Lines(listed) {
		if strings.Contains(line, `"state":"CLOSE","local":null,"remote":null`) && strings.Contains(line, own) {
			rows++
		}
	}
	if rows < 120 {
		t.Errorf("%d rows in state CLOSE, want 120", rows)
	}
	for _, tt := range []struct {
		args []string
		rows bool
	}{
		{[]string{"-anp"}, false},
		{[]string{"-np", "state", "CLOSE"}, true},
		{[]string{"-n", "state", "CLOSE"}, true},
		{[]string{"-np", "state", "ESTABLISHED"}, false},
	} {
		if has := strings.Contains(ask(t, append([]string{"tcpstat"}, tt.args...)...).stdout, " CLOSE "); has != tt.rows {
			t.Errorf("%q shows sockets in CLOSE: %t", tt.args, has)
		}
	}
	if a := ask(t, "tcpstat", "-q", "state", "CLOSE"); a.code != 0 {
		t.Errorf("-q: exit code %d", a.code)
	}
}

// A process that has no descriptor left explains why its listener does not accept.
func TestCheckNoFilesLeft(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 10)
	for range 11 {
		nettest.Connect(t, listener.Local).Wait(tcp.Established)
	}
	const limit = 64
	for fd := 600; fd < 600+limit; fd++ { // as many as it may have, and free ones for this test
		if err := unix.Dup3(listener.FD, fd, unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
	}
	var before unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: before.Max})
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}()
	v := judge(t, "hasty", "open-files", "not-accepted", "accept-queue")
	r := v.of(t, "open-files")
	if r.Status != "CRITICAL" || r.Subject == nil || *r.Subject != here(t) || r.Title != "no file descriptors left" {
		t.Errorf("%+v", r)
	}
	if r.Names["listener"] != listener.Local.String() || r.Evidence["waiting"] != 11 || r.Evidence["open_files_limit"] != limit {
		t.Errorf("names %v, evidence %v", r.Names, r.Evidence)
	}
	isExplainedBy(t, v.of(t, "not-accepted"), "open-files")
	isExplainedBy(t, v.of(t, "accept-queue"), "open-files")
}
