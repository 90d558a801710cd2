package procnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"tcpstat/tcp"
)

// The first lines of tcp and tcp6.
const (
	header4 = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n"
	header6 = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
)

var everything = Query{IPv4: true, IPv6: true, States: tcp.AllStates}

// read collects the sockets and the errors of one walk.
func read(p Proc, q Query) (sockets []tcp.Socket, errs []error) {
	for s, err := range p.Sockets(context.Background(), q) {
		if err != nil {
			errs = append(errs, err)
		} else {
			sockets = append(sockets, *s)
		}
	}
	return sockets, errs
}

// text is a Proc whose file tcp holds the text given.
func text(tcp string) Proc {
	return New(fstest.MapFS{"net/tcp": {Data: []byte(tcp)}}, "net")
}

// Lines of Linux 6.18 on amd64, one of every kind.
func TestRow(t *testing.T) {
	const seconds = time.Second
	hundredths := func(n int) time.Duration { return time.Duration(n) * 10 * time.Millisecond }
	addr := netip.MustParseAddrPort
	for _, test := range []struct {
		name, line string
		want       tcp.Socket
	}{
		{
			"listener with three connections in its queue",
			"   3: 0200007F:2328 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 11882 4 000000006dc88b03 100 0 0 10 0                     ",
			tcp.Socket{
				State: tcp.Listen, Local: addr("127.0.0.2:9000"), Backlog: tcp.Backlog{Used: 3},
				UID: tcp.Some[uint32](0), Inode: tcp.Some[uint64](11882), RTO: tcp.Some(1 * seconds),
			},
		},
		{
			"in an accept queue",
			"   8: 0200007F:2328 0100007F:8FD4 01 00000000:00000000 00:00000000 00000000  1000        0 0 1 00000000ccd15927 20 0 0 10 -1                         ",
			tcp.Socket{
				State: tcp.Established, Local: addr("127.0.0.2:9000"), Remote: addr("127.0.0.1:36820"),
				UID: tcp.Some[uint32](1000), Inode: tcp.Some[uint64](0), RTO: tcp.Some(hundredths(20)),
			},
		},
		{
			"SYN sent again four times",
			"   9: 0100007F:B8B0 0400007F:23F0 02 00000001:00000000 01:0000003A 00000004     0        0 11973 2 00000000edaa1fe3 100 0 0 1 -1                     ",
			tcp.Socket{
				State: tcp.SynSent, Local: addr("127.0.0.1:47280"), Remote: addr("127.0.0.4:9200"), SendQueue: 1,
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1, Expires: hundredths(58), Retransmits: 4},
				UID:   tcp.Some[uint32](0), Inode: tcp.Some[uint64](11973), RTO: tcp.Some(1 * seconds),
			},
		},
		{
			"half open, of a listener of user 1234",
			"  10: 0400007F:23F0 0100007F:B8B0 03 00000000:00000000 01:0000009E 00000001  1234        0 0 0 00000000cbca8851                                      ",
			tcp.Socket{
				State: tcp.SynRecv, Mini: true, Local: addr("127.0.0.4:9200"), Remote: addr("127.0.0.1:47280"),
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1, Expires: hundredths(158), Retransmits: 1},
			},
		},
		{
			"window closed",
			"  12: 0100007F:DD68 0300007F:238C 01 00013700:00000000 04:000000C6 00000000     0        0 11895 2 00000000425c1ad7 20 0 0 12 -1                     ",
			tcp.Socket{
				State: tcp.Established, Local: addr("127.0.0.1:56680"), Remote: addr("127.0.0.3:9100"), SendQueue: 0x13700,
				Timer: tcp.Timer{Kind: tcp.WindowProbe, Code: 4, Expires: hundredths(198)},
				UID:   tcp.Some[uint32](0), Inode: tcp.Some[uint64](11895), RTO: tcp.Some(hundredths(20)),
			},
		},
		{
			"orphan with an unread FIN, sending its own again",
			"  16: 0100007F:1F90 0100007F:D954 09 00000001:00000001 01:000000D3 00000004     0        0 0 2 000000004487764a 326 4 0 1 -1                         ",
			tcp.Socket{
				State: tcp.LastAck, Local: addr("127.0.0.1:8080"), Remote: addr("127.0.0.1:55636"), SendQueue: 1, RecvQueue: 1,
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1, Expires: hundredths(211), Retransmits: 4},
				UID:   tcp.Some[uint32](0), Inode: tcp.Some[uint64](0), RTO: tcp.Some(hundredths(326)),
			},
		},
		{
			"FIN_WAIT2, mini-socket",
			"  17: 0100007F:1F90 0100007F:D918 05 00000000:00000000 03:000015A4 00000000     0        0 0 3 000000009c519ceb                                      ",
			tcp.Socket{
				State: tcp.FinWait2, Mini: true, Local: addr("127.0.0.1:8080"), Remote: addr("127.0.0.1:55576"),
				Timer: tcp.Timer{Kind: tcp.FinWait2Timer, Code: 3, Expires: hundredths(5540)},
			},
		},
		{
			"FIN_WAIT2, orphan with TCP_LINGER2 of 120 s",
			"  31: 0100007F:D944 0100007F:1F90 05 00000000:00000000 02:000015A4 00000000     0        0 0 2 00000000dde078c8 20 0 0 11 -1                         ",
			tcp.Socket{
				State: tcp.FinWait2, Local: addr("127.0.0.1:55620"), Remote: addr("127.0.0.1:8080"),
				Timer: tcp.Timer{Kind: tcp.FinWait2Timer, Code: 2, Expires: hundredths(5540)},
				UID:   tcp.Some[uint32](0), Inode: tcp.Some[uint64](0), RTO: tcp.Some(hundredths(20)),
			},
		},
		{
			"FIN_WAIT2 of a program, waiting without limit",
			"  30: 0100007F:D934 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 11899 1 00000000fccef72c 20 0 0 11 -1                     ",
			tcp.Socket{
				State: tcp.FinWait2, Local: addr("127.0.0.1:55604"), Remote: addr("127.0.0.1:8080"),
				UID: tcp.Some[uint32](0), Inode: tcp.Some[uint64](11899), RTO: tcp.Some(hundredths(20)),
			},
		},
		{
			"CLOSE_WAIT with 13 bytes and the FIN unread",
			"  18: 0100007F:1F90 0100007F:D92C 08 00000000:0000000E 00:00000000 00000000     0        0 11898 1 00000000277da657 20 4 28 10 -1                    ",
			tcp.Socket{
				State: tcp.CloseWait, Local: addr("127.0.0.1:8080"), Remote: addr("127.0.0.1:55596"), RecvQueue: 14,
				UID: tcp.Some[uint32](0), Inode: tcp.Some[uint64](11898), RTO: tcp.Some(hundredths(20)),
			},
		},
		{
			"keepalive, four probes unanswered",
			"  27: 0100007F:D924 0100007F:1F90 01 00000000:00000000 02:00000030 00000000     0        4 11890 2 000000009311e9d0 20 0 0 10 -1                     ",
			tcp.Socket{
				State: tcp.Established, Local: addr("127.0.0.1:55588"), Remote: addr("127.0.0.1:8080"),
				Timer: tcp.Timer{Kind: tcp.KeepaliveTimer, Code: 2, Expires: hundredths(48), Probes: 4},
				UID:   tcp.Some[uint32](0), Inode: tcp.Some[uint64](11890), RTO: tcp.Some(hundredths(20)),
			},
		},
		{
			"TIME_WAIT",
			"  32: 0100007F:D948 0100007F:1F90 06 00000000:00000000 03:000015A3 00000000     0        0 0 3 00000000f6b1fd5f                                      ",
			tcp.Socket{
				State: tcp.TimeWait, Mini: true, Local: addr("127.0.0.1:55624"), Remote: addr("127.0.0.1:8080"),
				Timer: tcp.Timer{Kind: tcp.TimeWaitTimer, Code: 3, Expires: hundredths(5539)},
			},
		},
		{
			"listener, IPv6",
			"   1: 00000000000000000000000000000000:20FB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11879 2 000000002a1daa31 100 0 0 10 0",
			tcp.Socket{
				Family: tcp.IPv6, State: tcp.Listen, Local: addr("[::]:8443"),
				UID: tcp.Some[uint32](0), Inode: tcp.Some[uint64](11879), RTO: tcp.Some(1 * seconds),
			},
		},
		{
			"half open, IPv6",
			"   3: 00000000000000000000000001000000:20FB 00000000000000000000000001000000:BA78 03 00000000:00000000 01:0000009E 00000001     0        0 0 0 00000000eb941ec4",
			tcp.Socket{
				Family: tcp.IPv6, State: tcp.SynRecv, Mini: true, Local: addr("[::1]:8443"), Remote: addr("[::1]:47736"),
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1, Expires: hundredths(158), Retransmits: 1},
			},
		},
		{
			"v4-mapped",
			"   7: 0000000000000000FFFF00000100007F:20FB 0000000000000000FFFF00000100007F:A7DC 01 00000000:00000000 00:00000000 00000000     0        0 11978 1 00000000b81b42c8 20 0 0 10 -1",
			tcp.Socket{
				Family: tcp.IPv6, State: tcp.Established,
				Local: addr("[::ffff:127.0.0.1]:8443"), Remote: addr("[::ffff:127.0.0.1]:42972"),
				UID: tcp.Some[uint32](0), Inode: tcp.Some[uint64](11978), RTO: tcp.Some(hundredths(20)),
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, header := "net/tcp", header4
			if test.want.Family == tcp.IPv6 {
				file, header = "net/tcp6", header6
			} else {
				test.want.Family = tcp.IPv4
			}
			files := fstest.MapFS{"net/tcp": {Data: []byte(header4)}}
			files[file] = &fstest.MapFile{Data: []byte(header + test.line + "\n")}
			got, errs := read(New(files, "net"), everything)
			if len(errs) > 0 || len(got) != 1 {
				t.Fatalf("%d sockets, errors %v", len(got), errs)
			}
			if got[0] != test.want {
				t.Errorf("got\n%+v, want\n%+v", got[0], test.want)
			}
		})
	}
}

// Rows that this kernel does not write and another may.
func TestUnusualRows(t *testing.T) {
	full := func(state, tail string) string {
		return "0: 0100007F:1F90 0100007F:D92C " + state + " 00000000:00000000 00:00000000 00000000 0 0 11898 " + tail + "\n"
	}
	one := func(t *testing.T, text_ string) tcp.Socket {
		t.Helper()
		sockets, errs := read(text(text_), everything)
		if len(errs) > 0 || len(sockets) != 1 {
			t.Fatalf("%d sockets, errors %v", len(sockets), errs)
		}
		return sockets[0]
	}
	t.Run("full socket in SYN_RECV", func(t *testing.T) {
		s := one(t, full("03", "1 0000000000000000 20 4 28 10 -1"))
		if inode, ok := s.Inode.Get(); s.Mini || !ok || inode != 11898 {
			t.Errorf("mini %t, inode %d, %t", s.Mini, inode, ok)
		}
	})
	t.Run("unknown states keep their number", func(t *testing.T) {
		for _, n := range []uint8{0, 12, 14, 0x21, 0xff} {
			if s := one(t, full(fmt.Sprintf("%02X", n), "1 0 20 4 28 10 -1")); s.State != tcp.State(n) {
				t.Errorf("state %d read as %d", n, s.State)
			}
		}
	})
	t.Run("BOUND has no peer", func(t *testing.T) {
		if s := one(t, full("0D", "1 0 20 4 28 10 -1")); s.HasRemote() {
			t.Errorf("peer %v", s.Remote)
		}
	})
	t.Run("more columns", func(t *testing.T) {
		one(t, full("01", "1 0 20 4 28 10 -1 new 7"))
	})
	t.Run("RTO below a tick", func(t *testing.T) {
		if rto, ok := one(t, full("01", "1 0 0 4 28 10 -1")).RTO.Get(); ok {
			t.Errorf("RTO %v", rto)
		}
	})
	t.Run("no header, lower case", func(t *testing.T) {
		if s := one(t, strings.ToLower(full("0A", "1 0x0 20 4 28 10 -1"))); s.Local.Port() != 8080 {
			t.Errorf("local %v", s.Local)
		}
	})
	t.Run("unknown timer", func(t *testing.T) {
		s := one(t, strings.Replace(full("01", "1 0 20 4 28 10 -1"), " 00:0", " 09:0", 1))
		if s.Timer.Kind != tcp.UnknownTimer || s.Timer.Code != 9 {
			t.Errorf("timer %+v", s.Timer)
		}
	})
}

func TestLineErrors(t *testing.T) {
	const row = "0: 0100007F:1F90 0100007F:D92C 08 00000000:0000000E 00:00000000 00000000 0 0 11898 1 00000000277da657 20 4 28 10 -1"
	change := func(old, new string) string {
		if strings.Count(row, old) != 1 {
			t.Fatalf("%q is not in the row once", old)
		}
		return strings.Replace(row, old, new, 1)
	}
	for _, test := range []struct{ line, want string }{
		{"", `column 1: sl: missing: ""`},
		{"  sl  local_address", `column 3: sl: want a number and ':': "  sl  local_address"`},
		{"garbage", `column 1: sl: want a number and ':': "garbage"`},
		{"x" + row, `column 1: sl: want a number from 0 to 18446744073709551615: "x` + row + `"`},
		{"\x1b[31mred: 0", `column 1: sl: want a number from 0 to 18446744073709551615: "\x1b[31mred: 0"`},
		{change("0100007F:1F90", "100007F:1F90"), `column 4: local_address: want 8 hexadecimal digits: "` + change("0100007F:1F90", "100007F:1F90") + `"`},
		{change("0100007F:1F90", "0100007G:1F90"), `column 4: local_address: want 8 hexadecimal digits: "` + change("0100007F:1F90", "0100007G:1F90") + `"`},
		{change(":1F90", ":11F90"), `column 13: local port: want 4 hexadecimal digits: "` + change(":1F90", ":11F90") + `"`},
		{change(":D92C", " D92C"), `column 18: rem_address: want 8 hexadecimal digits: "` + change(":D92C", " D92C") + `"`},
		{change(" 08 ", " 8 "), `column 32: st: want 2 hexadecimal digits: "` + change(" 08 ", " 8 ") + `"`},
		{change("0000000E", "-000000E"), `column 44: rx_queue: want 8 hexadecimal digits: "` + change("0000000E", "-000000E") + `"`},
		{change(" 00:00000000 ", " 00:7FFFFFFFFFFFFFFF "), `column 56: tm->when: too long a time: "` + change(" 00:00000000 ", " 00:7FFFFFFFFFFFFFFF ") + `"`},
		{change(" 00000000 0 0 ", " 00000100 0 0 "), `column 65: retrnsmt: want at most FF: "` + change(" 00000000 0 0 ", " 00000100 0 0 ") + `"`},
		{change(" 0 0 11898", " -1 0 11898"), `column 74: uid: want a number from 0 to 4294967295: "` + change(" 0 0 11898", " -1 0 11898") + `"`},
		{change(" 0 0 11898", " 4294967296 0 11898"), `column 74: uid: want a number from 0 to 4294967295: "` + change(" 0 0 11898", " 4294967296 0 11898") + `"`},
		{change(" 0 0 11898", " 0 256 11898"), `column 76: timeout: want a number from 0 to 255: "` + change(" 0 0 11898", " 0 256 11898") + `"`},
		{change("11898", "18446744073709551616"), `column 78: inode: want a number from 0 to 18446744073709551615: "` + change("11898", "18446744073709551616") + `"`},
		{change("277da657", "277d\x00657"), `column 86: pointer: want printable characters: "` + change("277da657", `277d\x00657`) + `"`},
		{change(" 20 4", " 9223372036854775807 4"), `column 103: rto: too long a time: "` + change(" 20 4", " 9223372036854775807 4") + `"`},
		{change(" 28 10 -1", " 28 10"), `column 113: ssthresh: missing: "` + change(" 28 10 -1", " 28 10") + `"`},
		{change(" 20 4 28 10 -1", ""), `column 102: rto: missing: "` + change(" 20 4 28 10 -1", "") + `"`},
		{row + "\r", `column 114: ssthresh: want a number: "` + row + `\r"`},
		{strings.Repeat("9", 300), `column 1: sl: want a number and ':': "` + strings.Repeat("9", 256) + `"...`},
		{strings.Repeat("9", 3*maxLine), `column 16385: longer than 16384 bytes: "` + strings.Repeat("9", 256) + `"...`},
	} {
		sockets, errs := read(text(header4+row+"\n"+test.line+"\n"+row+"\n"), everything)
		if len(sockets) != 2 {
			t.Errorf("%d of 2 good rows beside %.200q", len(sockets), test.line)
		}
		if want := "net/tcp: line 3, " + test.want; len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("got\n%v, want\n%v", errs, want)
		}
	}

	_, errs := read(text(header4+strings.Repeat("9", 2*maxLine)), everything)
	if want := `net/tcp: line 2, column 16385: longer than 16384 bytes: "` + strings.Repeat("9", 256) + `"...`; len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("got\n%v, want\n%v", errs, want)
	}
	_, errs = read(text(header4+row), everything)
	if want := `net/tcp: line 2, column 116: cut off: no newline at its end: "` + row + `"`; len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("got\n%v, want\n%v", errs, want)
	}
}

// A line without end takes no memory.
func TestLongLine(t *testing.T) {
	p := text(header4 + strings.Repeat("0", 32<<20) + "\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, errs := read(p, everything)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; len(errs) != 1 || got > 256<<10 {
		t.Errorf("%d errors, %d bytes allocated", len(errs), got)
	}
}

func TestFilter(t *testing.T) {
	p := New(os.DirFS("testdata"), ".")
	for _, test := range []struct {
		q    Query
		want int
	}{
		{Query{}, 0},
		{Query{IPv4: true, IPv6: true}, 0},
		{Query{States: tcp.AllStates}, 0},
		{Query{IPv4: true, States: tcp.AllStates}, 38},
		{Query{IPv6: true, States: tcp.AllStates}, 8},
		{everything, 46},
		{Query{IPv4: true, IPv6: true, States: tcp.SetOf(tcp.Listen)}, 6},
		{Query{IPv4: true, States: tcp.SetOf(tcp.FinWait2, tcp.TimeWait)}, 7},
		{Query{IPv4: true, States: tcp.SetOf(tcp.Unknown, tcp.Bound)}, 0},
	} {
		sockets, errs := read(p, test.q)
		if len(sockets) != test.want || len(errs) > 0 {
			t.Errorf("%+v: %d sockets, want %d; errors %v", test.q, len(sockets), test.want, errs)
		}
		for _, s := range sockets {
			if !test.q.States.Has(s.State) {
				t.Errorf("%+v: got %v", test.q, s.State)
			}
		}
	}
}

func TestMissingFiles(t *testing.T) {
	recorded, err := os.ReadFile("testdata/tcp")
	if err != nil {
		t.Fatal(err)
	}
	sockets, errs := read(text(string(recorded)), everything)
	if len(sockets) != 38 || len(errs) > 0 {
		t.Errorf("without tcp6: %d sockets, errors %v", len(sockets), errs)
	}
	_, errs = read(New(fstest.MapFS{}, "net"), everything)
	if len(errs) != 1 || !errors.Is(errs[0], fs.ErrNotExist) || errs[0].Error() != "open net/tcp: file does not exist" {
		t.Errorf("without tcp: %v", errs)
	}
	dir := t.TempDir()
	_, errs = read(At(dir), everything)
	if len(errs) != 1 || errs[0].Error() != "open "+dir+"/net/tcp: no such file or directory" {
		t.Errorf("in an empty directory: %v", errs)
	}
}

// A file that would not end, or not begin, is not opened.
func TestNotRegular(t *testing.T) {
	p := bundle(t, map[string]string{"sys/net/ipv4/tcp_retries2": "15\n", "7/comm": "seven\n", "8/comm": "eight\n", "9/comm": "nine\n"})
	for name, place := range map[string]func(string) error{
		"net/tcp":                   func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"sys/net/ipv4/tcp_retries1": func(name string) error { return os.Symlink("/dev/zero", name) },
		"7/status":                  func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"8/cmdline":                 func(name string) error { return os.Symlink("/dev/zero", name) },
		"9/cmdline":                 func(name string) error { return errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, 1<<30)) },
	} {
		name = p.path(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), place(name)); err != nil {
			t.Fatal(err)
		}
	}
	_, errs := read(p, everything)
	if want := "open " + p.path("net/tcp") + ": not a regular file"; len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("sockets: %v, want %s", errs, want)
	}
	settings, err := p.Sysctls()
	if want := "open " + p.path("sys/net/ipv4/tcp_retries1") + ": not a regular file"; errorText(err) != want || settings[tcp.Retries2] != 15 {
		t.Errorf("settings %v, error %v, want %s", settings, err, want)
	}
	ps := p.Processes()
	for _, pid := range []int32{7, 8, 9} {
		if got, ok := ps.Get(pid); ok {
			t.Errorf("process %+v", got)
		}
	}
}

// watchedFS hands out files that are read one byte at a time, fail when asked
// to, and say when they are closed.
type watchedFS struct {
	fs.FS
	fail   bool
	closed *int
}

type watchedFile struct {
	fs.File
	fs watchedFS
}

func (w watchedFS) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	return watchedFile{f, w}, err
}

func (f watchedFile) Read(b []byte) (int, error) {
	n, err := iotest.OneByteReader(f.File).Read(b)
	if err != nil && f.fs.fail {
		err = syscall.EIO
	}
	return n, err
}

func (f watchedFile) Close() error {
	*f.fs.closed++
	return f.File.Close()
}

func TestWalk(t *testing.T) {
	fsys := watchedFS{FS: os.DirFS("testdata"), closed: new(int)}
	whole, _ := read(New(os.DirFS("testdata"), "."), everything)

	t.Run("split reads", func(t *testing.T) {
		got, errs := read(New(fsys, "."), everything)
		if !slices.Equal(got, whole) || len(errs) > 0 {
			t.Errorf("%d sockets, errors %v", len(got), errs)
		}
		if *fsys.closed != 2 {
			t.Errorf("%d of 2 files closed", *fsys.closed)
		}
	})
	t.Run("early end", func(t *testing.T) {
		*fsys.closed = 0
		for range New(fsys, ".").Sockets(t.Context(), everything) {
			break
		}
		if *fsys.closed != 1 {
			t.Errorf("%d of 1 files closed", *fsys.closed)
		}
	})
	t.Run("failed read", func(t *testing.T) {
		failing := fsys
		failing.fail = true
		got, errs := read(New(failing, "."), everything)
		if len(got) != 38 || len(errs) != 1 || !errors.Is(errs[0], syscall.EIO) {
			t.Errorf("%d sockets, errors %v", len(got), errs)
		}
	})
	t.Run("ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var sockets int
		var last error
		for s, err := range New(fsys, ".").Sockets(ctx, everything) {
			last = err
			if s != nil {
				sockets++
				cancel()
			}
		}
		if sockets != 1 || last != context.Canceled {
			t.Errorf("%d sockets, then %v", sockets, last)
		}
	})
}

// Whatever is cut off, what is left reads as before, and the rest is an error.
func TestTruncated(t *testing.T) {
	for _, file := range []string{"tcp", "tcp6"} {
		recorded, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		whole, errs := read(New(fstest.MapFS{"tcp": {}, file: {Data: recorded}}, "."), everything)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for n := range recorded {
			got, errs := read(New(fstest.MapFS{"tcp": {}, file: {Data: recorded[:n]}}, "."), everything)
			rows := max(0, bytes.Count(recorded[:n], []byte("\n"))-1)
			if !slices.Equal(got, whole[:rows]) {
				t.Fatalf("%s cut at %d: %d sockets, want the first %d", file, n, len(got), rows)
			}
			if cut := n > 0 && recorded[n-1] != '\n'; len(errs) > 1 || cut != (len(errs) == 1) {
				t.Fatalf("%s cut at %d: errors %v", file, n, errs)
			}
		}
	}
}

func FuzzSockets(f *testing.F) {
	for _, file := range []string{"tcp", "tcp6"} {
		recorded, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(recorded)
		for line := range bytes.Lines(recorded) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + 1
		p := New(fstest.MapFS{"tcp": {Data: data}, "tcp6": {Data: data}}, ".")
		n := 0
		for s, err := range p.Sockets(t.Context(), everything) {
			if (s == nil) == (err == nil) {
				t.Fatalf("socket %v and error %v", s, err)
			}
			n++
			var lineError *LineError
			if err != nil {
				if !errors.As(err, &lineError) || len(lineError.Text) > maxText {
					t.Fatalf("error %v", err)
				}
				continue
			}
			if s.Mini && (s.Inode != tcp.Opt[uint64]{} || s.UID != tcp.Opt[uint32]{}) {
				t.Fatalf("mini-socket with an owner: %+v", s)
			}
			if s.Local.Addr().Is4() != (s.Family == tcp.IPv4) || s.HasRemote() && s.Remote.Addr().Is4() != (s.Family == tcp.IPv4) {
				t.Fatalf("addresses of another family: %+v", s)
			}
		}
		if n > 2*lines {
			t.Fatalf("%d steps for %d lines in two files", n, lines)
		}
	})
}

// The running kernel tells the same of our own sockets as the sockets do.
func TestKernelSockets(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("no listener on %s: %v", address, err)
			continue
		}
		defer l.Close()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		listener, client := l.Addr().(*net.TCPAddr).AddrPort(), c.LocalAddr().(*net.TCPAddr).AddrPort()

		found := map[tcp.State]tcp.Socket{}
		sockets, errs := read(Self(), everything)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, s := range sockets {
			if s.Local == listener && s.State == tcp.Listen || s.Local == client {
				found[s.State] = s
			}
		}
		if s, ok := found[tcp.Listen]; !ok || s.Backlog.Used != 1 || s.Inode != tcp.Some(inodeOf(t, l.(*net.TCPListener))) {
			t.Errorf("listener: %+v", s)
		}
		if s, ok := found[tcp.Established]; !ok || s.Remote != listener || s.UID != tcp.Some(uint32(os.Getuid())) {
			t.Errorf("client: %+v", s)
		}
	}
}

// inodeOf gives the inode of a socket of this process.
func inodeOf(t testing.TB, c syscall.Conn) uint64 {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var stat syscall.Stat_t
	if err := raw.Control(func(fd uintptr) { err = syscall.Fstat(int(fd), &stat) }); err != nil {
		t.Fatal(err)
	}
	return stat.Ino
}

func TestNoAllocationPerRow(t *testing.T) {
	few, many := allocations(10), allocations(10_000)
	if many > few {
		t.Errorf("%v allocations for 10 rows, %v for 10,000", few, many)
	}
}

func allocations(rows int) float64 {
	p := recordedRows(rows)
	return testing.AllocsPerRun(5, func() { read0(p) })
}

// read0 walks without keeping anything.
func read0(p Proc) (sockets int) {
	for range p.Sockets(context.Background(), everything) {
		sockets++
	}
	return sockets
}

// recordedRows repeats the recorded rows of tcp.
func recordedRows(n int) Proc {
	recorded, err := os.ReadFile("testdata/tcp")
	if err != nil {
		panic(err)
	}
	lines := bytes.SplitAfter(recorded, []byte("\n"))
	header, rows := lines[0], lines[1:len(lines)-1]
	data := slices.Clone(header)
	for i := range n {
		data = append(data, rows[i%len(rows)]...)
	}
	return New(fstest.MapFS{"tcp": {Data: data}}, ".")
}

func BenchmarkSockets(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := recordedRows(n)
			b.ReportAllocs()
			for b.Loop() {
				if got := read0(p); got != n {
					b.Fatalf("%d of %d sockets", got, n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
		})
	}
}
