package health

import (
	"slices"
	"strconv"

	"tcpstat/tcp"
)

var acceptQueue = Rule{
	ID: "accept-queue", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"accept queue nearly full", "accept 큐가 거의 가득 참"},
		Why: tcp.Text{
			"Connections come faster than the program calls accept().",
			"프로그램이 accept()를 호출하는 것보다 연결이 빨리 옵니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"As soon as the program accepts; at the limit new handshakes are dropped.",
			"프로그램이 accept하면 바로 끝납니다. 한도에 이르면 새 핸드셰이크를 버립니다.",
		},
		Advice: tcp.Text{
			"See why the program does not accept: is it blocked, out of descriptors or out of workers? A larger backlog only helps against short bursts.",
			"프로그램이 accept하지 못하는 이유를 확인합니다: 멈췄는지, 디스크립터나 워커가 모자라는지. 백로그를 늘리는 것은 짧은 폭주에만 도움이 됩니다.",
		},
		Command: "tcpstat -lnp",
	},
	Cases: []*Diagnosis{&stoppedAcceptor, &oneOfSeveral, &allOfSeveral},
	Meaning: tcp.Text{
		"Finished connections wait in the listener's accept queue until the program calls accept(). Above the limit the kernel drops the handshakes of new clients, who see a slow or failed connect.",
		"완성된 연결은 프로그램이 accept()를 호출할 때까지 리스너의 accept 큐(accept queue)에서 기다립니다. 한도를 넘으면 커널이 새 클라이언트의 핸드셰이크를 버리고, 클라이언트의 연결은 느려지거나 실패합니다.",
	},
	Limits: []Limit{
		{"used_percent", percent, AtLeast(80), Range{}, tcp.Text{
			"a queue of four fifths leaves little for a burst",
			"5분의 4가 찬 큐에는 폭주를 받아 낼 여유가 거의 없음",
		}},
		{"over_limit", "connections", Range{}, AtLeast(1), tcp.Text{
			"the kernel drops a SYN when used is above the limit (sk_acceptq_is_full)",
			"대기 수가 한도를 넘으면 커널이 SYN을 버림(sk_acceptq_is_full)",
		}},
	},
	Causes:    []Cause{{"open-files", noneLeft}, {"not-accepted", sameListener}},
	Reference: "listen(2); tcpstat explain handshake",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for q := range j.facts.Census.listeners {
			limit, known := q.Backlog.Limit.Get()
			if !known {
				continue
			}
			f := j.queueFinding(q, []float64{share(float64(q.Backlog.Used), float64(limit)), over(q.Backlog.Used, limit)})
			if q.Backlog.Used > limit {
				f.title = titleFull
			}
			j.find(f)
		}
	},
}

// titleFull is what accept-queue is called from the limit on.
var titleFull = tcp.Text{"accept queue full", "accept 큐 가득 참"}

// What a queue can wait for.
var (
	stoppedAcceptor = Diagnosis{
		Cause: "stopped",
		Why: tcp.Text{
			"The program is stopped, by a signal (SIGSTOP, Ctrl-Z) or a debugger: it runs no instruction.",
			"프로그램이 시그널(SIGSTOP, Ctrl-Z)이나 디버거로 정지돼 아무 명령도 실행하지 않습니다.",
		},
		Ends: tcp.Text{
			"Never by itself: when it is continued, or the clients give up.",
			"저절로는 끝나지 않습니다. 다시 실행되거나 클라이언트가 포기해야 합니다.",
		},
		Advice: tcp.Text{
			"Continue it: kill -CONT {pid}. If a debugger holds it, let the debugger go on.",
			"다시 실행합니다: kill -CONT {pid}. 디버거가 잡고 있으면 디버거에서 계속 실행합니다.",
		},
	}
	oneOfSeveral = Diagnosis{
		Cause: "one_of_several",
		Why: tcp.Text{
			"One of the {listeners} listeners that share this address (SO_REUSEPORT) does not accept. The kernel goes on giving it its part of the new connections, and the others cannot help.",
			"이 주소를 함께 쓰는(SO_REUSEPORT) 리스너 {listeners}개 중 하나가 accept하지 않습니다. 커널은 새 연결을 계속 나누어 주고, 나머지 리스너는 도울 수 없습니다.",
		},
		Ends: tcp.Text{
			"Never by itself: when this process accepts again, or closes its listener.",
			"저절로는 끝나지 않습니다. 이 프로세스가 다시 accept하거나 리스너를 닫아야 합니다.",
		},
		Advice: tcp.Text{
			"Look at this one process: its accept loop hangs while the others work. Take a stack dump, then restart it alone; its share of the connections goes to the others.",
			"이 프로세스 하나를 살펴봅니다. 나머지는 동작하는데 이 프로세스의 accept 루프만 멈췄습니다. 스택 덤프를 뜬 뒤 이것만 재시작하면 그 몫의 연결은 나머지로 갑니다.",
		},
	}
)

// allOfSeveral are listeners that share an address and all hang.
var allOfSeveral = Diagnosis{
	Cause: "all_of_several",
	Why: tcp.Text{
		"All {listeners} listeners that share this address (SO_REUSEPORT) do not accept: their programs are blocked, busy, or their accept loops have ended.",
		"이 주소를 함께 쓰는(SO_REUSEPORT) 리스너 {listeners}개 모두 accept하지 않습니다. 프로그램들이 멈췄거나, 바쁘거나, accept 루프가 끝났습니다.",
	},
}

var notAccepted = Rule{
	ID: "not-accepted", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"connections not accepted", "accept되지 않은 연결"},
		Why: tcp.Text{
			"The program that listens does not call accept(): it is blocked, busy, or its accept loop has ended.",
			"리스너의 프로그램이 accept()를 호출하지 않습니다. 멈췄거나, 바쁘거나, accept 루프가 끝났습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: when the program accepts, or the clients give up.",
			"저절로는 끝나지 않습니다. 프로그램이 accept하거나 클라이언트가 포기해야 합니다.",
		},
		Advice: tcp.Text{
			"Look at the listening program before you restart it: take a stack dump, see what its accept loop waits for.",
			"재시작하기 전에 리스너의 프로그램을 살펴봅니다. 스택 덤프를 떠서 accept 루프가 무엇을 기다리는지 확인합니다.",
		},
		Command: "tcpstat -lnp",
	},
	Cases: []*Diagnosis{&stoppedAcceptor, &oneOfSeveral, &allOfSeveral},
	Meaning: tcp.Text{
		"Established connections have waited in an accept queue for 5 s and more: the program that listens is not calling accept(), while its clients believe that they are connected.",
		"성립한 연결이 accept 큐(accept queue)에서 5초 넘게 기다렸습니다. 리스너의 프로그램이 accept()를 호출하지 않는데, 클라이언트는 연결된 줄 압니다.",
	},
	Limits: []Limit{
		{"not_accepted", sockets, AtLeast(10), Range{}, tcp.Text{"a few may be the moment of a look", "몇 개는 살펴본 순간의 우연일 수 있음"}},
		{"limit_percent", percent, Range{}, AtLeast(100), tcp.Text{"the whole queue is stale", "큐 전체가 오래 묵음"}},
	},
	Causes:    []Cause{{"open-files", noneLeft}},
	Reference: "accept(2)",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for i := range j.facts.Census.queues {
			q := &j.facts.Census.queues[i]
			if limit, known := q.Backlog.Limit.Get(); known && q.Unaccepted > 0 {
				j.find(j.queueFinding(q, []float64{float64(q.Unaccepted), share(float64(q.Unaccepted), float64(limit))}))
			}
		}
	},
}

var listenOverflow = Rule{
	ID: "listen-overflow", Kind: Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"accept queue overflowed", "accept 큐 넘침"},
		Why: tcp.Text{
			"Connections came while an accept queue was full: the program did not accept as fast as they came.",
			"accept 큐가 가득 찬 동안 연결이 왔습니다. 프로그램이 연결이 오는 만큼 빨리 accept하지 못했습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the program accepts as fast as connections come. Until then each costs its client a second or more.",
			"연결이 오는 만큼 빨리 프로그램이 accept하면 끝납니다. 그때까지 클라이언트는 연결마다 1초 이상을 잃습니다.",
		},
		Advice: tcp.Text{
			"Make the program accept faster; against short bursts raise the backlog that it passes to listen().",
			"프로그램이 더 빨리 accept하게 합니다. 짧은 폭주에는 listen()에 넘기는 백로그를 늘립니다.",
		},
		Command: "tcpstat -lnp",
	},
	Cases: []*Diagnosis{&shortBacklog},
	Meaning: tcp.Text{
		"Handshakes were dropped because an accept queue was full (ListenOverflows). Each costs a client a second or more, or its connection.",
		"accept 큐(accept queue)가 가득 차 핸드셰이크를 버렸습니다(ListenOverflows). 그때마다 클라이언트는 1초 이상을 잃거나 연결에 실패합니다.",
	},
	Limits: []Limit{
		{"overflows_per_s", perSec, Above(0), AtLeast(5), tcp.Text{
			"every one was a client; 5/s is no single burst",
			"하나하나가 클라이언트; 초당 5건이면 한 번의 폭주가 아님",
		}},
	},
	ForAll:    true,
	Causes:    []Cause{{"not-accepted", sameListenerOrAny}, {"accept-queue", sameListenerOrAny}},
	Reference: "tcpstat explain ListenOverflows",
	judge: func(j *judge) {
		overflows, ok := j.delta("TcpExt", "ListenOverflows")
		if !ok {
			return
		}
		values := []float64{j.perSecond(overflows)}
		q := j.overflowed(overflows)
		if q == nil {
			j.found(Subject{}, values, Evidence{"overflows", overflows})
			return
		}
		f := j.queueFinding(q, values)
		f.evidence = append(f.evidence, Evidence{"overflows", overflows})
		if somaxconn, short := j.short(q); short {
			f.diagnosis = &shortBacklog
			f.evidence = append(f.evidence, Evidence{"somaxconn", somaxconn})
		}
		j.find(f)
	},
}

// shortBacklog is a queue that overflows since it is short.
var shortBacklog = Diagnosis{
	Cause: "short_backlog",
	Why: tcp.Text{
		"Bursts of connections come faster than the program accepts, and its accept queue holds only {limit}; the system would allow {somaxconn}.",
		"프로그램이 accept하는 것보다 빨리 연결이 몰려오는데 accept 큐에는 {limit}개만 들어갑니다. 시스템은 {somaxconn}개까지 허용합니다.",
	},
	Ends: tcp.Text{
		"Never by itself: every burst overflows it again. Each drop costs a client a second or more.",
		"저절로는 끝나지 않습니다. 폭주할 때마다 다시 넘칩니다. 버려질 때마다 클라이언트는 1초 이상을 잃습니다.",
	},
	Advice: tcp.Text{
		"Raise the backlog that the program passes to listen() (nginx: listen 80 backlog=1024, haproxy: backlog, redis: tcp-backlog); somaxconn is large enough.",
		"프로그램이 listen()에 넘기는 백로그(backlog)를 늘립니다(nginx: listen 80 backlog=1024, haproxy: backlog, redis: tcp-backlog). somaxconn은 충분합니다.",
	},
}

var backlogSmall = Rule{
	ID: "backlog-small", Kind: Gauge | Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"backlog too small", "너무 작은 백로그"},
		Why:   shortBacklog.Why, Side: Program, Ends: shortBacklog.Ends, Advice: shortBacklog.Advice,
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"A listener drops connections and has asked for a short accept queue, though the system allows a long one. One burst of the past does not count: its drops must have grown between two looks.",
		"연결을 버리는 리스너가, 시스템은 더 긴 큐를 허용하는데도 짧은 accept 큐(accept queue)를 요청했습니다. 지난 폭주 한 번은 세지 않습니다. 두 번 살펴본 사이에 버린 수가 늘어야 합니다.",
	},
	Limits: []Limit{
		{"drops", "connections", Above(0), Range{}, tcp.Text{
			"a limit below 128, the ceiling until Linux 5.4, under a somaxconn of 1024 and more",
			"somaxconn이 1024 이상인데 한도가 128(Linux 5.4 전까지의 상한) 미만",
		}},
	},
	Causes:    []Cause{{"not-accepted", sameListener}, {"accept-queue", sameListener}, {"listen-overflow", sameListener}},
	Reference: "listen(2)",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		if _, known := j.facts.Settings[tcp.Somaxconn]; !known {
			j.cannot(NoSettings)
			return
		}
		if overflows, ok := j.delta("TcpExt", "ListenOverflows"); ok && overflows > 0 {
			j.shortBacklogs()
		}
	},
}

// shortBacklogs measures what listeners with a short queue have dropped in the window.
func (j *judge) shortBacklogs() {
	for q := range j.facts.Census.listeners {
		dropped, known := j.facts.Before.Dropped(q.Inode, q.Backlog).Get()
		if somaxconn, short := j.short(q); known && short {
			f := j.queueFinding(q, []float64{float64(dropped)})
			f.evidence = append(f.evidence, Evidence{"somaxconn", somaxconn})
			j.find(f)
		}
	}
}

// short reports whether a queue is short though the system allows a long one.
func (j *judge) short(q *listenQueue) (somaxconn float64, short bool) {
	most, known := j.facts.Settings[tcp.Somaxconn]
	limit, limited := q.Backlog.Limit.Get()
	return float64(most), known && limited && most >= 1024 && limit < 128
}

// overflowed gives the listener whose queue has overflowed, nil where that cannot be
// told. A listener counts all its drops together, those of repeated SYNs too: it has
// overflowed if the drops of the others cannot be all, or if it alone is full.
func (j *judge) overflowed(overflows float64) (found *listenQueue) {
	var all, full float64
	dropped := func(q *listenQueue) float64 { return float64(j.facts.Before.Dropped(q.Inode, q.Backlog).Or(0)) }
	for q := range j.facts.Census.listeners {
		all += dropped(q)
		if dropped(q) > 0 && j.wasFull(q) {
			full++
		}
	}
	for q := range j.facts.Census.listeners {
		d := dropped(q)
		certain := overflows > all-d || full == 1 && j.wasFull(q)
		if d > 0 && certain && (found == nil || d > dropped(found)) {
			found = q
		}
	}
	return found
}

// wasFull reports whether one of the two looks saw the queue full.
func (j *judge) wasFull(q *listenQueue) bool {
	return isFull(q.Backlog) || isFull(j.facts.Before.Listeners[q.Inode])
}

func isFull(b tcp.Backlog) bool {
	limit, known := b.Limit.Get()
	return known && b.Used > limit
}

// queueFinding is a finding about an accept queue, with what is known of its listener.
func (j *judge) queueFinding(q *listenQueue, values []float64) *finding {
	f := &finding{
		subject: listener(q), values: values, inodes: []uint64{q.Inode},
		evidence: []Evidence{{"used", float64(q.Backlog.Used)}},
	}
	if limit, known := q.Backlog.Limit.Get(); known {
		f.evidence = append(f.evidence, Evidence{"limit", float64(limit)})
	}
	if drops, known := q.Backlog.Drops.Get(); known {
		f.evidence = append(f.evidence, Evidence{"drops_of_listener", float64(drops)})
	}
	if dropped, known := j.facts.Before.Dropped(q.Inode, q.Backlog).Get(); known && j.facts.Window > 0 {
		f.evidence = append(f.evidence, Evidence{"dropped_in_window", float64(dropped)})
	}
	stopped := j.stopped(q)
	switch n := len(j.facts.Census.at[q.key]); {
	case stopped != nil:
		f.diagnosis, f.inodes, f.processes = &stoppedAcceptor, nil, []tcp.Process{stopped.Process}
		f.names = []Name{{"pid", strconv.Itoa(int(stopped.PID))}}
	case n > 1 && j.together(q):
		f.diagnosis = &allOfSeveral
		f.evidence = append(f.evidence, Evidence{"listeners", float64(n)})
		for _, place := range j.facts.Census.at[q.key] {
			f.inodes = append(f.inodes, j.facts.Census.queues[place].Inode)
		}
	case n > 1 && j.alone(q):
		f.diagnosis = &oneOfSeveral
		f.evidence = append(f.evidence, Evidence{"listeners", float64(n)})
	}
	return f
}

// stopped gives the process that should accept and is stopped, nil where there is none,
// or another that may accept in its place.
func (j *judge) stopped(q *listenQueue) (found *Owner) {
	owners := j.facts.Owners[q.Inode]
	for _, owner := range owners {
		if parent := slices.ContainsFunc(owners, func(o *Owner) bool { return o.Parent == owner.PID }); parent {
			continue // its children accept
		}
		if !owner.Stopped {
			return nil
		}
		found = owner
	}
	return found
}

// together reports whether about as many wait for each of those that share the address.
func (j *judge) together(q *listenQueue) bool {
	c := j.facts.Census
	for _, place := range c.at[q.key] {
		if other := &c.queues[place]; 4*other.Backlog.Used < q.Backlog.Used {
			return false
		}
	}
	return true
}

// alone reports whether hardly anybody waits for the others that share the address.
func (j *judge) alone(q *listenQueue) bool {
	c := j.facts.Census
	for _, place := range c.at[q.key] {
		if other := &c.queues[place]; other != q && fewSockets*other.Backlog.Used > q.Backlog.Used {
			return false
		}
	}
	return true
}

// sameListenerOrAny is sameListener where the effect knows its listener.
var sameListenerOrAny = Condition{Text: sameListener.Text, holds: func(effect, cause *Result) bool {
	return effect.Subject.Kind != Listener || ofSameListener(effect, cause)
}}

func listener(q *listenQueue) Subject { return Subject{Kind: Listener, Local: q.Local} }

// over is by how many connections a queue exceeds its limit.
func over(used, limit uint32) float64 { return float64(max(used, limit) - limit) }
