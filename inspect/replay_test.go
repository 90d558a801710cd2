package inspect

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/machine"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// A pipe that does not end is not told to be a record that was cut off.
func TestReplayOfEndlessPipe(t *testing.T) {
	const record = "tcpstat record 1\n-- end --\n"
	for most, want := range map[int64]string{
		int64(len(record)):     "",
		int64(len(record)) - 1: "look: more than 26 bytes, too much for a pipe",
	} {
		_, err := readPiped("look", strings.NewReader(record), most)
		if got := fmt.Sprint(err); err != nil && got != want || err == nil && want != "" {
			t.Errorf("up to %d bytes: %v", most, err)
		}
	}
}

// cutDump is a dump that ends after its first socket.
func cutDump(t *testing.T) string {
	name := filepath.Join(t.TempDir(), "dump")
	put(t, name, string(ownerless[0].message()))
	return name
}

// What a dump lacks since ss was asked for less, of each socket that could have it.
func TestDumpGaps(t *testing.T) {
	name := dump(t,
		sock{state: tcp.Listen, local: here, inode: 1},
		sock{state: tcp.Established, local: here, remote: there, inode: 2, info: wholeInfo, cgroup: 17},
		sock{state: tcp.CloseWait, local: here, remote: there, inode: 3},
		sock{state: tcp.TimeWait, local: here, remote: there},
		sock{state: tcp.Bound, local: "127.0.0.1:9", inode: 4})
	common := []string{"time not_recorded ?", "host not_recorded ?", "netns not_recorded ?"}
	for _, test := range []struct {
		query Query
		want  []string
	}{
		{Query{Annotate: true, Cgroups: true}, []string{"cgroup not_recorded 3", "settings not_recorded 5", "age not_recorded 1", "completeness not_recorded 1"}},
		{Query{Info: true, Memory: true}, []string{
			"tcp_info not_recorded 2", "congestion not_recorded 2", "memory not_recorded 3",
			"cgroup not_recorded 3", "age not_recorded 1", "completeness not_recorded 1",
		}},
	} {
		m, _ := open(t, Options{Replay: name})
		l := m.Look(test.query)
		if n := len(rows(t, l, byEnd)); n != 5 {
			t.Errorf("%d sockets", n)
		}
		same(t, "missing", sorted(gapsOf(l.Tail().Missing)), sorted(append(common, test.want...))...)
	}
}

// Cgroups are those of the record.
func TestCgroupsOfRecord(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, func(w *machine.Writer) {
		w.Cgroups(func(yield func(uint64, string) bool) { yield(17, "/system.slice/web.service") })
	}, sock{state: tcp.Listen, local: here, inode: 1, cgroup: 17}, sock{state: tcp.Listen, local: "127.0.0.1:9", inode: 2, cgroup: 18})})
	l := m.Look(Query{Cgroups: true})
	same(t, "units", rows(t, l, func(r *listing.Row) string { return r.Cgroup.Unit }), "web.service", "")
	if got := gapsOf(l.Tail().Missing); !slices.Contains(got, "cgroup not_in_proc 1") {
		t.Errorf("missing %q", got)
	}
}

// A record that was cut off shows what is whole, and says where it ends.
func TestCutRecord(t *testing.T) {
	name := cutRecord(t, record(t, 0, place, ownerless...))
	m, said := open(t, Options{Replay: name})
	l := m.Look(Query{Annotate: true})
	var list []string
	var last error
	for r, err := range l.Rows(t.Context()) {
		if last = err; err == nil {
			list = append(list, byEnd(r))
		}
	}
	same(t, "rows", list, "ESTABLISHED "+here, "ESTABLISHED 127.0.0.1:2", "FIN_WAIT1 127.0.0.1:3")
	if !isCut(last) {
		t.Errorf("error %v", last)
	}
	same(t, "missing", gapsOf(l.Tail().Missing), "record malformed_line ?", "settings not_recorded 3", "sockets not_recorded ?")
	if len(said.lines) != 1 || !strings.HasSuffix(said.lines[0], "; what is whole is shown") {
		t.Errorf("said %q", said.lines)
	}
	whole, _ := open(t, Options{Replay: record(t, 0, place, ownerless...)})
	same(t, "missing of a whole one", gapsOf(whole.NotRecorded(listing.Head{Time: then, Host: "web-1", NetNS: tcp.Some[uint64](1)})))
}

// What a record does not have cannot be asked for. Without an answer of sock_diag
// there is /proc, as on the machine.
func TestSettle(t *testing.T) {
	with := func(w *machine.Writer) { w.File("net/tcp", []byte(procTCP(ownerless...))) }
	refused := func(keep func(*machine.Writer)) func(*machine.Writer) {
		return func(w *machine.Writer) {
			keep(w)
			w.NoDump(unix.EPERM)
		}
	}
	const asksProc = "leave out --source proc, or record it again"
	for _, test := range []struct {
		record, source, err, try, says, used string
	}{
		{record(t, 0, with, ownerless...), "", "", "", "", Netlink},
		{record(t, 0, with, ownerless...), Proc, "", "", "", Proc},
		{record(t, 0, place, ownerless...), Proc, "no sockets of /proc are in the record", asksProc, "", ""},
		{record(t, 0, refused(place)), Auto, "no sockets are in the record", "record it again: tcpstat --record FILE", "", ""},
		{record(t, 0, refused(place)), Proc, "no sockets of /proc are in the record", asksProc, "", ""},
		{record(t, 0, refused(with)), Netlink, "sock_diag is not in the record: operation not permitted", "leave out --source netlink to read its /proc/net/tcp", "", ""},
		{record(t, 0, refused(with)), "", "", "", "sock_diag is not in the record (operation not permitted); reading its /proc/net/tcp, which knows less", Proc},
		{record(t, 0, refused(with)), Proc, "", "", "", Proc},
	} {
		said := new(said)
		m, err := Open(Options{Replay: test.record, Source: test.source, Warn: said.say})
		said.check(t, some(test.says)...)
		if test.err != "" {
			if err == nil || err.Error() != test.record+": "+test.err || Advice(err) != test.try {
				t.Errorf("%v: %s", err, Advice(err))
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		l := m.Look(Query{})
		if n := len(rows(t, l, byEnd)); n != 3 || l.Tail().Source != test.used || !l.Tail().Replayed || m.ProcOnly() != (test.used == Proc) {
			t.Errorf("%d sockets from %+v", n, l.Tail())
		}
	}
}

// Settings are those of the record.
func TestSettings(t *testing.T) {
	settings, err := Settings(record(t, 0, func(w *machine.Writer) {
		w.File("sys/net/ipv4/tcp_fin_timeout", []byte("61\n"))
	}))
	if err != nil || len(settings) != 1 || settings[tcp.FinTimeout] != 61 {
		t.Errorf("%v, %v", settings, err)
	}
}
