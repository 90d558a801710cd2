package inspect

import (
	"context"
	"errors"
	"io/fs"

	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// owners knows which descriptors of which processes refer to the sockets of a look.
type owners struct {
	machine   *Machine
	processes *procnet.Processes
	found     *procnet.Owners
	wanted    *procnet.Inodes // the sockets that owners were looked for
	others    bool            // descriptors of other sockets are kept
	complete  bool            // every process was looked at
	reason    listing.Reason
	warned    bool
	row       []tcp.Holder // of the current row, reused
}

// find looks for the owners of the sockets wanted. The list goes on without those
// that could not be found.
func (o *owners) find(ctx context.Context, wanted *procnet.Inodes) (err error) {
	if o == nil {
		return nil
	}
	o.processes = o.machine.proc.Processes() // a PID may be another process's by now
	search := o.machine.proc.Owners
	if o.others {
		search = o.machine.proc.OwnersAndOthers
	}
	o.found, err = search(ctx, wanted)
	if ctx.Err() != nil {
		return err
	}
	o.wanted = wanted
	o.complete, o.reason = err == nil && o.found.Hidden() == 0, listing.NoPermission
	if err != nil {
		o.reason = listing.DumpInterrupted
		if errors.Is(err, fs.ErrNotExist) {
			o.reason = o.machine.absent()
		}
		if o.reason == listing.NotRecorded {
			err = errors.New("no processes are in the record")
		}
		if !o.warned {
			o.machine.options.Warn("owners may be missing: %v", err)
		}
		o.warned = true
	}
	return nil
}

// of gives the holders of a socket, as far as they were found, in list.
func (o *owners) of(inode uint64, list []tcp.Holder) []tcp.Holder {
	for _, owner := range o.found.Of(inode) {
		process, _ := o.processes.Get(owner.PID)
		list = append(list, tcp.Holder{Owner: owner, Process: process})
	}
	return list
}

// fill names the owners of a row. A socket whose owner was not found is owned
// by nobody only if its owner was looked for in every process.
func (o *owners) fill(r *listing.Row, missing *gaps) {
	inode := r.Socket.Inode.Or(0)
	if inode == 0 {
		r.HoldersKnown = true
		return
	}
	o.row = o.of(inode, o.row[:0])
	r.Holders = o.row
	switch {
	case len(o.row) > 0:
		r.HoldersKnown = true
	case !o.wanted.Has(inode): // it came when the scan had begun
		missing.add("processes", listing.DumpInterrupted)
	case !o.complete:
		missing.add("processes", o.reason)
		o.sayHidden()
	default:
		r.HoldersKnown = true
		r.View.Ownership = tcp.OwnerUnknown
	}
}

// detail gives the processes of holders their details. Each that cannot be known is
// told to miss once.
func (o *owners) detail(holders []tcp.Holder, miss func(field string, reason listing.Reason)) {
	told := map[string]bool{}
	for i := range holders {
		process, unread := o.processes.Detailed(holders[i].PID)
		holders[i].Process = process
		for _, u := range unread {
			if !told[u.Detail] {
				told[u.Detail] = true
				miss("processes."+u.Detail, o.whyUnread(u.Err))
			}
		}
	}
}

// whyUnread is the reason that a detail of a process is missing.
func (o *owners) whyUnread(err error) listing.Reason {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return listing.NoPermission
	case !isGone(err):
		return listing.MalformedLine
	case o.machine.recorded != nil:
		return listing.NotRecorded
	case o.machine.foreign:
		return listing.NotInProc // a copy
	}
	return listing.DumpInterrupted // it has ended meanwhile
}

// holding gives the processes that hold a socket, each once. Those known are not
// asked again.
func (o *owners) holding(inode uint64, known map[int32]*health.Owner) (list []*health.Owner) {
	last := int32(-1)
	for _, descriptor := range o.found.Of(inode) {
		if descriptor.PID == last {
			continue
		}
		last = descriptor.PID
		if known[last] == nil {
			known[last] = o.ownerFacts(last)
		}
		list = append(list, known[last])
	}
	return list
}

// ownerFacts asks for what rules need to know of a process that holds sockets.
func (o *owners) ownerFacts(pid int32) *health.Owner {
	proc := o.machine.proc
	process, _ := o.processes.Get(pid)
	owner := &health.Owner{Process: *process}
	if limit, limited := proc.OpenFiles(pid); limited {
		owner.OpenFiles = tcp.Some(limit)
	}
	if n, counted := proc.Descriptors(pid); counted {
		owner.Files = tcp.Some(n)
	}
	if stat, err := proc.Stat(pid); err == nil {
		owner.Parent, owner.Stopped = stat.Parent, stat.State == 'T' || stat.State == 't'
	}
	owner.Executable, _ = proc.Executable(pid)
	return owner
}

// sayHidden tells once that names are hidden.
func (o *owners) sayHidden() {
	switch {
	case o.warned:
	case o.machine.Root():
		o.machine.options.Hint("some processes hide their descriptors even from root; owners may be missing")
	case o.machine.Replayed():
		o.machine.options.Hint("processes of other users are hidden in this record; one made as root has all owners")
	default:
		o.machine.options.Hint("processes of other users are hidden; as root all owners are shown")
	}
	o.warned = true
}
