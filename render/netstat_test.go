package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// netstatLine is the row as net-tools' lib and netstat.c print it, with its own
// formats.
func netstatLine(r *listing.Row) string {
	s := r.Socket
	proto, receive, send := "tcp", s.RecvQueue, s.SendQueue
	if s.Family == tcp.IPv6 {
		proto = "tcp6"
	}
	if s.State == tcp.Listen {
		receive, send = s.Backlog.Used, s.Backlog.Limit.Or(0)
	}
	local, remote := s.Local.Addr().Unmap().String(), "0.0.0.0"
	if s.Family == tcp.IPv6 {
		remote = "::"
	}
	if s.Remote.IsValid() {
		remote = s.Remote.Addr().Unmap().String()
	}
	if r.Local.Host != "" {
		local = typeset.Escape(r.Local.Host)
	}
	port := func(n uint16, service string) string {
		switch {
		case service != "":
			return ":" + typeset.Escape(service)
		case n == 0:
			return ":*"
		}
		return fmt.Sprintf(":%d", n)
	}
	local += port(s.Local.Port(), r.Local.Service)
	remote += port(s.Remote.Port(), "")
	line := fmt.Sprintf("%-4s  %6d %6d %s %s %-11s", proto, receive, send, padBytes(local, 23), padBytes(remote, 23), s.State)
	line += fmt.Sprintf(" %-10d ", s.UID.Or(0)) + fmt.Sprintf("%-10d", s.Inode.Or(0))
	program := "-"
	if len(r.Holders) > 0 {
		h := r.Holders[0]
		name := h.Process.Command
		if strings.HasPrefix(name, "/") {
			name = name[strings.LastIndex(name, "/")+1:]
		}
		program = fmt.Sprintf("%d/%s", h.PID, name)
		program = program[:min(len(program), 19)]
	}
	line += " " + padBytes(typeset.Escape(program), 20)
	timer := fmt.Sprintf("unkn-%d", s.Timer.Code)
	if names := []string{"off", "on", "keepalive", "timewait", "probe"}; int(s.Timer.Code) < len(names) {
		timer = names[s.Timer.Code]
	}
	hundredths := int64(s.Timer.Expires / (10 * time.Millisecond))
	return line + fmt.Sprintf(" %s (%d.%02d/%d/%d)", timer, hundredths/100, hundredths%100, s.Timer.Retransmits, s.Timer.Probes)
}

// padBytes pads as printf does, which counts bytes.
func padBytes(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len(text)))
}

func TestNetstatRow(t *testing.T) {
	p := &Netstat{Extended: true, Processes: true, Timers: true}
	check := func(r *listing.Row) {
		t.Helper()
		if got, want := string(p.AppendRow(nil, r)), netstatLine(r)+"\n"; got != want {
			t.Errorf("row\n%q, want\n%q", got, want)
		}
	}
	for _, r := range rows(everySocket) {
		check(r)
	}
	for _, r := range newGenerator(t).Rows(2000) {
		check(r)
	}
}

// A program is named by what it calls itself: by the last element of a path that
// begins at the root, and by the whole of anything else.
func TestNetstatProgram(t *testing.T) {
	for command, want := range map[string]string{
		"/usr/sbin/sshd": "7/sshd", "bin/serve": "7/bin/serve", "sshd: a/b": "7/sshd: a/b", "": "7/",
		"/opt/a-long-name-of-a-program": "7/a-long-name-of-a-", "seventeen-letters": "7/seventeen-letters",
	} {
		r := &listing.Row{Holders: []tcp.Holder{{Owner: tcp.Owner{PID: 7}, Process: &tcp.Process{Command: command}}}}
		if got := string(appendProgram(nil, r)); got != want {
			t.Errorf("%q: %q, not %q", command, got, want)
		}
	}
}

// What -e, -p and -o append stands behind the plain row, in that order.
func TestNetstatColumns(t *testing.T) {
	for _, r := range newGenerator(t).Rows(100) {
		line := func(p Netstat) string { return strings.TrimSuffix(string(p.AppendRow(nil, r)), "\n") }
		plain := line(Netstat{})
		e := line(Netstat{Extended: true})[len(plain):]
		p := line(Netstat{Processes: true})[len(plain):]
		o := line(Netstat{Timers: true})[len(plain):]
		if got := line(Netstat{Extended: true, Processes: true, Timers: true}); got != plain+e+p+o {
			t.Errorf("%q is not %q + %q + %q + %q", got, plain, e, p, o)
		}
	}
}
