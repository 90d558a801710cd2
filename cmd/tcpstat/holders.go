package main

import (
	"context"
	"errors"
	"io/fs"

	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// holders knows which descriptors of which processes refer to the sockets of a
// list.
type holders struct {
	proc      procnet.Proc
	processes *procnet.Processes
	owners    *procnet.Owners
	wanted    *procnet.Inodes // the sockets that owners were looked for
	complete  bool            // every process was looked at
	reason    listing.Reason
	absent    listing.Reason // why there may be no processes to ask
	root      bool
	recorded  bool // they are those of a record
	warn      func(format string, args ...any)
	hint      func(format string, args ...any)
	warned    bool
	row       []tcp.Holder // of the current row, reused
}

// newHolders makes what looks for the owners of a list's sockets.
func (l *lister) newHolders() *holders {
	src, e := l.source, l.env
	return &holders{proc: src.proc, absent: src.absent(), recorded: src.isReplay(), root: e.root, warn: e.warn, hint: e.hint}
}

// find looks for the owners of the sockets wanted. The list goes on without those
// that could not be found.
func (h *holders) find(ctx context.Context, wanted *procnet.Inodes) (err error) {
	if h == nil {
		return nil
	}
	h.processes = h.proc.Processes() // a PID may be another process's by now
	h.owners, err = h.proc.Owners(ctx, wanted)
	if ctx.Err() != nil {
		return err
	}
	h.wanted = wanted
	h.complete, h.reason = err == nil && h.owners.Hidden() == 0, listing.NoPermission
	if err != nil {
		h.reason = listing.DumpInterrupted
		if errors.Is(err, fs.ErrNotExist) {
			h.reason = h.absent
		}
		if h.reason == listing.NotRecorded {
			err = errors.New("no processes are in the record")
		}
		if !h.warned {
			h.warn("owners may be missing: %v", err)
		}
		h.warned = true
	}
	return nil
}

// fill names the owners of a row. A socket whose owner was not found is owned
// by nobody only if its owner was looked for in every process.
func (h *holders) fill(r *listing.Row, missing *gaps) {
	inode := r.Socket.Inode.Or(0)
	if inode == 0 {
		r.HoldersKnown = true
		return
	}
	h.row = h.row[:0]
	for _, owner := range h.owners.Of(inode) {
		process, _ := h.processes.Get(owner.PID)
		h.row = append(h.row, tcp.Holder{Owner: owner, Process: process})
	}
	r.Holders = h.row
	switch {
	case len(h.row) > 0:
		r.HoldersKnown = true
	case !h.wanted.Has(inode): // it came when the scan had begun
		missing.add("processes", listing.DumpInterrupted)
	case !h.complete:
		missing.add("processes", h.reason)
		h.say()
	default:
		r.HoldersKnown = true
		r.View.Ownership = tcp.OwnerUnknown
	}
}

// processesOf gives the processes that hold a socket, each once. Nobody is known
// to be nobody only if every process was looked at.
func (h *holders) processesOf(inode uint64) (list []tcp.Process, known bool) {
	last := int32(-1)
	for _, owner := range h.owners.Of(inode) {
		if owner.PID == last {
			continue
		}
		last = owner.PID
		process, _ := h.processes.Get(owner.PID)
		list = append(list, *process)
	}
	return list, h.complete || list != nil
}

// say tells once that names are hidden.
func (h *holders) say() {
	switch {
	case h.warned:
	case h.root:
		h.hint("some processes hide their descriptors even from root; owners may be missing")
	case h.recorded:
		h.hint("processes of other users are hidden in this record; one made as root has all owners")
	default:
		h.hint("processes of other users are hidden; as root all owners are shown")
	}
	h.warned = true
}
