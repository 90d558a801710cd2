package render

import (
	"encoding/binary"
	"flag"
	"net/netip"
	"regexp"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// specimen is a socket as a reader hands it over, with what else its row needs.
type specimen struct {
	socket  tcp.Socket
	holders []tcp.Holder
	hidden  bool // its owners may not be seen
	device  string
	cgroup  tcp.Cgroup
}

// row annotates a specimen as the program does.
func (sp *specimen) row(m *tcp.Machine) *listing.Row {
	s := &sp.socket
	r := &listing.Row{Socket: s, View: tcp.Annotate(s, m), Machine: m, Interface: sp.device, Cgroup: sp.cgroup}
	if owned := s.Inode.Or(0) != 0; owned && !sp.hidden {
		r.Holders = sp.holders
		if len(sp.holders) == 0 {
			r.View.Ownership = tcp.OwnerUnknown
		}
	}
	r.HoldersKnown = !sp.hidden
	r.Note = tcp.NoteOf(s, &r.View, m)
	return r
}

// rows annotates all specimens on one machine, whose listeners are theirs.
func rows(specimens []specimen) []*listing.Row {
	m := &tcp.Machine{Sysctls: machine()}
	for i := range specimens {
		m.Listeners.Add(&specimens[i].socket)
	}
	var rows []*listing.Row
	for i := range specimens {
		rows = append(rows, specimens[i].row(m))
	}
	return rows
}

// socket makes a specimen in a state. Addresses are ADDR:PORT, "" for none.
func socket(state tcp.State, local, remote string, change ...func(*specimen)) specimen {
	sp := specimen{socket: tcp.Socket{
		Family:    tcp.IPv4,
		State:     state,
		Local:     netip.MustParseAddrPort(local),
		UID:       tcp.Some[uint32](1000),
		Inode:     tcp.Some[uint64](2082272),
		Cookie:    tcp.Some[uint64](0x1f3a),
		Interface: tcp.Some[uint32](0),
	}}
	s := &sp.socket
	if remote != "" {
		s.Remote = netip.MustParseAddrPort(remote)
	}
	if s.Local.Addr().Is6() {
		s.Family = tcp.IPv6
	}
	for _, f := range change {
		f(&sp)
	}
	s.Timer.Kind = tcp.KindOf(s.Timer.Code, s.State, s.Inode.Or(0) != 0)
	return sp
}

func queues(receive, send uint32) func(*specimen) {
	return func(sp *specimen) { sp.socket.RecvQueue, sp.socket.SendQueue = receive, send }
}

func backlog(used, limit uint32) func(*specimen) {
	return func(sp *specimen) {
		sp.socket.Backlog = tcp.Backlog{Used: used, Limit: tcp.Some(limit), Drops: tcp.Some[uint32](16)}
	}
}

func cgroup(path, unit, container string) func(*specimen) {
	return func(sp *specimen) { sp.cgroup = tcp.Cgroup{Path: path, Unit: unit, Container: container} }
}

func v6only(only bool) func(*specimen) {
	return func(sp *specimen) { sp.socket.V6Only = tcp.Some(only) }
}

func device(index uint32, name string) func(*specimen) {
	return func(sp *specimen) { sp.socket.Interface, sp.device = tcp.Some(index), name }
}

// timer sets the kernel's timer, and the RTO that goes with it.
func timer(code uint8, expires, rto time.Duration, retransmits, probes uint8) func(*specimen) {
	return func(sp *specimen) {
		sp.socket.Timer = tcp.Timer{Code: code, Expires: expires, Retransmits: retransmits, Probes: probes}
		if rto > 0 {
			sp.socket.RTO = tcp.Some(rto)
		}
	}
}

// owned names the processes that hold the socket, one descriptor each.
func owned(name string, pids ...int32) func(*specimen) {
	return func(sp *specimen) {
		for _, pid := range pids {
			sp.holders = append(sp.holders, tcp.Holder{Owner: tcp.Owner{PID: pid, FD: 7}, Process: &tcp.Process{PID: pid, Name: name, Command: "/usr/sbin/" + name}})
		}
	}
}

func hidden(sp *specimen) { sp.hidden = true }

// unowned is what no descriptor refers to.
func unowned(sp *specimen) { sp.socket.Inode = tcp.Some[uint64](0) }

// mini is a mini-socket.
func mini(sp *specimen) {
	sp.socket.Mini = true
	sp.socket.UID, sp.socket.Inode = tcp.Opt[uint32]{}, tcp.Opt[uint64]{}
}

// fromProc is what /proc does not tell.
func fromProc(sp *specimen) {
	sp.socket.Cookie, sp.socket.Interface = tcp.Opt[uint64]{}, tcp.Opt[uint32]{}
	sp.socket.V6Only, sp.socket.Backlog.Limit, sp.socket.Backlog.Drops = tcp.Opt[bool]{}, tcp.Opt[uint32]{}, tcp.Opt[uint32]{}
}

// Places in struct tcp_info.
const (
	atBackoff      = 4
	atOptions      = 5
	atWindowScales = 6
	atRTO          = 8
	atMSS          = 16
	atLastDataSent = 44
	atLastDataRecv = 52
	atLastAckRecv  = 56
	atRTT          = 68
	atRTTVar       = 72
	atCwnd         = 80
	atMinRTT       = 148
	atDataSegsIn   = 152
	atDataSegsOut  = 156
	atBytesSent    = 200
)

// info gives the socket a tcp_info with values at places; the wide ones take
// four bytes.
func info(values map[int]uint32) func(*specimen) {
	return func(sp *specimen) {
		raw := make([]byte, 248) // Linux 6.7
		for place, v := range values {
			if place < atRTO {
				raw[place] = byte(v)
			} else {
				binary.NativeEndian.PutUint32(raw[place:], v)
			}
		}
		sp.socket.Info.SetBytes(raw)
		sp.socket.Congestion = "cubic"
	}
}

// since gives the socket the times since its last data and acknowledgement.
func since(data, ack time.Duration) func(*specimen) {
	return info(map[int]uint32{
		atOptions: 7, atWindowScales: 0x97, atRTO: 204000, atMSS: 1448,
		atRTT: 1250, atRTTVar: 300, atCwnd: 10, atMinRTT: 900,
		atLastDataRecv: uint32(data.Milliseconds()), atLastDataSent: uint32(data.Milliseconds()),
		atLastAckRecv: uint32(ack.Milliseconds()), atDataSegsIn: 12, atDataSegsOut: 9,
		atBytesSent: 123456,
	})
}

func memory(sp *specimen) {
	sp.socket.Memory = tcp.Some(tcp.Memory{ReceiveAllocated: 2304, ReceiveBuffer: 131072, SendBuffer: 87040, ForwardAllocated: 1792, Drops: tcp.Some[uint32](3)})
}

// count makes n PIDs.
func count(first, n int32) (pids []int32) {
	for pid := first; pid < first+n; pid++ {
		pids = append(pids, pid)
	}
	return pids
}

const (
	longV6     = "[2001:db8:1234:5678:9abc:def0:1234:5678]:54321"
	longV6Peer = "[2001:db8:fedc:ba98:7654:3210:fedc:ba98]:44443"
)

// inDocker is a container of Docker with the cgroupfs driver.
var inDocker = cgroup("/docker/3f4e5d6c7b8a90123456789abcdef0123456789abcdef0123456789abcdef012", "", "docker/3f4e5d6c7b8a")

// everySocket holds every state, timer and ownership, and what is hostile or
// huge.
var everySocket = []specimen{
	socket(tcp.Listen, "0.0.0.0:22", "", backlog(0, 128), owned("sshd", 812), cgroup("/system.slice/ssh.service", "ssh.service", ""), memory),
	socket(tcp.Listen, "[::]:8080", "", backlog(498, 511), v6only(false), owned("nginx", count(1001, 30)...), inDocker, memory),
	socket(tcp.Listen, "[::]:8443", "", backlog(512, 511), v6only(true), owned("envoy", 2001), owned("hot-restarter", 2002)),
	socket(tcp.Listen, "127.0.0.1:631", "", backlog(0, 4096), device(1, "lo"), owned("evil\x1b[31m\n\u202egpj", 666), cgroup("/evil\x1b[31m\n\u202egpj", "", "")),
	socket(tcp.Listen, "0.0.0.0:111", "", backlog(0, 0), owned("rpcbind", 640), fromProc),
	socket(tcp.Bound, "10.0.0.7:5000", "", owned("python3", 4242)),
	socket(tcp.SynSent, "10.0.0.7:60700", "203.0.113.9:443", queues(0, 1), timer(1, 3200*time.Millisecond, 8*time.Second, 7, 0), info(map[int]uint32{atBackoff: 3}), owned("curl", 5150)),
	socket(tcp.SynRecv, "10.0.0.7:22", "198.51.100.4:61000", mini, timer(1, 640*time.Millisecond, 0, 0, 0)),
	socket(tcp.SynRecv, "[2001:db8::7]:8443", "[2001:db8::beef]:61001", mini, timer(1, 12*time.Second, 0, 3, 0)),
	socket(tcp.Established, "10.0.0.7:22", "10.0.0.99:50022", timer(2, 7140*time.Second, 204*time.Millisecond, 0, 0), since(3*time.Second, 3*time.Second), owned("sshd", 8123), memory),
	socket(tcp.Established, longV6, longV6Peer, timer(1, 1600*time.Millisecond, 3264*time.Millisecond, 4, 0), queues(0, 2896), owned("rsync", 31337), cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal.slice/vte-spawn-6f1f3c5e.scope", "vte-spawn-6f1f3c5e.scope", "")),
	socket(tcp.Established, "[::ffff:10.0.0.7]:8080", "[::ffff:192.168.100.200]:50000", owned("nginx", 1007), inDocker),
	socket(tcp.Established, "10.0.0.7:60701", "10.0.9.9:5432", timer(2, 41*time.Second, 204*time.Millisecond, 0, 3), since(2*time.Hour, 2*time.Hour), owned("pgbouncer", 909)),
	socket(tcp.Established, "10.0.0.7:60702", "10.0.9.10:9000", timer(4, 52*time.Second, 204*time.Millisecond, 0, 0), queues(0, 4294967295), owned("filebeat", 910)),
	socket(tcp.Established, "10.0.0.7:60703", "10.0.9.11:9000", timer(4, 12*time.Second, 204*time.Millisecond, 0, 4), info(map[int]uint32{atBackoff: 6}), queues(0, 70000), owned("filebeat", 910)),
	socket(tcp.Established, "[::ffff:10.0.0.7]:8080", "[::ffff:203.0.113.77]:41000", unowned, queues(517, 0)),
	socket(tcp.Established, "10.0.0.7:60704", "10.0.9.12:6379", queues(4294967295, 0), since(95*time.Second, 40*time.Second), owned("작업자", 70001), owned("👩‍💻 e\u0301clair", 70002)),
	socket(tcp.Established, "[fe80::1ff:fe23:4567:890a]:179", "[fe80::1]:41022", device(2, "enp0s31f6"), timer(5, 40*time.Millisecond, 0, 0, 0), owned("bird", 179), cgroup("/", "", "")),
	socket(tcp.Established, "127.0.0.1:2049", "127.0.0.1:700"),
	socket(tcp.FinWait1, "10.0.0.7:443", "203.0.113.20:52000", unowned, queues(0, 1), timer(1, 900*time.Millisecond, 1632*time.Millisecond, 3, 0)),
	socket(tcp.FinWait1, "10.0.0.7:443", "203.0.113.21:52001", queues(0, 9000), timer(1, 180*time.Millisecond, 204*time.Millisecond, 0, 0), owned("haproxy", 3000), cgroup("/lxc.payload.edge/system.slice/haproxy.service", "haproxy.service", "lxc/edge")),
	socket(tcp.FinWait2, "10.0.0.7:60705", "203.0.113.22:443", owned("java", 4711), since(4*time.Minute+3*time.Second, 4*time.Minute+2*time.Second)),
	socket(tcp.FinWait2, "10.0.0.7:443", "203.0.113.23:52003", unowned, timer(2, 58*time.Second, 0, 0, 0)),
	socket(tcp.FinWait2, "10.0.0.7:443", "203.0.113.24:52004", mini, timer(3, 11*time.Second, 0, 0, 0)),
	socket(tcp.Closing, "10.0.0.7:443", "203.0.113.25:52005", unowned, queues(1, 1), timer(1, 150*time.Millisecond, 204*time.Millisecond, 0, 0)),
	socket(tcp.TimeWait, "10.0.0.7:443", "203.0.113.26:52006", mini, timer(3, 34*time.Second, 0, 0, 0)),
	socket(tcp.TimeWait, "[::1]:8080", "[::1]:52007", mini, timer(3, 0, 0, 0, 0)),
	socket(tcp.CloseWait, "10.0.0.7:60739", "54.65.136.43:9443", queues(32, 0), since(14*time.Minute+2*time.Second, 14*time.Minute+2*time.Second), owned("java", 4711)),
	socket(tcp.CloseWait, "10.0.0.7:60740", "54.65.136.43:9443", queues(0, 0), since(5*time.Second, 5*time.Second), owned("java", 4711)),
	socket(tcp.CloseWait, "10.0.0.7:60741", "54.65.136.43:9443", queues(1, 0), since(3*24*time.Hour, 26*time.Hour), owned("java", 4711)),
	socket(tcp.CloseWait, "10.0.0.7:60742", "54.65.136.43:9443", queues(1449, 0), hidden, fromProc),
	socket(tcp.CloseWait, "[::ffff:10.0.0.7]:8080", "[::ffff:203.0.113.78]:41001", unowned, queues(200, 0), since(70*time.Second, 70*time.Second)),
	socket(tcp.LastAck, "10.0.0.7:60743", "54.65.136.43:9443", unowned, queues(0, 1), timer(1, 400*time.Millisecond, 816*time.Millisecond, 2, 0)),
	socket(tcp.Close, "10.0.0.7:60744", "10.0.0.8:80", owned("bash", 1234)),
	socket(tcp.State(0x21), "10.0.0.7:60745", "10.0.0.8:80", timer(9, 5*time.Second, 0, 0, 0), owned("future", 1)),
}

// server is a small web server, as most lists are: IPv4 but for one row, and
// little to say.
var server = []specimen{
	socket(tcp.Listen, "0.0.0.0:22", "", backlog(0, 128), owned("sshd", 812)),
	socket(tcp.Listen, "10.20.30.40:443", "", backlog(3, 511), owned("nginx", count(1001, 8)...)),
	socket(tcp.Established, "10.20.30.40:22", "10.20.1.17:50022", owned("sshd", 8123)),
	socket(tcp.Established, "10.20.30.40:443", "203.0.113.20:52000", owned("nginx", 1003)),
	socket(tcp.Established, "10.20.30.40:443", "203.0.113.121:61023", owned("nginx", 1004), timer(1, 1600*time.Millisecond, 3264*time.Millisecond, 4, 0), queues(0, 2896)),
	socket(tcp.Established, "10.20.30.40:48230", "10.20.30.50:5432", owned("postgres_exporter", 990)),
	socket(tcp.Established, longV6, longV6Peer, owned("apt", 20211)),
	socket(tcp.Established, "10.20.30.40:443", "203.0.113.99:52099", unowned, queues(517, 0)),
	socket(tcp.TimeWait, "10.20.30.40:443", "203.0.113.26:52006", mini, timer(3, 34*time.Second, 0, 0, 0)),
	socket(tcp.CloseWait, "10.20.30.40:60739", "10.20.30.60:9443", queues(32, 0), since(14*time.Minute+2*time.Second, 14*time.Minute+2*time.Second), owned("java", 4711)),
}

// modern is a server that most clients reach over IPv6.
var modern = append([]specimen{
	socket(tcp.Listen, "[::]:443", "", backlog(0, 4096), v6only(false), owned("nginx", 1003)),
	socket(tcp.Established, "[2a02:8108:1:5678::12]:443", "[2a00:1450:4001:82b::200e]:41022", owned("nginx", 1003)),
	socket(tcp.Established, "[2a02:8108:1:5678::12]:443", longV6Peer, owned("nginx", 1003)),
	socket(tcp.TimeWait, "[2a02:8108:1:5678::12]:443", longV6, mini, timer(3, 34*time.Second, 0, 0, 0)),
}, server[6:8]...)

var update = flag.Bool("update", false, "write the expected outputs again")

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// languages are those of the texts.
var languages = []tcp.Lang{tcp.English, tcp.Korean}

// machine has the kernel's defaults but for two settings.
func machine() tcp.Sysctls {
	m := tcp.Sysctls{}
	for _, doc := range tcp.SysctlDocs {
		m[doc.Name] = doc.Default
	}
	m[tcp.FinTimeout] = 30
	m[tcp.MaxTWBuckets] = 131072
	m[tcp.MaxOrphans] = 65536
	return m
}
