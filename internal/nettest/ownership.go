package nettest

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

func makeUnaccepted(b *builder) {
	listener := Listen(b.t, V4, 4)
	client := Connect(b.t, listener.Local)
	b.stand("client", client, established(active))
	b.stand("", client.peer(), unaccepted)
	b.stand("listener", listener, holding(1, 4))
}

var unaccepted = Stand{State: tcp.Established, Ownership: tcp.Unaccepted, Opener: passive, Closer: none}

func makeTwoDescriptors(b *builder) {
	client, server := b.listener.Pair()
	second, err := unix.FcntlInt(uintptr(client.FD), unix.F_DUPFD_CLOEXEC, 0)
	client.must("dup", err)
	b.t.Cleanup(func() { unix.Close(second) })
	st := established(active)
	st.Owners = []tcp.Owner{{PID: int32(os.Getpid()), FD: int32(second)}}
	b.stand("", client, st)
	b.stand("server", server, established(passive))
}

func makeTwoProcesses(b *builder) {
	client, server := b.listener.Pair()
	st := established(active)
	st.Owners = []tcp.Owner{holder(b.t, client.FD)}
	b.stand("", client, st)
	b.stand("server", server, established(passive))
}

// holder starts a process that inherits a descriptor and keeps it until the
// test ends.
func holder(t testing.TB, fd int) tcp.Owner {
	t.Helper()
	inherited, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("nettest: dup: %v", err)
	}
	file := os.NewFile(uintptr(inherited), "socket")
	defer file.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), holdVar+"=1")
	cmd.ExtraFiles = []*os.File{file}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("nettest: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("nettest: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // faster than its own end under the race detector
		_ = cmd.Wait()
		stdin.Close()
	})
	return tcp.Owner{PID: int32(cmd.Process.Pid), FD: 3}
}

// A socket belongs to the user who made it, or to whom fchown() gave it.
func makeOtherUser(b *builder) {
	const other = 1234
	s := Open(b.t, V4)
	if err := unix.Fchown(s.FD, other, -1); err != nil {
		b.missing("the tests have one user only: " + err.Error())
		return
	}
	s.Bind(V4)
	s.Listen(1)
	st := listening(1)
	st.UID = tcp.Some[uint32](other)
	b.stand("", s, st)
}

// A socket that was sent over a unix socket and not received yet has an inode,
// and no process has a descriptor of it.
func makeInFlight(b *builder) {
	client, server := b.listener.Pair(WithAbortiveClose)
	carrier, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	client.must("socketpair", err)
	b.t.Cleanup(func() {
		unix.Close(carrier[0])
		unix.Close(carrier[1])
	})
	client.must("sendmsg", unix.Sendmsg(carrier[0], []byte{0}, unix.UnixRights(client.FD), nil, 0))
	inode := client.Inode()
	client.Close()
	b.stand("", client, Stand{
		State: tcp.Established, Ownership: tcp.OwnerUnknown, Inode: tcp.Some(inode),
		UID: tcp.Some(uint32(os.Geteuid())), Opener: active, Closer: none,
	})
	b.stand("server", server, established(passive))
}
