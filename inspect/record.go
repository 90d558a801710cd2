package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"tcpstat/diag"
	"tcpstat/internal/machine"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// Record keeps one whole look at the machine in a file: all states, all attributes,
// owners, counters and settings. It gives the machine as that file shows it, so that
// what is then listed is the same look. The file is replaced at once or not at all. An
// error is an [*Error], or as [Look.Rows] has it.
func (m *Machine) Record(ctx context.Context, name string, keep Keep) (kept *Machine, err error) {
	if m.all {
		return nil, misuse("record one network namespace, by its name", "a record keeps one network namespace, not all")
	}
	err = m.inside(func() error {
		kept, err = m.record(ctx, name, keep)
		return err
	})
	return kept, err
}

// Keep says what a record keeps beside the look.
type Keep struct {
	Program string // the version that is written into it

	// CommandLines asks for the command lines of owners, as far as they are shown.
	// They may hold secrets: without it only their first words are kept.
	CommandLines bool
}

func (m *Machine) record(ctx context.Context, name string, keep Keep) (*Machine, error) {
	name, err := recordPlace(name)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".tcpstat-record-*")
	if err != nil {
		return nil, noPlace(&fs.PathError{Op: "create", Path: name, Err: RootCause(err)})
	}
	defer os.Remove(file.Name()) // which is not there once it is renamed
	err = newRecorder(file, m, keep).all(ctx)
	if err == nil {
		if err = os.Rename(file.Name(), name); err != nil {
			err = noPlace(err)
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return m.shown(name, file)
}

// Followed follows links, so that what they lead to is replaced and not they.
func Followed(name string) string {
	if place, err := filepath.EvalSymlinks(name); err == nil {
		return place
	}
	return name
}

// recordPlace is where a record is written. It replaces nothing but files.
func recordPlace(name string) (string, error) {
	name = Followed(name)
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return "", noPlace(&fs.PathError{Op: "replace", Path: name, Err: errors.New("not a regular file")})
	}
	return name, nil
}

func noPlace(err error) error {
	return &Error{Err: err, Try: "name a file for the record, where you may write and there is room"}
}

// shown is the machine as the record shows it, told as if it were the machine.
func (m *Machine) shown(name string, file *os.File) (*Machine, error) {
	taken, err := reopen(name, file)
	if err != nil {
		file.Close()
		return nil, err
	}
	taken.own, taken.file = true, file
	policy := m.policy
	if taken.none != nil {
		policy = Proc
	}
	kept := &Machine{options: m.options}
	kept.show(taken, policy)
	return kept, nil
}

// reopen reads what was written to a file so far.
func reopen(name string, file *os.File) (*recording, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return readRecording(name, file, info.Size())
}

// recorder writes down one look: all states, all attributes, owners, counters and
// settings, whatever the command shows of it.
type recorder struct {
	*machine.Writer
	file   *os.File
	source *Machine
	keep   Keep
	wanted procnet.Inodes  // sockets whose owners are looked for
	inside map[uint64]bool // cgroups of sockets, by number
}

func newRecorder(file *os.File, m *Machine, keep Keep) *recorder {
	meta := machine.Meta{Time: m.Now(), Program: keep.Program, UID: os.Geteuid(), BigEndian: bigEndian}
	return &recorder{Writer: machine.NewWriter(file, meta), file: file, source: m, keep: keep, inside: map[uint64]bool{}}
}

// all takes the look. What people can read comes first, but for the owners, who
// are looked for when the sockets are known.
func (r *recorder) all(ctx context.Context) error {
	r.Devices(r.devices())
	r.namespace()
	r.files(procnet.MachineFiles())
	if boot, err := r.source.proc.BootTime(); err == nil {
		r.File("stat", fmt.Appendf(nil, "btime %d\n", boot.Unix())) // the start of processes is told from there
	}
	if err := r.sockets(ctx); err != nil {
		return err
	}
	r.files(procnet.SocketFiles)
	r.cgroups(ctx)
	if err := r.owners(ctx); err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return noPlace(err)
	}
	return ctx.Err()
}

// devices names the network devices of the namespace that this thread is in.
func (r *recorder) devices() iter.Seq2[uint64, string] {
	return func(yield func(uint64, string) bool) {
		if r.source.foreign {
			return
		}
		all, _ := net.Interfaces() // without them numbers are shown
		for _, device := range all {
			if !yield(uint64(device.Index), device.Name) {
				return
			}
		}
	}
}

// namespace keeps the link that names the network namespace.
func (r *recorder) namespace() {
	if inode, ok := r.source.proc.NetNS(); ok {
		r.Links("ns")
		r.Link("net", fmt.Sprintf("net:[%d]", inode))
	}
}

// files keeps files of /proc. One that is not there is left out.
func (r *recorder) files(names []string) {
	for _, name := range names {
		text, err := r.source.proc.ReadFile(name)
		switch {
		case err == nil:
			r.File(name, text)
		case !isGone(err):
			r.Unreadable(name, recordedReason(err))
		}
	}
}

// isGone reports whether a file is not there, or no longer.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// recordedReason is the reason that a record gives for what it lacks.
func recordedReason(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fs.ErrPermission
	}
	return err
}

// sockets keeps what sock_diag says, as it says it. That it cannot be had is kept
// too.
func (r *recorder) sockets(ctx context.Context) error {
	if r.source.policy == Proc {
		r.NoDump(errors.New("not asked, by --source proc"))
		return nil
	}
	answered := false
	q := diag.Query{IPv4: true, IPv6: true, States: tcp.AllStates, All: true}
	q.Tap = func(message []byte) {
		answered = true
		r.Message(message)
	}
	for s, err := range diag.Dump(ctx, q) {
		switch {
		case err == nil:
			r.wanted.Add(s.Inode.Or(0))
			if id, numbered := s.CgroupID.Get(); numbered {
				r.inside[id] = true
			}
		case skipped(err), errors.Is(err, diag.ErrInterrupted): // the record says so itself
		case ctx.Err() != nil:
			return ctx.Err()
		case answered:
			r.source.options.Warn("the record lacks sockets: %v", err)
		case r.source.policy == Auto && unavailable(err):
			r.source.fallBack(err)
			r.NoDump(RootCause(err))
		default:
			return err
		}
	}
	return nil
}

// cgroups keeps the paths of the cgroups that sockets are in. The root is left out
// where everybody is in it.
func (r *recorder) cgroups(ctx context.Context) {
	rootIsAll := r.source.proc.SystemdCgroupV1()
	paths, _ := r.source.proc.Cgroups(ctx) // what was found is there with any error
	r.Cgroups(func(yield func(uint64, string) bool) {
		for id, path := range paths.All() {
			if r.inside[id] && !(rootIsAll && path == "/") && !yield(id, path) {
				return
			}
		}
	})
}

// owners keeps who owns the sockets, and which processes could not be asked. What
// is in /proc/net/tcp only is read from what is already recorded.
func (r *recorder) owners(ctx context.Context) error {
	if err := r.Flush(); err != nil {
		return noPlace(err)
	}
	taken, err := reopen(r.file.Name(), r.file)
	if err != nil {
		return err
	}
	files := procnet.New(taken.Proc(), "net")
	for s, err := range files.Sockets(ctx, procnet.Query{IPv4: true, IPv6: true, States: tcp.AllStates}) {
		if err == nil {
			r.wanted.Add(s.Inode.Or(0))
		}
	}
	owners, err := r.source.proc.Owners(ctx, &r.wanted)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return nil // there are no processes to ask
	}
	r.Links("self/fd") // says that processes were asked
	known := r.processes(owners)
	if owners.Hidden() == 0 {
		return nil
	}
	for pid, err := range r.source.proc.Hidden(ctx) {
		if !known[pid] {
			r.Unreadable(strconv.Itoa(int(pid))+"/fd", recordedReason(err))
		}
	}
	return nil
}

// descriptor is one that refers to a socket.
type descriptor struct {
	fd    int32
	inode uint64
}

// processes keeps the processes that own a socket.
func (r *recorder) processes(owners *procnet.Owners) map[int32]bool {
	all, known := map[int32][]descriptor{}, map[int32]bool{}
	for inode, owner := range owners.All() {
		all[owner.PID] = append(all[owner.PID], descriptor{owner.FD, inode})
		known[owner.PID] = true
	}
	for _, pid := range slices.Sorted(maps.Keys(all)) {
		r.process(pid, all[pid])
	}
	return known
}

// process keeps one process. Of its command only the first word is kept unless all of
// it was asked for, since what follows may hold secrets.
func (r *recorder) process(number int32, descriptors []descriptor) {
	pid := strconv.Itoa(int(number))
	for _, file := range procnet.ProcessFiles {
		if file != "cmdline" {
			r.files([]string{pid + "/" + file})
		} else if line, err := r.source.proc.CommandLine(number); err == nil {
			r.File(pid+"/cmdline", procnet.RecordedCommand(line, r.keep.CommandLines))
		}
	}
	r.executable(number, pid)
	slices.SortFunc(descriptors, func(a, b descriptor) int { return cmp.Compare(a.fd, b.fd) })
	r.Links(pid + "/fd")
	for _, d := range descriptors {
		r.Link(strconv.Itoa(int(d.fd)), fmt.Sprintf("socket:[%d]", d.inode))
	}
}

// executable keeps the link exe, or why it could not be read.
func (r *recorder) executable(number int32, pid string) {
	exe, err := r.source.proc.Executable(number)
	switch {
	case err == nil:
		r.Links(pid)
		r.Link("exe", exe)
	case !isGone(err):
		r.Unreadable(pid+"/exe", recordedReason(err))
	}
}
