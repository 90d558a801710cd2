package rowtest

import (
	"encoding/binary"
	"net/netip"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Specimen is a socket as a reader hands it over, with what else its row needs.
type Specimen struct {
	Socket  tcp.Socket
	Holders []tcp.Holder
	Hidden  bool // its owners may not be seen
	Device  string
	Cgroup  tcp.Cgroup
}

// Row annotates a specimen as the program does.
func (sp *Specimen) Row(m *tcp.Machine) *listing.Row {
	s := &sp.Socket
	r := &listing.Row{Socket: s, View: tcp.Annotate(s, m), Machine: m, Interface: sp.Device, Cgroup: sp.Cgroup}
	if owned := s.Inode.Or(0) != 0; owned && !sp.Hidden {
		r.Holders = sp.Holders
		if len(sp.Holders) == 0 {
			r.View.Ownership = tcp.OwnerUnknown
		}
	}
	r.HoldersKnown = !sp.Hidden
	r.Note = tcp.NoteOf(s, &r.View, m)
	return r
}

// Sysctls has the kernel's defaults but for some settings.
func Sysctls() tcp.Sysctls {
	m := tcp.Sysctls{}
	for _, doc := range tcp.SysctlDocs {
		m[doc.Name] = doc.Default
	}
	m[tcp.FinTimeout] = 30
	m[tcp.MaxTWBuckets] = 131072
	m[tcp.MaxOrphans] = 65536
	return m
}

// Rows annotates all specimens on one Sysctls, whose listeners are theirs.
func Rows(specimens []Specimen) []*listing.Row {
	m := &tcp.Machine{Sysctls: Sysctls()}
	for i := range specimens {
		m.Listeners.Add(&specimens[i].Socket)
	}
	var rows []*listing.Row
	for i := range specimens {
		rows = append(rows, specimens[i].Row(m))
	}
	return rows
}

// Socket makes a specimen in a state. Addresses are ADDR:PORT, "" for none.
func Socket(state tcp.State, local, remote string, change ...func(*Specimen)) Specimen {
	sp := Specimen{Socket: tcp.Socket{
		Family:    tcp.IPv4,
		State:     state,
		Local:     netip.MustParseAddrPort(local),
		UID:       tcp.Some[uint32](1000),
		Inode:     tcp.Some[uint64](2082272),
		Cookie:    tcp.Some[uint64](0x1f3a),
		Interface: tcp.Some[uint32](0),
	}}
	s := &sp.Socket
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

// Queues sets the bytes that wait.
func Queues(receive, send uint32) func(*Specimen) {
	return func(sp *Specimen) { sp.Socket.RecvQueue, sp.Socket.SendQueue = receive, send }
}

// Backlog sets the accept queue of a listener.
func Backlog(used, limit uint32) func(*Specimen) {
	return func(sp *Specimen) {
		sp.Socket.Backlog = tcp.Backlog{Used: used, Limit: tcp.Some(limit), Drops: tcp.Some[uint32](16)}
	}
}

// Cgroup puts the socket into a cgroup.
func Cgroup(path, unit, container string) func(*Specimen) {
	return func(sp *Specimen) { sp.Cgroup = tcp.Cgroup{Path: path, Unit: unit, Container: container} }
}

// V6Only sets IPV6_V6ONLY.
func V6Only(only bool) func(*Specimen) {
	return func(sp *Specimen) { sp.Socket.V6Only = tcp.Some(only) }
}

// Device binds the socket to a device.
func Device(index uint32, name string) func(*Specimen) {
	return func(sp *Specimen) { sp.Socket.Interface, sp.Device = tcp.Some(index), name }
}

// Timer sets the kernel's timer, and the RTO that goes with it.
func Timer(code uint8, expires, rto time.Duration, retransmits, probes uint8) func(*Specimen) {
	return func(sp *Specimen) {
		sp.Socket.Timer = tcp.Timer{Code: code, Expires: expires, Retransmits: retransmits, Probes: probes}
		if rto > 0 {
			sp.Socket.RTO = tcp.Some(rto)
		}
	}
}

// Owned names the processes that hold the socket, one descriptor each.
func Owned(name string, pids ...int32) func(*Specimen) {
	return func(sp *Specimen) {
		for _, pid := range pids {
			sp.Holders = append(sp.Holders, tcp.Holder{Owner: tcp.Owner{PID: pid, FD: 7}, Process: &tcp.Process{PID: pid, Name: name, Command: "/usr/sbin/" + name}})
		}
	}
}

// Hidden is what a user who is not root sees.
func Hidden(sp *Specimen) { sp.Hidden = true }

// Unowned is what no descriptor refers to.
func Unowned(sp *Specimen) { sp.Socket.Inode = tcp.Some[uint64](0) }

// Mini is a mini-socket.
func Mini(sp *Specimen) {
	sp.Socket.Mini = true
	sp.Socket.UID, sp.Socket.Inode = tcp.Opt[uint32]{}, tcp.Opt[uint64]{}
}

// FromProc is what /proc does not tell.
func FromProc(sp *Specimen) {
	sp.Socket.Cookie, sp.Socket.Interface = tcp.Opt[uint64]{}, tcp.Opt[uint32]{}
	sp.Socket.V6Only, sp.Socket.Backlog.Limit, sp.Socket.Backlog.Drops = tcp.Opt[bool]{}, tcp.Opt[uint32]{}, tcp.Opt[uint32]{}
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

// Info gives the socket a tcp_info with values at places; the wide ones take
// four bytes.
func Info(values map[int]uint32) func(*Specimen) {
	return func(sp *Specimen) {
		raw := make([]byte, 248) // Linux 6.7
		for place, v := range values {
			if place < atRTO {
				raw[place] = byte(v)
			} else {
				binary.NativeEndian.PutUint32(raw[place:], v)
			}
		}
		sp.Socket.Info.SetBytes(raw)
		sp.Socket.Congestion = "cubic"
	}
}

// Since gives the socket the times since its last data and acknowledgement.
func Since(data, ack time.Duration) func(*Specimen) {
	return Info(map[int]uint32{
		atOptions: 7, atWindowScales: 0x97, atRTO: 204000, atMSS: 1448,
		atRTT: 1250, atRTTVar: 300, atCwnd: 10, atMinRTT: 900,
		atLastDataRecv: uint32(data.Milliseconds()), atLastDataSent: uint32(data.Milliseconds()),
		atLastAckRecv: uint32(ack.Milliseconds()), atDataSegsIn: 12, atDataSegsOut: 9,
		atBytesSent: 123456,
	})
}

// Memory gives the socket its memory accounting.
func Memory(sp *Specimen) {
	sp.Socket.Memory = tcp.Some(tcp.Memory{ReceiveAllocated: 2304, ReceiveBuffer: 131072, SendBuffer: 87040, ForwardAllocated: 1792, Drops: tcp.Some[uint32](3)})
}

// Count makes n PIDs.
func Count(first, n int32) (pids []int32) {
	for pid := first; pid < first+n; pid++ {
		pids = append(pids, pid)
	}
	return pids
}

// The longest addresses.
const (
	LongV6     = "[2001:db8:1234:5678:9abc:def0:1234:5678]:54321"
	LongV6Peer = "[2001:db8:fedc:ba98:7654:3210:fedc:ba98]:44443"
)

// inDocker is a container of Docker with the cgroupfs driver.
var inDocker = Cgroup("/docker/3f4e5d6c7b8a90123456789abcdef0123456789abcdef0123456789abcdef012", "", "docker/3f4e5d6c7b8a")

// Every holds every state, timer and ownership, and what is hostile or
// huge.
var Every = []Specimen{
	Socket(tcp.Listen, "0.0.0.0:22", "", Backlog(0, 128), Owned("sshd", 812), Cgroup("/system.slice/ssh.service", "ssh.service", ""), Memory),
	Socket(tcp.Listen, "[::]:8080", "", Backlog(498, 511), V6Only(false), Owned("nginx", Count(1001, 30)...), inDocker, Memory),
	Socket(tcp.Listen, "[::]:8443", "", Backlog(512, 511), V6Only(true), Owned("envoy", 2001), Owned("hot-restarter", 2002)),
	Socket(tcp.Listen, "127.0.0.1:631", "", Backlog(0, 4096), Device(1, "lo"), Owned("evil\x1b[31m\n\u202egpj", 666), Cgroup("/evil\x1b[31m\n\u202egpj", "", "")),
	Socket(tcp.Listen, "0.0.0.0:111", "", Backlog(0, 0), Owned("rpcbind", 640), FromProc),
	Socket(tcp.Bound, "10.0.0.7:5000", "", Owned("python3", 4242)),
	Socket(tcp.SynSent, "10.0.0.7:60700", "203.0.113.9:443", Queues(0, 1), Timer(1, 3200*time.Millisecond, 8*time.Second, 7, 0), Info(map[int]uint32{atBackoff: 3}), Owned("curl", 5150)),
	Socket(tcp.SynRecv, "10.0.0.7:22", "198.51.100.4:61000", Mini, Timer(1, 640*time.Millisecond, 0, 0, 0)),
	Socket(tcp.SynRecv, "[2001:db8::7]:8443", "[2001:db8::beef]:61001", Mini, Timer(1, 12*time.Second, 0, 3, 0)),
	Socket(tcp.Established, "10.0.0.7:22", "10.0.0.99:50022", Timer(2, 7140*time.Second, 204*time.Millisecond, 0, 0), Since(3*time.Second, 3*time.Second), Owned("sshd", 8123), Memory),
	Socket(tcp.Established, LongV6, LongV6Peer, Timer(1, 1600*time.Millisecond, 3264*time.Millisecond, 4, 0), Queues(0, 2896), Owned("rsync", 31337), Cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal.slice/vte-spawn-6f1f3c5e.scope", "vte-spawn-6f1f3c5e.scope", "")),
	Socket(tcp.Established, "[::ffff:10.0.0.7]:8080", "[::ffff:192.168.100.200]:50000", Owned("nginx", 1007), inDocker),
	Socket(tcp.Established, "10.0.0.7:60701", "10.0.9.9:5432", Timer(2, 41*time.Second, 204*time.Millisecond, 0, 3), Since(2*time.Hour+3*time.Minute, 2*time.Hour+3*time.Minute), Owned("pgbouncer", 909)),
	Socket(tcp.Established, "10.0.0.7:60702", "10.0.9.10:9000", Timer(4, 52*time.Second, 204*time.Millisecond, 0, 0), Queues(0, 4294967295), Owned("filebeat", 910)),
	Socket(tcp.Established, "10.0.0.7:60703", "10.0.9.11:9000", Timer(4, 12*time.Second, 204*time.Millisecond, 0, 4), Info(map[int]uint32{atBackoff: 6}), Queues(0, 70000), Owned("filebeat", 910)),
	Socket(tcp.Established, "[::ffff:10.0.0.7]:8080", "[::ffff:203.0.113.77]:41000", Unowned, Queues(517, 0)),
	Socket(tcp.Established, "10.0.0.7:60704", "10.0.9.12:6379", Queues(4294967295, 0), Since(95*time.Second, 40*time.Second), Owned("작업자", 70001), Owned("👩‍💻 e\u0301clair", 70002)),
	Socket(tcp.Established, "[fe80::1ff:fe23:4567:890a]:179", "[fe80::1]:41022", Device(2, "enp0s31f6"), Timer(5, 40*time.Millisecond, 0, 0, 0), Owned("bird", 179), Cgroup("/", "", "")),
	Socket(tcp.Established, "127.0.0.1:2049", "127.0.0.1:700"),
	Socket(tcp.FinWait1, "10.0.0.7:443", "203.0.113.20:52000", Unowned, Queues(0, 1), Timer(1, 900*time.Millisecond, 1632*time.Millisecond, 3, 0)),
	Socket(tcp.FinWait1, "10.0.0.7:443", "203.0.113.21:52001", Queues(0, 9000), Timer(1, 180*time.Millisecond, 204*time.Millisecond, 0, 0), Owned("haproxy", 3000), Cgroup("/lxc.payload.edge/system.slice/haproxy.service", "haproxy.service", "lxc/edge")),
	Socket(tcp.FinWait2, "10.0.0.7:60705", "203.0.113.22:443", Owned("java", 4711), Since(4*time.Minute+3*time.Second, 4*time.Minute+2*time.Second)),
	Socket(tcp.FinWait2, "10.0.0.7:443", "203.0.113.23:52003", Unowned, Timer(2, 58*time.Second, 0, 0, 0)),
	Socket(tcp.FinWait2, "10.0.0.7:443", "203.0.113.24:52004", Mini, Timer(3, 11*time.Second, 0, 0, 0)),
	Socket(tcp.Closing, "10.0.0.7:443", "203.0.113.25:52005", Unowned, Queues(1, 1), Timer(1, 150*time.Millisecond, 204*time.Millisecond, 0, 0)),
	Socket(tcp.TimeWait, "10.0.0.7:443", "203.0.113.26:52006", Mini, Timer(3, 34*time.Second, 0, 0, 0)),
	Socket(tcp.TimeWait, "[::1]:8080", "[::1]:52007", Mini, Timer(3, 0, 0, 0, 0)),
	Socket(tcp.CloseWait, "10.0.0.7:60739", "54.65.136.43:9443", Queues(32, 0), Since(14*time.Minute+2*time.Second, 14*time.Minute+2*time.Second), Owned("java", 4711)),
	Socket(tcp.CloseWait, "10.0.0.7:60740", "54.65.136.43:9443", Queues(0, 0), Since(5*time.Second, 5*time.Second), Owned("java", 4711)),
	Socket(tcp.CloseWait, "10.0.0.7:60741", "54.65.136.43:9443", Queues(1, 0), Since(3*24*time.Hour, 26*time.Hour), Owned("java", 4711)),
	Socket(tcp.CloseWait, "10.0.0.7:60742", "54.65.136.43:9443", Queues(1449, 0), Hidden, FromProc),
	Socket(tcp.CloseWait, "[::ffff:10.0.0.7]:8080", "[::ffff:203.0.113.78]:41001", Unowned, Queues(200, 0), Since(70*time.Second, 70*time.Second)),
	Socket(tcp.LastAck, "10.0.0.7:60743", "54.65.136.43:9443", Unowned, Queues(0, 1), Timer(1, 400*time.Millisecond, 816*time.Millisecond, 2, 0)),
	Socket(tcp.Close, "10.0.0.7:60744", "10.0.0.8:80", Owned("bash", 1234)),
	Socket(tcp.State(0x21), "10.0.0.7:60745", "10.0.0.8:80", Timer(9, 5*time.Second, 0, 0, 0), Owned("future", 1)),
}

// Server is a small web Server, as most lists are: IPv4 but for one row, and
// little to say.
var Server = []Specimen{
	Socket(tcp.Listen, "0.0.0.0:22", "", Backlog(0, 128), Owned("sshd", 812)),
	Socket(tcp.Listen, "10.20.30.40:443", "", Backlog(3, 511), Owned("nginx", Count(1001, 8)...)),
	Socket(tcp.Established, "10.20.30.40:22", "10.20.1.17:50022", Owned("sshd", 8123)),
	Socket(tcp.Established, "10.20.30.40:443", "203.0.113.20:52000", Owned("nginx", 1003)),
	Socket(tcp.Established, "10.20.30.40:443", "203.0.113.121:61023", Owned("nginx", 1004), Timer(1, 1600*time.Millisecond, 3264*time.Millisecond, 4, 0), Queues(0, 2896)),
	Socket(tcp.Established, "10.20.30.40:48230", "10.20.30.50:5432", Owned("postgres_exporter", 990)),
	Socket(tcp.Established, LongV6, LongV6Peer, Owned("apt", 20211)),
	Socket(tcp.Established, "10.20.30.40:443", "203.0.113.99:52099", Unowned, Queues(517, 0)),
	Socket(tcp.TimeWait, "10.20.30.40:443", "203.0.113.26:52006", Mini, Timer(3, 34*time.Second, 0, 0, 0)),
	Socket(tcp.CloseWait, "10.20.30.40:60739", "10.20.30.60:9443", Queues(32, 0), Since(14*time.Minute+2*time.Second, 14*time.Minute+2*time.Second), Owned("java", 4711)),
}

// Modern is a Server that most clients reach over IPv6.
var Modern = append([]Specimen{
	Socket(tcp.Listen, "[::]:443", "", Backlog(0, 4096), V6Only(false), Owned("nginx", 1003)),
	Socket(tcp.Established, "[2a02:8108:1:5678::12]:443", "[2a00:1450:4001:82b::200e]:41022", Owned("nginx", 1003)),
	Socket(tcp.Established, "[2a02:8108:1:5678::12]:443", LongV6Peer, Owned("nginx", 1003)),
	Socket(tcp.TimeWait, "[2a02:8108:1:5678::12]:443", LongV6, Mini, Timer(3, 34*time.Second, 0, 0, 0)),
}, Server[6:8]...)
