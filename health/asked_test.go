package health

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
)

// asking looks for a listener on a port.
func asking(port uint16) func(*Facts) {
	return func(f *Facts) { f.Census.AskFor([]Asked{{Rule: &listenerMissing, Port: port}}) }
}

// Who has a port on which nobody listens is said, and from whom a listener is hidden.
func TestListenerAsked(t *testing.T) {
	listen := func(end string) tcp.Socket { return socket(tcp.Listen, queue(0, 128), local(end), inode(7)) }
	boundTo := func(end string, n uint64) tcp.Socket {
		return socket(tcp.Bound, local(end), inode(n), func(s *tcp.Socket) { s.Remote = netip.AddrPort{} })
	}
	open := socket(tcp.Established, local("10.0.0.7:443"), inode(3))
	closed := expiring(40*time.Second, ports(1, "10.0.0.9:5000"))[0]
	closed.Local = at("10.0.0.7:443")
	for _, tt := range []struct {
		name   string
		list   []tcp.Socket
		want   Status
		cause  string
		inodes []uint64 // whose owners are asked for
		word   string   // its name, where there is one
	}{
		{"nobody", nil, Critical, "", nil, ""},
		{"bound", []tcp.Socket{boundTo("127.0.0.1:443", 3), open, closed}, Critical, "bound", []uint64{3, 3}, "127.0.0.1:443"},
		{"bound often", []tcp.Socket{
			boundTo("10.0.0.1:443", 3), boundTo("10.0.0.1:443", 4), boundTo("10.0.0.2:443", 5), boundTo("10.0.0.3:443", 6), boundTo("0.0.0.0:443", 8), boundTo("0.0.0.0:444", 9),
		}, Critical, "bound", []uint64{3, 4, 5, 6, 8}, "10.0.0.1:443, 10.0.0.2:443, 10.0.0.3:443, …"},
		{"connected", []tcp.Socket{open, closed}, Critical, "connections", []uint64{3}, ""},
		{"closed", []tcp.Socket{closed}, Critical, "time_wait", nil, ""},
		{"another port", []tcp.Socket{listen("0.0.0.0:444"), boundTo("0.0.0.0:442", 3), socket(tcp.Established)}, Critical, "", nil, ""},
		{"loopback", []tcp.Socket{listen("127.0.0.1:443"), listen("[::1]:443"), boundTo("127.0.0.2:443", 3)}, OK, "loopback_only", nil, "127.0.0.1:443, [::1]:443"},
		{"everywhere", []tcp.Socket{listen("127.0.0.1:443"), listen("0.0.0.0:443")}, OK, "", nil, "127.0.0.1:443, *:443"},
		{"one address", []tcp.Socket{listen("10.0.0.7:443"), open}, OK, "", nil, "10.0.0.7:443"},
	} {
		f := facts(tt.list, asking(443))
		if got := slices.Sorted(f.Inodes); !slices.Equal(got, tt.inodes) {
			t.Errorf("%s: asks for the owners of %v, not %v", tt.name, got, tt.inodes)
		}
		if wants := f.WantsBound(); wants != (tt.want != OK) {
			t.Errorf("%s: wants BOUND sockets: %v", tt.name, wants)
		}
		report := Check(f, Options{Rules: []Asked{{Rule: &listenerMissing, Port: 443}}})
		r := &report.Results[0]
		if r.Status != tt.want || r.Cause != tt.cause || len(r.Processes) > 1 || (len(r.Processes) == 1) != (len(tt.inodes) > 0) {
			t.Errorf("%s: %v %q, processes %v", tt.name, r.Status, r.Cause, r.Processes)
		}
		if word := ""; len(r.Names) > 0 || tt.word != "" {
			if len(r.Names) == 1 {
				word = r.Names[0].Value
			}
			if word != tt.word {
				t.Errorf("%s: names %v, want %q", tt.name, r.Names, tt.word)
			}
		}
		if remarks := report.Remarks(); (len(remarks) == 1) != (tt.cause == "loopback_only") {
			t.Errorf("%s: remarks %v", tt.name, remarks)
		}
	}
}

// Who was not told of a port before the first row knows no more than that nobody listens.
func TestListenerNotAskedFor(t *testing.T) {
	f := facts([]tcp.Socket{socket(tcp.Established, local("10.0.0.7:443"), inode(3))})
	r := Check(f, Options{Rules: []Asked{{Rule: &listenerMissing, Port: 443}}}).Results[0]
	if r.Status != Critical || r.Cause != "" || f.WantsBound() {
		t.Errorf("%v %q", r.Status, r.Cause)
	}
}
