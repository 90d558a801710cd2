package tcp

import "testing"

// State and inode tell who keeps a socket.
func TestOwnershipOf(t *testing.T) {
	for _, test := range []struct {
		state State
		inode uint64
		mini  bool
		want  Ownership
	}{
		{Established, 7, false, OwnedByProcess},
		{Established, 0, false, Unaccepted},
		{CloseWait, 0, false, Unaccepted},
		{SynRecv, 0, false, Unaccepted}, // by Fast Open
		{SynRecv, 0, true, OwnedByKernel},
		{TimeWait, 0, true, OwnedByKernel},
		{FinWait1, 0, false, Orphan},
		{FinWait2, 0, true, Orphan},
		{FinWait2, 7, false, OwnedByProcess},
		{Closing, 0, false, Orphan},
		{LastAck, 0, false, Orphan},
		{Listen, 0, false, OwnerUnknown},
	} {
		s := Socket{State: test.state, Inode: Some(test.inode), Mini: test.mini}
		if got := ownershipOf(&s); got != test.want {
			t.Errorf("%v, inode %d, mini %t: %v, not %v", test.state, test.inode, test.mini, got, test.want)
		}
	}
}
