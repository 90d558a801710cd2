package health

import (
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
)

// held says who holds which inodes.
type held map[uint64][]*Owner

func process(pid int32, name string, parent int32, executable string) *Owner {
	return &Owner{Process: tcp.Process{PID: pid, Name: name}, Parent: parent, Executable: executable}
}

// A leak is told apart by what is unread, by who opened the connections, and by who
// else holds them.
func TestLeakDiagnosis(t *testing.T) {
	const listener, live = 7, 8
	orders := process(10, "orders", 1, "/usr/bin/orders")
	worker := process(11, "orders", 10, "/usr/bin/orders")
	sleep := process(12, "sleep", 10, "/usr/bin/sleep")
	old := silent(2 * time.Minute)
	accepted := local("10.0.0.7:8080")
	list := func(options ...option) []tcp.Socket {
		return append([]tcp.Socket{
			socket(tcp.Listen, queue(0, 128), inode(listener)),
			socket(tcp.Established, accepted, inode(live)),
		}, times(20, socket(tcp.CloseWait, append(options, old)...))...)
	}
	pairs := append(list(), times(20, socket(tcp.FinWait2, accepted, silent(time.Second)))...)
	opened := append(list(), times(20, socket(tcp.FinWait2, silent(time.Second)))...)
	for _, tt := range []struct {
		name    string
		sockets []tcp.Socket
		holder  *Owner
		beside  held
		want    string
		subject string
	}{
		{"end read", list(accepted), orders, nil, "", "orders/10"},
		{"end unread", list(accepted, unread(1)), orders, nil, "never_reads", "orders/10"},
		{"data unread", list(accepted, unread(99)), orders, nil, "never_reads", "orders/10"},
		{"pool", list(unread(1)), orders, nil, "stale_pool", "orders/10"},
		{"data unread on its own connections", list(unread(99)), orders, nil, "never_reads", "orders/10"},
		{"another program inherited", list(accepted), sleep, held{listener: {orders, sleep}}, "inherited", "orders/10"},
		{"a fork inherited", list(accepted), worker, held{listener: {orders, worker}, live: {orders}}, "inherited", "orders/10"},
		{"a worker accepts", list(accepted), worker, held{listener: {orders, worker}, live: {worker}}, "", "orders/11"},
		{"a fork or a worker", list(accepted), worker, held{listener: {orders, worker}}, "perhaps_inherited", "orders/11"},
		{"handed over", list(accepted), process(13, "other", 1, "/usr/bin/other"), held{listener: {orders}}, "", "other/13"},
		{"relay", pairs, orders, nil, "relayed", "orders/10"},
		{"no relay: both ends opened", opened, orders, nil, "", "orders/10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(tt.sockets, func(f *Facts) {
				f.Owners = held{}
				for i := range tt.sockets {
					f.Owners[tt.sockets[i].Inode.Or(0)] = []*Owner{tt.holder}
				}
				f.Owners[listener], f.Owners[live] = []*Owner{orders}, nil
				for inode, owners := range tt.beside {
					f.Owners[inode] = owners
				}
			})
			r := outcome(t, f, "close-wait-leak")
			if r.Status != Warning || r.Cause != tt.want || r.Subject.String() != tt.subject {
				t.Errorf("%v %q of %s, want %q of %s", r.Status, r.Cause, r.Subject.String(), tt.want, tt.subject)
			}
		})
	}
}

// What a process and its child both hold is the process's.
func TestLeakShared(t *testing.T) {
	orders, child := process(10, "orders", 1, ""), process(9, "sleep", 10, "")
	sockets := times(20, socket(tcp.CloseWait, silent(2*time.Minute)))
	f := facts(sockets, func(f *Facts) {
		f.Owners = held{}
		for i := range sockets {
			f.Owners[sockets[i].Inode.Or(0)] = []*Owner{child, orders}
		}
	})
	if r := outcome(t, f, "close-wait-leak"); r.Subject.String() != "orders/10" || r.Others != 0 {
		t.Errorf("%s and %d others", r.Subject.String(), r.Others)
	}
}

// Sockets that come and stay are growth; those that come while others go are not.
func TestLeakGrows(t *testing.T) {
	before := func(n int) func(*Facts) {
		return func(f *Facts) {
			window(nil)(f)
			f.Before = NewSnapshot()
			for i := range n {
				f.Before.CloseWait[uint64(1000+i)] = true
			}
			for _, owner := range f.Owners[1000] {
				owner.Files = tcp.Some[uint64](40)
			}
		}
	}
	gone := func(f *Facts) {
		for i := range 15 {
			f.Before.CloseWait[uint64(i)] = true
		}
	}
	for _, tt := range []struct {
		name  string
		now   []tcp.Socket
		more  []func(*Facts)
		want  Status
		grown float64
	}{
		{"grows", times(30, socket(tcp.CloseWait, silent(2*time.Second))), []func(*Facts){before(10)}, Warning, 20},
		{"stands", times(30, socket(tcp.CloseWait, silent(2*time.Second))), []func(*Facts){before(30)}, OK, 0},
		{"comes and goes", times(30, socket(tcp.CloseWait, silent(2*time.Second))), []func(*Facts){before(10), gone}, OK, 5},
		{"came just now", times(30, socket(tcp.CloseWait, silent(0))), []func(*Facts){before(10)}, OK, 0},
	} {
		r := outcome(t, facts(tt.now, tt.more...), "close-wait-leak")
		if r.Status != tt.want || r.Metrics[2].Value != tt.grown {
			t.Errorf("%s: %v, grown %v", tt.name, r.Status, r.Metrics[2].Value)
		}
		if tt.want == Warning && (r.evidence("growth_per_s") != 2 || r.evidence("limit_in_ms") != 480_000) {
			t.Errorf("%s: %v", tt.name, r.Evidence)
		}
	}
}

// The owners of young sockets are asked for only if there are many, and then those of
// what tells who accepted them too.
func TestLeakInodes(t *testing.T) {
	const listener, live = 7, 8
	list := func(n int) []tcp.Socket {
		return append([]tcp.Socket{
			socket(tcp.Listen, queue(0, 128), inode(listener)),
			socket(tcp.Established, local("10.0.0.7:8080"), inode(live)),
		}, times(n, socket(tcp.CloseWait, local("10.0.0.7:8080"), silent(0)))...)
	}
	if few := slices.Collect(facts(list(9)).Census.Inodes); len(few) != 0 {
		t.Errorf("of 9 young ones: %v", few)
	}
	many := slices.Collect(facts(list(10)).Census.Inodes)
	if len(many) != 12 || !slices.Contains(many, listener) || !slices.Contains(many, live) {
		t.Errorf("of 10: %v", many)
	}
}
