package netns

import (
	"os"
	"runtime"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Do runs f in the namespace, on a thread of its own, and returns its error. The
// calling thread stays where it is. Where that is the namespace already, f runs on
// it and no privilege is needed.
//
// An [*Error] says that f did not run: it may not enter (fs.ErrPermission), or the
// namespace is not there any more (ErrGone).
func (n Namespace) Do(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if here, err := At(ownThread); err == nil && here.id == n.id {
		return f()
	}
	handle, err := n.open()
	if err != nil {
		return err
	}
	defer handle.Close()
	onSpareThread(func() {
		if e := netns.Set(handle); e != nil {
			err = &Error{n.word(), "enter", e}
			return
		}
		err = f()
	})
	return err
}

// open opens the namespace, if its path still leads there: the number of a
// process that has ended may be another's by now.
func (n Namespace) open() (netns.NsHandle, error) {
	now, err := At(n.Path)
	if err != nil {
		return netns.None(), &Error{n.word(), "enter", gone(err)}
	}
	handle, err := netns.GetFromPath(n.Path)
	if err != nil {
		return netns.None(), &Error{n.word(), "enter", gone(err)}
	}
	if now.id != n.id {
		handle.Close()
		return netns.None(), &Error{n.word(), "enter", ErrGone}
	}
	return handle, nil
}

// onSpareThread runs f on a thread that ends with it, so that f may leave that
// thread in a namespace from which there is no way back. It is never the first
// thread of the process, which does not end and is what /proc/self shows. A panic of
// f goes on in the caller, who may know how to end well.
func onSpareThread(f func()) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			defer runtime.UnlockOSThread()
			onSpareThread(f) // on another one, since this one is locked
			return
		}
		f()
	}()
	if fault := <-done; fault != nil {
		panic(fault)
	}
}
