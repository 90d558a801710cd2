package inspect

import (
	"os"
	"path/filepath"
	"time"

	"tcpstat/netns"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// The sources of sockets. Auto is sock_diag, or /proc where sock_diag cannot be had.
const (
	Auto    = "auto"
	Netlink = "netlink"
	Proc    = "proc"
)

// AllNamespaces is the word for every network namespace of this machine.
const AllNamespaces = "all"

// Options say where to look. The zero Options are this machine, from inside the
// network namespace of this process.
type Options struct {
	Source string // Auto (also empty), Netlink or Proc

	// One of these at most.
	Proc   string // another /proc: a host's, a support bundle's
	NetNS  string // another network namespace: its name, a process in it, its path, or AllNamespaces
	Replay string // a record that Machine.Record has made, or a dump of ss -D; "-" is standard input

	// Root says that this user may see everything (os.Geteuid() == 0): what is hidden
	// from it, nobody may see. Without it what is hidden is said to need more rights.
	Root bool

	// Now is the clock; nil: time.Now. A record has its own.
	Now func() time.Time

	// Warn and Hint take, in one line each, what a look could not see and goes on
	// without; a hint is of little weight. What lasts is said once, what goes wrong in
	// one pass in each. Nil: nobody listens. They may be called from several goroutines.
	Warn, Hint func(format string, args ...any)
}

// Machine is where sockets are looked at: this machine or a network namespace of
// it, another machine's /proc, or a record. Its methods may be called from any
// goroutine, but not at the same time, names looked up for a filter excepted. Once the
// first answer has decided between sock_diag and /proc the Machine keeps to it.
type Machine struct {
	options  Options
	proc     procnet.Proc
	policy   string           // Auto, Netlink or Proc
	enter    *netns.Namespace // where inside goes, nil: nowhere
	all      bool             // every namespace is wanted, one after the other
	foreign  bool             // they are, by a thread that is in another namespace
	recorded *recording       // what is read in its place; nil: the machine itself
	used     string           // Netlink or Proc, known with the first socket
	started  bool             // a first socket or error was seen
	unread   bool             // it was said that some counters cannot be read
}

// Open finds the machine. It reads no socket yet. Close gives back what it holds. An
// error is an [*Error], a *fs.PathError, or one of package netns.
func Open(o Options) (*Machine, error) {
	m, err := find(o)
	if err != nil {
		if m != nil {
			m.Close()
		}
		return nil, err
	}
	return m, nil
}

// check refuses options that cannot be meant.
func (o *Options) check() error {
	switch o.Source {
	case "", Auto, Netlink, Proc:
	default:
		return misuse("a source is "+Auto+", "+Netlink+" or "+Proc, "unknown source %q", o.Source)
	}
	places := 0
	for _, place := range []string{o.Proc, o.NetNS, o.Replay} {
		if place != "" {
			places++
		}
	}
	if places > 1 {
		return misuse("name one", "another /proc, a network namespace and a record are different machines")
	}
	return nil
}

func find(o Options) (*Machine, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Source == "" {
		o.Source = Auto
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, say := range []*func(string, ...any){&o.Warn, &o.Hint} {
		if *say == nil {
			*say = func(string, ...any) {}
		}
	}
	m := &Machine{options: o, proc: procnet.Self(), policy: o.Source}
	switch {
	case o.Replay != "":
		return m, m.replay(o.Replay)
	case o.NetNS == AllNamespaces:
		m.proc, m.all = procnet.ThreadSelf(), true
		return m, nil
	case o.NetNS != "":
		place, err := netns.Find(o.NetNS)
		m.proc, m.enter = procnet.ThreadSelf(), &place
		return m, err
	case o.Proc != "" && !IsOwnProc(o.Proc):
		return m, m.at(o.Proc)
	}
	return m, nil
}

// Close gives back the file of a record. Looks at the machine are over then.
func (m *Machine) Close() {
	if m.recorded != nil && m.recorded.file != nil {
		m.recorded.file.Close() // it was only read
	}
}

// IsOwnProc reports whether dir is where this machine's own /proc is mounted.
func IsOwnProc(dir string) bool { return filepath.Clean(dir) == "/proc" }

// at reads another machine's /proc. Its sockets are asked for over sock_diag only
// inside its own namespace, so that two machines are never mixed.
func (m *Machine) at(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	m.proc = procnet.At(dir)
	name, ok := m.proc.NamespaceFile()
	switch {
	case ok:
		place, err := netns.At(name)
		if err == nil {
			err = place.Do(func() error { return nil }) // is it open to us?
		}
		if err != nil {
			return m.stayOutside(err)
		}
		m.enter = &place
		return nil
	case m.policy == Netlink:
		return misuse("leave out --source netlink to read the files in "+dir, "%s has no namespace to enter (1/ns/net)", dir)
	}
	m.policy, m.foreign = Proc, true
	return nil
}

// inside runs f in the namespace that is to be read, on a thread that is in it.
func (m *Machine) inside(f func() error) error {
	if m.enter == nil {
		return f()
	}
	return m.enter.Do(f)
}

// stayOutside reads the files of a namespace that cannot be entered, unless
// sock_diag was insisted on.
func (m *Machine) stayOutside(reason error) error {
	switch m.policy {
	case Netlink:
		return reason
	case Auto:
		m.options.Warn("%v; reading its net/tcp, which knows less", reason)
	}
	m.policy, m.foreign = Proc, true
	return nil
}

// Everywhere reports whether this is every network namespace of the machine.
func (m *Machine) Everywhere() bool { return m.all }

// Now gives the time of the look: that of the clock, or that of the record.
func (m *Machine) Now() time.Time {
	if m.recorded != nil {
		return m.recorded.Time
	}
	return m.options.Now()
}

// Root reports whether what is hidden here is hidden from everybody. A record was
// made by somebody else.
func (m *Machine) Root() bool {
	if m.recorded != nil && !m.recorded.own {
		return m.recorded.UID == 0 || m.recorded.raw
	}
	return m.options.Root
}

// Source tells where the sockets came from so far, Netlink or Proc; empty before the
// first.
func (m *Machine) Source() string { return m.used }

// ProcOnly reports whether it is settled that sockets come from /proc, which does not
// tell all that sock_diag does.
func (m *Machine) ProcOnly() bool { return m.policy == Proc || m.used == Proc }

// Replayed reports whether what is shown is a record's, and not of this run.
func (m *Machine) Replayed() bool { return m.recorded != nil && !m.recorded.own }

// Host names the machine, if that is known.
func (m *Machine) Host() string {
	host, _ := m.proc.Hostname()
	return host
}

// BootID tells one start of the machine from another; empty where it is not known.
func (m *Machine) BootID() string {
	id, _ := m.proc.BootID()
	return id
}

// NetNS gives the inode of the network namespace that is read.
func (m *Machine) NetNS() (inode tcp.Opt[uint64]) {
	_ = m.inside(func() error { // where it cannot be entered its number is not known
		inode = m.namespace()
		return nil
	})
	return inode
}

// namespace is NetNS for a thread that is inside.
func (m *Machine) namespace() tcp.Opt[uint64] {
	if inode, ok := m.proc.NetNS(); ok {
		return tcp.Some(inode)
	}
	return tcp.Opt[uint64]{}
}
