package health

import (
	"testing"
	"time"

	"tcpstat/tcp"
)

// A finding about overflows names the listener only on evidence of its own.
func TestOverflowedListener(t *testing.T) {
	listener := func(n uint64, at string, used, limit, lost uint32) tcp.Socket {
		return socket(tcp.Listen, queue(used, limit), local(at), drops(lost), inode(n))
	}
	const web, api = "10.0.0.7:80", "10.0.0.7:8080"
	wasFull := func(f *Facts) {
		f.Before.Listeners[1] = tcp.Backlog{Used: 6, Limit: tcp.Some[uint32](5), Drops: tcp.Some[uint32](0)}
	}
	for _, tt := range []struct {
		name    string
		sockets []tcp.Socket
		more    func(*Facts)
		subject string
		cause   string
	}{
		{"alone", []tcp.Socket{listener(1, web, 0, 500, 40), listener(2, api, 0, 500, 0)}, nil, web, ""},
		{"short", []tcp.Socket{listener(1, web, 0, 5, 40)}, nil, web, "short_backlog"},
		{"more than the others have dropped", []tcp.Socket{listener(1, web, 0, 500, 40), listener(2, api, 0, 500, 39)}, nil, web, ""},
		{"either", []tcp.Socket{listener(1, web, 0, 500, 40), listener(2, api, 0, 500, 40)}, nil, "", ""},
		{"either, one was full", []tcp.Socket{listener(1, web, 0, 5, 40), listener(2, api, 0, 500, 40)}, wasFull, web, "short_backlog"},
		{"it has gone", []tcp.Socket{listener(2, api, 0, 500, 0)}, nil, "", ""},
	} {
		more := []func(*Facts){overflowed(40)}
		if tt.more != nil {
			more = append(more, tt.more)
		}
		r := outcome(t, facts(tt.sockets, more...), "listen-overflow")
		if r.Subject.String() != tt.subject || r.Cause != tt.cause || r.Status != Warning {
			t.Errorf("%s: %v %s %q, want %s %q", tt.name, r.Status, r.Subject.String(), r.Cause, tt.subject, tt.cause)
		}
	}
}

// A queue that nobody empties is told apart by what its process does, and by those that
// share its address.
func TestQueueDiagnosis(t *testing.T) {
	waiting := times(20, socket(tcp.Established, inode(0), local("10.0.0.7:8080"), silent(time.Minute)))
	shared := func(used ...uint32) (list []tcp.Socket) {
		for i, n := range used {
			list = append(list, socket(tcp.Listen, queue(n, 10), inode(uint64(i+1))))
		}
		return append(list, waiting...)
	}
	stopped := func(f *Facts) {
		f.Owners[1] = []*Owner{{Process: tcp.Process{PID: 42, Name: "web"}, Stopped: true}}
	}
	named := func(f *Facts) { f.Owners[2] = []*Owner{{Process: tcp.Process{PID: 43, Name: "worker"}}} }
	for _, tt := range []struct {
		name    string
		facts   *Facts
		cause   string
		process string
	}{
		{"one", facts(shared(20)), "", "java/4711"},
		{"stopped", facts(shared(20), stopped), "stopped", "web/42"},
		{"one of three", facts(shared(0, 20, 1), named), "one_of_several", "worker/43"},
		{"all three", facts(shared(18, 20, 19), named), "all_of_several", "worker/43"},
		{"two of three", facts(shared(8, 20, 1), named), "", "worker/43"},
	} {
		r := outcome(t, tt.facts, "not-accepted")
		if r.Cause != tt.cause || len(r.Processes) == 0 || r.Processes[0].String() != tt.process {
			t.Errorf("%s: %q of %v, want %q of %s", tt.name, r.Cause, r.Processes, tt.cause, tt.process)
		}
	}
}

// The title of a queue follows how full it is.
func TestQueueTitle(t *testing.T) {
	for used, want := range map[uint32]string{8: "accept queue nearly full", 10: "accept queue nearly full", 11: "accept queue full"} {
		r := outcome(t, facts([]tcp.Socket{socket(tcp.Listen, queue(used, 10))}), "accept-queue")
		if got := r.Title.In(tcp.English); got != want {
			t.Errorf("%d of 10: %q", used, got)
		}
	}
}
