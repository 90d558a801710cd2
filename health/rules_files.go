package health

import (
	"cmp"
	"math"
	"net/netip"
	"strconv"

	"tcpstat/tcp"
)

var closedHeld = Rule{
	ID: "closed-held", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"ended connections not closed", "끝났는데 닫지 않은 연결"},
		Why: tcp.Text{
			"These sockets stand in no list: their connections were refused, reset or shut down on both sides, or never begun, and the program does not call close().",
			"이 소켓들은 어떤 목록에도 없습니다. 연결이 거부되었거나, RST로 끊겼거나, 양쪽 모두 shutdown되었거나, 시작된 적이 없는데 프로그램이 close()를 호출하지 않습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: only close() frees the descriptors, or the end of the process.",
			"저절로는 끝나지 않습니다. close()나 프로세스 종료만이 디스크립터를 돌려줍니다.",
		},
		Advice: tcp.Text{
			"Find the path that forgets close(): after a failed connect(), after ECONNRESET or EPIPE, after shutdown(). `lsof -p` prints them as \"protocol: TCP\" (or MPTCP); ss and netstat do not show them. Restarting the program frees them for a while.",
			"close()를 잊는 경로를 찾습니다: connect() 실패 뒤, ECONNRESET이나 EPIPE 뒤, shutdown() 뒤. `lsof -p`는 이를 \"protocol: TCP\"(또는 MPTCP)로 표시하고, ss와 netstat에는 나오지 않습니다. 재시작하면 한동안은 풀립니다.",
		},
		Command: "tcpstat -anp state CLOSE",
	},
	Meaning: tcp.Text{
		"A socket that was never connected, refused, reset, or shut down on both sides stands in no table of the kernel, while its descriptor goes on counting against the process's limit of open files, until accept() and open() fail with EMFILE. Processes are looked into that have 5 % of their limit open, and others where the kernel counts 100 such sockets and more. Below 2 % of what a process has open they are those that it is about to close.",
		"연결된 적이 없거나, 거부되었거나, RST로 끊겼거나, 양쪽 모두 shutdown된 소켓은 커널의 어떤 테이블에도 없지만, 디스크립터는 프로세스의 열린 파일 한도에 계속 포함되어 결국 accept()와 open()이 EMFILE로 실패합니다. 한도의 5 %를 연 프로세스를 살펴보고, 커널이 그런 소켓을 100개 이상 세면 다른 프로세스도 살펴봅니다. 프로세스가 연 파일의 2 % 미만이면 곧 닫을 소켓으로 봅니다.",
	},
	Limits: []Limit{
		{"closed_held", "descriptors", AtLeast(fewSockets), AtLeast(100), tcp.Text{
			"a healthy program closes what has ended at once; a few may be the moment of a look",
			"정상인 프로그램은 끝난 소켓을 바로 닫음; 몇 개는 살펴본 순간의 우연일 수 있음",
		}},
		{"open_files_percent", percent, AtLeast(5), AtLeast(50), tcp.Text{"part of the process's limit of open files", "프로세스의 열린 파일 한도 대비 비율"}},
	},
	ForAll:    true,
	Reference: "close(2); tcpstat explain CLOSE",
	judge: func(j *judge) {
		files := &j.facts.Files
		if !j.needFiles() || !j.needDetails() {
			return
		}
		for _, p := range files.Processes {
			if p.Searched && uint64(p.Closed) >= p.FewestClosed() {
				f := filesFinding(p, []float64{float64(p.Closed), share(float64(p.Closed), float64(p.Limit))})
				j.leakEnd(p, f)
				j.find(f)
			}
		}
		if files.Unsearched && j.bad == 0 {
			j.cannot(NoPermission)
		}
	},
}

var openFiles = Rule{
	ID: "open-files", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"open files near the limit", "열린 파일이 한도에 가까움"},
		Why: tcp.Text{
			"The program has {open_files} of {open_files_limit} files open; sockets count among them.",
			"프로그램이 파일 {open_files_limit}개 중 {open_files}개를 열어 두었습니다. 소켓도 여기에 포함됩니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the program closes some. At the limit accept(), socket() and open() fail with EMFILE.",
			"프로그램이 일부를 닫으면 끝납니다. 한도에 이르면 accept(), socket(), open()이 EMFILE로 실패합니다.",
		},
		Advice: tcp.Text{
			"See what they are: ls -l /proc/PID/fd. If they are in use, raise the limit (LimitNOFILE= of the service, ulimit -n); if they only grow in number, find what is not closed.",
			"무엇인지 확인합니다: ls -l /proc/PID/fd. 쓰고 있는 것이라면 한도를 늘리고(서비스의 LimitNOFILE=, ulimit -n), 늘기만 한다면 닫지 않는 것을 찾습니다.",
		},
		Command: "tcpstat -anp",
	},
	Cases: []*Diagnosis{&busyConnections, &otherFiles},
	Meaning: tcp.Text{
		"A process with TCP sockets has nearly as many files open as it may (RLIMIT_NOFILE). At the limit accept(), socket() and open() fail with EMFILE: clients connect and are never served.",
		"TCP 소켓을 가진 프로세스가 한도(RLIMIT_NOFILE)에 가깝게 파일을 열어 두었습니다. 한도에 이르면 accept(), socket(), open()이 EMFILE로 실패해, 클라이언트는 연결되고도 응답을 받지 못합니다.",
	},
	Limits: []Limit{
		{"open_files_percent", percent, AtLeast(NearPercent), AtLeast(95), tcp.Text{
			"a fifth is little for a burst of connections",
			"5분의 1은 연결이 몰릴 때 얼마 되지 않음",
		}},
	},
	ForAll:    true,
	Causes:    []Cause{{"close-wait-leak", mostOfFiles}, {"closed-held", mostOfFiles}},
	Reference: "RLIMIT_NOFILE in getrlimit(2)",
	judge: func(j *judge) {
		files := &j.facts.Files
		if !j.needFiles() {
			return
		}
		for _, p := range files.Processes {
			if p.TCP {
				f := filesFinding(p, []float64{share(float64(p.Open), float64(p.Limit))})
				if p.Searched {
					f.evidence = append(f.evidence, Evidence{"closed_held", float64(p.Closed)})
				}
				j.fullness(p, f)
				j.find(f)
			}
		}
		if files.Hidden && j.bad == 0 {
			j.cannot(NoPermission)
		}
	},
}

// What the files of a process that has many can be.
var (
	busyConnections = Diagnosis{
		Cause: "connections",
		Advice: tcp.Text{
			"Most of them are established connections. Raise the limit (LimitNOFILE= of the service, ulimit -n), or bound the connections that the program takes and drop idle ones sooner.",
			"대부분 성립한 연결입니다. 한도를 늘리거나(서비스의 LimitNOFILE=, ulimit -n), 프로그램이 받는 연결 수를 제한하고 유휴 연결을 더 일찍 끊습니다.",
		},
	}
	otherFiles = Diagnosis{
		Cause: "other_files",
		Advice: tcp.Text{
			"Most of them are no TCP sockets: ls -l /proc/{pid}/fd tells what they are. Close what is not needed, or raise the limit (LimitNOFILE= of the service, ulimit -n).",
			"대부분 TCP 소켓이 아닙니다. ls -l /proc/{pid}/fd로 무엇인지 확인합니다. 필요 없는 것을 닫거나 한도를 늘립니다(서비스의 LimitNOFILE=, ulimit -n).",
		},
	}
)

// At the limit.
var (
	titleNoneLeft = tcp.Text{"no file descriptors left", "파일 디스크립터 소진"}
	whyNoneLeft   = tcp.Text{
		"The program has {open_files} of {open_files_limit} files open: accept(), socket() and open() fail with EMFILE.",
		"프로그램이 파일 {open_files_limit}개 중 {open_files}개를 열어 두어 accept(), socket(), open()이 EMFILE로 실패합니다.",
	}
	whyNotAccepting = tcp.Text{
		"The program has {open_files} of {open_files_limit} files open: accept() fails with EMFILE, and connections to {listener} wait ({waiting} now).",
		"프로그램이 파일 {open_files_limit}개 중 {open_files}개를 열어 두어 accept()가 EMFILE로 실패하고, 리스너 {listener}에서 연결 {waiting}개가 기다립니다.",
	}
	endsNoneLeft = tcp.Text{
		"When the program closes some, or its limit is raised.",
		"프로그램이 일부를 닫거나 한도를 늘리면 끝납니다.",
	}
)

// When the files of a process come to an end that is known.
var (
	endsLimited = tcp.Text{
		"Never by itself: only close() frees the descriptors, or the end of the process. {open_files} of {open_files_limit} files are open; at the limit accept() and open() fail.",
		"저절로는 끝나지 않습니다. close()나 프로세스 종료만이 디스크립터를 돌려줍니다. 파일 {open_files_limit}개 중 {open_files}개가 열려 있고, 한도에 이르면 accept()와 open()이 실패합니다.",
	}
	endsLeaking = tcp.Text{
		"Never by itself: {open_files_limit} open files are reached in {full_in_ms} ({files_per_s} more a second); then accept(), socket() and open() fail.",
		"저절로는 끝나지 않습니다. {full_in_ms} 뒤 열린 파일 한도 {open_files_limit}개에 이르고(초당 {files_per_s}개 증가), 그때부터 accept(), socket(), open()이 실패합니다.",
	}
	endsGrowing = tcp.Text{
		"At this pace {open_files_limit} open files are reached in {full_in_ms} ({files_per_s} more a second); then accept(), socket() and open() fail with EMFILE.",
		"이 속도라면 {full_in_ms} 뒤 열린 파일 한도 {open_files_limit}개에 이르고(초당 {files_per_s}개 증가), 그때부터 accept(), socket(), open()이 EMFILE로 실패합니다.",
	}
)

// needFiles reports whether the open files of processes were counted.
func (j *judge) needFiles() bool {
	files := &j.facts.Files
	if !files.Counted {
		j.cannot(cmp.Or(files.Missing, NotCounted))
	}
	return files.Counted
}

// filesFinding measures the files of a process.
func filesFinding(p *ProcessFiles, values []float64) *finding {
	f := &finding{
		subject:  Subject{Kind: Process, Process: p.Process},
		values:   values,
		evidence: []Evidence{{"open_files", float64(p.Open)}},
		names:    []Name{{"pid", strconv.Itoa(int(p.PID))}},
	}
	if p.Limit != math.MaxUint64 {
		f.evidence = append(f.evidence, Evidence{"open_files_limit", float64(p.Limit)})
	}
	if p.Searched {
		f.evidence = append(f.evidence,
			Evidence{"established", float64(p.States[tcp.Established])},
			Evidence{"close_wait", float64(p.States[tcp.CloseWait])},
			Evidence{"other_files", float64(p.others())})
	}
	return f
}

// others counts what is no TCP socket.
func (p *ProcessFiles) others() int { return max(int(p.Open)-p.InTables()-p.Closed, 0) }

// growing reports whether a process has more files open than at the earlier look, and
// takes the time until it may open no more into the evidence.
func (j *judge) growing(p *ProcessFiles, f *finding) bool {
	before, known := j.facts.Before.Files[p.PID]
	if !known || p.Open <= before || p.Open >= p.Limit || p.Limit == math.MaxUint64 {
		return false
	}
	rate := j.perSecond(float64(p.Open - before))
	f.evidence = append(f.evidence,
		Evidence{"files_per_s", math.Round(100*rate) / 100},
		Evidence{"full_in_ms", math.Round(1000 * float64(p.Limit-p.Open) / rate)})
	return true
}

// leakEnd says when a leak of descriptors ends.
func (j *judge) leakEnd(p *ProcessFiles, f *finding) {
	switch {
	case j.growing(p, f):
		f.ends = endsLeaking
	case p.Limit != math.MaxUint64:
		f.ends = endsLimited
	}
}

// fullness words how near a process is to its limit, and by what.
func (j *judge) fullness(p *ProcessFiles, f *finding) {
	var d Diagnosis
	switch {
	case p.Searched && 2*p.States[tcp.Established] > int(p.Open):
		d = busyConnections
	case p.Searched && 2*p.others() > int(p.Open):
		d = otherFiles
	}
	if p.Open < p.Limit {
		if j.growing(p, f) {
			f.ends = endsGrowing
		}
		f.diagnosis = &d
		return
	}
	d.Why, f.title, f.ends = whyNoneLeft, titleNoneLeft, endsNoneLeft
	if at, waiting := j.waitingFor(p.PID); waiting > 0 {
		d.Why = whyNotAccepting
		f.evidence = append(f.evidence, Evidence{"waiting", float64(waiting)})
		f.names = append(f.names, Name{"listener", endText(at)})
	}
	f.diagnosis = &d
}

// waitingFor gives the listener of a process that most connections wait for.
func (j *judge) waitingFor(pid int32) (at netip.AddrPort, most uint32) {
	for q := range j.facts.Census.listeners {
		if q.Backlog.Used > most && holds(j.facts.Owners[q.Inode], pid) {
			at, most = q.Local, q.Backlog.Used
		}
	}
	return at, most
}

// The conditions under which files explain, and are explained.
var (
	mostOfFiles = Condition{Text: tcp.Text{"where it holds half of the process's open files", "프로세스의 열린 파일 절반을 차지할 때"}, holds: holdsMostFiles}
	noneLeft    = Condition{Text: tcp.Text{"of the process that listens, with no descriptor left", "리스너 프로세스에 남은 디스크립터가 없을 때"}, holds: heldByFull}
)

func holdsMostFiles(effect, cause *Result) bool {
	holder := effect.Subject.String()
	if cause.Subject.String() != holder && cause.name("holder") != holder {
		return false
	}
	leaked := cause.Metrics[0].Value
	if n := cause.evidence("close_wait"); cause.Rule == &closeWaitLeak && n > leaked {
		leaked = n // with those that are young
	}
	return 2*leaked >= effect.evidence("open_files")
}

func heldByFull(effect, cause *Result) bool {
	limit := cause.evidence("open_files_limit")
	if limit == 0 || cause.evidence("open_files") < limit || effect.Cause == stoppedAcceptor.Cause {
		return false // accept() still finds a descriptor, or is not called at all
	}
	for i := range effect.Processes {
		if effect.Processes[i].PID == cause.Subject.Process.PID {
			return true
		}
	}
	return false
}
