package explain

import (
	"tcpstat/document"
	"tcpstat/health"
	"tcpstat/tcp"
)

// Key documents one key of a JSON document.
type Key struct {
	Path    string // a.b: key b of the object a; a[]: of each element of a
	Type    string
	Meaning tcp.Text
}

var (
	jsonShort = tcp.Text{"the keys of the JSON documents", "JSON 문서의 키"}
	jsonIntro = tcp.Text{"Schema " + document.Schema + ". Every key is always there; what is not known is null, never 0. The unit is in the key. Within v1 keys are only added. The order of keys is not part of the contract."}

	headDocument = tcp.Text{"The list document (kind sockets)"}
	headRollup   = tcp.Text{"The roll-up document (kind rollup, with --by)"}
	headEvent    = tcp.Text{"The documents of --watch, one a line: an event (kind event)"}
	headSample   = tcp.Text{"A sample (kind sample)"}
	headSummary  = tcp.Text{"The summary (kind summary): the counts over the whole run, and"}
	headGroup    = tcp.Text{"Each group, largest first"}
	headSocket   = tcp.Text{"Each socket"}
	headCheck    = tcp.Text{"The document of a check (kind check) and of the overview (kind overview, without code and window_ms, and with the summary of the list)"}
	headReasons  = tcp.Text{"Why a rule is not judged"}
	headInfo     = tcp.Text{"tcp_info (with -i)"}
	headMemory   = tcp.Text{"memory (with -m), in bytes but for drops"}

	headStatistics = tcp.Text{"The statistics document (kind statistics, with -s)"}
)

// jsonDocument are the keys around the sockets.
var jsonDocument = []Key{
	{"schema", "string", tcp.Text{"always " + document.Schema}},
	{"kind", "string", tcp.Text{"sockets"}},
	{"time", "string", tcp.Text{"when the list was begun, or the record that it is from: RFC 3339, UTC"}},
	{"host", "string", tcp.Text{"the machine's name; null where --proc does not tell it"}},
	{"netns", "number", tcp.Text{"inode of the network namespace, as in /proc/PID/ns/net; null with --netns all"}},
	{"sockets[]", "object", tcp.Text{"see below"}},
	{"source", "string", tcp.Text{"netlink, proc or replay"}},
	{"recorded_source", "string", tcp.Text{"what a replay was recorded from: netlink or proc"}},
	{"namespaces[]", "object", tcp.Text{"with --netns all the network namespaces that were looked into, else null"}},
	{"namespaces[].netns", "number", tcp.Text{"its inode"}},
	{"namespaces[].name", "string", tcp.Text{"that of ip netns, else container, systemd unit or process/PID"}},
	{"namespaces[].path", "string", tcp.Text{"by which it can be entered, as --netns takes it"}},
	{"missing[]", "object", tcp.Text{"what this list cannot say"}},
	{"missing[].field", "string", tcp.Text{"a key of a socket; sockets: whole sockets; bound: sockets in BOUND; namespaces: whole network namespaces; settings: this machine's sysctls; record: part of what was recorded; processes.exe: a key of the processes, in a check of those of results; or a key of the document"}},
	{"missing[].reason", "string", tcp.Text{"no_permission not_in_proc kernel_too_old malformed_line dump_interrupted timeout not_recorded"}},
	{"missing[].sockets", "number", tcp.Text{"how many sockets lack it; null where that is not known"}},
	{"summary.total", "number", tcp.Text{"sockets in the list, before --top cut it"}},
	{"summary.states", "object", tcp.Text{"sockets by state, all states, zeros included"}},
}

// jsonCheck are the keys of the documents of check and overview that the list does
// not have.
var jsonCheck = []Key{
	{"kind", "string", tcp.Text{"check or overview"}},
	{"status", "string", tcp.Text{"OK WARNING CRITICAL UNKNOWN: the worst of all results"}},
	{"code", "number", tcp.Text{"exit code: 0 to 3 in that order; 0 below --fail-on"}},
	{"window_ms", "number", tcp.Text{"time between the two looks at the counters; null for one look"}},
	{"results[]", "object", tcp.Text{"every rule that was judged, healthy ones too"}},
	{"results[].rule", "string", tcp.Text{"its id; tcpstat explain lists them"}},
	{"results[].status", "string", tcp.Text{"OK WARNING CRITICAL"}},
	{"results[].subject", "string", tcp.Text{"whom it is worst for: a process as name/PID, a hidden one's uid, a listener, a peer, a route; null for the whole namespace"}},
	{"results[].process.pid", "number", tcp.Text{"the subject if that is a process, else the first that holds its sockets; process is null where none is known"}},
	{"results[].process.name", "string", tcp.Text{"its name; null where it has ended"}},
	{"results[].process.exe", "string", tcp.Text{"as of a socket's process, as are the next three"}},
	{"results[].process.cmdline", "string", tcp.Text{"its command line"}},
	{"results[].process.user", "string", tcp.Text{"its user"}},
	{"results[].process.started", "string", tcp.Text{"when it was started"}},
	{"results[].process_count", "number", tcp.Text{"how many processes hold its sockets"}},
	{"results[].others", "number", tcp.Text{"how many others are found too"}},
	{"results[].metrics[]", "object", tcp.Text{"what was measured, of the subject"}},
	{"results[].metrics[].name", "string", tcp.Text{"its name, as in the performance data"}},
	{"results[].metrics[].value", "number", tcp.Text{"its value; null where it is not known"}},
	{"results[].metrics[].unit", "string", tcp.Text{"% ms 1/s, or what is counted"}},
	{"results[].metrics[].warning", "string", tcp.Text{"range of the monitoring plugins' guidelines: @10: is 10 and more, 10 is more than 10; null for none"}},
	{"results[].metrics[].critical", "string", tcp.Text{"the same for CRITICAL"}},
	{"results[].evidence", "object", tcp.Text{"other numbers behind it, by name; the unit is in the key"}},
	{"results[].names", "object", tcp.Text{"words behind it, by name: endpoints, processes, settings"}},
	{"results[].explained_by", "string", tcp.Text{"the rule whose finding explains this one away, which is OK then; else null"}},
	{"results[].cause", "string", tcp.Text{"which diagnosis of its rule it is, a word; null for the general one"}},
	{"results[].title", "string", tcp.Text{"what it is called; this and the next three are words for people"}},
	{"results[].why", "string", tcp.Text{"what brought it about"}},
	{"results[].side", "string", tcp.Text{"where to deal with it: program system peer path peer_or_path unknown"}},
	{"results[].ends", "string", tcp.Text{"when it ends if nobody does anything"}},
	{"results[].advice", "string", tcp.Text{"what to do"}},
	{"results[].reference", "string", tcp.Text{"where to read on"}},
	{"not_judged[]", "object", tcp.Text{"rules that could not be judged"}},
	{"not_judged[].rule", "string", tcp.Text{"its id"}},
	{"not_judged[].reason", "string", tcp.Text{"see below"}},
	{"not_judged[].explanation", "string", tcp.Text{"the same in words for people"}},
}

// jsonSocket are the keys of one socket.
var jsonSocket = []Key{
	{"family", "string", tcp.Text{"ipv4 or ipv6; a v4-mapped address is ::ffff:a.b.c.d in family ipv6"}},
	{"state", "string", tcp.Text{"see tcpstat explain"}},
	{"local.addr", "string", tcp.Text{"local address; local is null in CLOSE, whose sockets stand in no table"}},
	{"local.port", "number", tcp.Text{"local port"}},
	{"remote.addr", "string", tcp.Text{"the peer's address; remote is null in LISTEN, BOUND and CLOSE"}},
	{"remote.port", "number", tcp.Text{"the peer's port"}},
	{"interface", "string", tcp.Text{"device that the socket is bound to (SO_BINDTODEVICE)"}},
	{"netns", "number", tcp.Text{"inode of the network namespace that the socket is in"}},
	{"v6only", "boolean", tcp.Text{"IPV6_V6ONLY, of IPv6 listeners"}},
	{"recv_queue_bytes", "number", tcp.Text{"received and not read; a FIN counts as one; null in LISTEN"}},
	{"send_queue_bytes", "number", tcp.Text{"written and not acknowledged; SYN and FIN count as one; null in LISTEN"}},
	{"accept_queue.used", "number", tcp.Text{"connections that wait for accept(); accept_queue is null but in LISTEN"}},
	{"accept_queue.limit", "number", tcp.Text{"the listener's backlog; the queue is full above it"}},
	{"accept_queue.drops", "number", tcp.Text{"what the listener has dropped so far"}},
	{"timer.kind", "string", tcp.Text{"none retransmit keepalive time_wait window_probe fin_wait2 delayed_ack unknown"}},
	{"timer.expires_ms", "number", tcp.Text{"until it fires; null without a timer"}},
	{"timer.retransmits", "number", tcp.Text{"retransmissions since the last acknowledgement"}},
	{"timer.probes", "number", tcp.Text{"keepalive or window probes without an answer"}},
	{"timer.limit", "number", tcp.Text{"how many tries the kernel's model predicts; a program can set its own limit, which the kernel does not report"}},
	{"timer.gives_up_ms", "number", tcp.Text{"until the connection is given up, by the same model and with the same reservation"}},
	{"opener", "string", tcp.Text{"active passive unknown none: who sent the first SYN"}},
	{"closer", "string", tcp.Text{"local remote both none: who sent the first FIN"}},
	{"ownership", "string", tcp.Text{"process unaccepted orphan kernel unknown"}},
	{"uid", "number", tcp.Text{"user; null of half-open and TIME_WAIT sockets, which have none"}},
	{"inode", "number", tcp.Text{"as in /proc/PID/fd; 0: no descriptor refers to it; null of half-open and TIME_WAIT sockets"}},
	{"cookie", "string", tcp.Text{"the kernel's name of the socket for its whole life, hexadecimal"}},
	{"processes[]", "object", tcp.Text{"owners; null when not asked for with -p, or hidden from this user; empty when nobody has it"}},
	{"processes[].pid", "number", tcp.Text{"process"}},
	{"processes[].name", "string", tcp.Text{"its name"}},
	{"processes[].fd", "number", tcp.Text{"its descriptor"}},
	{"processes[].exe", "string", tcp.Text{"path of its executable; one that was removed ends in (deleted); null without the permission to trace it"}},
	{"processes[].cmdline", "string", tcp.Text{"its command line, words quoted as for a shell; of more than 4 KiB the beginning and an ellipsis (U+2026); a process can overwrite it; null in a record without --record-cmdline"}},
	{"processes[].user", "string", tcp.Text{"name of its effective user, or the number"}},
	{"processes[].started", "string", tcp.Text{"when it was started, exact to a second: RFC 3339, UTC"}},
	{"cgroup", "string", tcp.Text{"path of the cgroup (version 2) of the process that made the socket, or the listener that it was accepted from; where that is not known, of a process that owns it (with -p); null of half-open and TIME_WAIT sockets, which have none"}},
	{"container", "string", tcp.Text{"what the path tells: docker/3f4e5d6c7b8a, podman, nerdctl, containerd, cri-o with the number that docker ps or crictl ps shows, lxc/NAME, nspawn/NAME; kubernetes or oci before a number where the path does not tell the runtime; null for none"}},
	{"age.min_ms", "number", tcp.Text{"in this state for at least so long"}},
	{"age.max_ms", "number", tcp.Text{"and at most so long"}},
	{"completeness", "number", tcp.Text{"parts of a conversation that the socket proves, as Wireshark counts them: SYN 1, SYN-ACK 2, ACK 4, DATA 8, FIN 16"}},
	{"verdict", "string", tcp.Text{"of CLOSE_WAIT: eof_read fin_unread data_unread not_accepted"}},
	{"note", "string", tcp.Text{"what the socket waits for, in words for people; not for scripts"}},
	{"congestion", "string", tcp.Text{"congestion control algorithm (with -i)"}},
	{"tcp_info", "object", tcp.Text{"see below (with -i)"}},
	{"memory", "object", tcp.Text{"see below (with -m)"}},
}

// jsonRollup are the keys of a roll-up that the list document does not have.
var jsonRollup = []Key{
	{"kind", "string", tcp.Text{"rollup"}},
	{"by", "string", tcp.Text{"state process listener peer: what --by asked for"}},
	{"groups[]", "object", tcp.Text{"see below; takes the place of sockets"}},
	{"summary.groups", "number", tcp.Text{"groups, before --top cut them"}},
	{"summary.total", "number", tcp.Text{"sockets, each counted once"}},
}

// jsonGroup are the keys of one group of a roll-up.
var jsonGroup = []Key{
	{"state", "string", tcp.Text{"by state; else null, as are the other subjects that were not asked for"}},
	{"process.pid", "number", tcp.Text{"by process; process is null for sockets of which none is known. A socket that several processes hold is counted in the group of each"}},
	{"process.name", "string", tcp.Text{"its name"}},
	{"ownership", "string", tcp.Text{"by process: as of a socket. Without a process, process means that this user may not see which"}},
	{"listener.addr", "string", tcp.Text{"by listener: the one that the connections came through, or is the socket itself; listener is null for the others"}},
	{"listener.port", "number", tcp.Text{"its port"}},
	{"listener.interface", "string", tcp.Text{"device that it is bound to"}},
	{"listener.netns", "number", tcp.Text{"inode of its network namespace; equal addresses in two namespaces are two listeners"}},
	{"listener.sockets", "number", tcp.Text{"listeners that share the address (SO_REUSEPORT); they are one group"}},
	{"opener", "string", tcp.Text{"by listener: as of a socket"}},
	{"accept_queue.used", "number", tcp.Text{"of all those listeners together; accept_queue is null without one"}},
	{"accept_queue.limit", "number", tcp.Text{"the sum of their limits"}},
	{"accept_queue.drops", "number", tcp.Text{"what they have dropped so far"}},
	{"peer", "string", tcp.Text{"by peer: the remote address, a v4-mapped one as IPv4; null for sockets without a peer"}},
	{"total", "number", tcp.Text{"sockets in the group"}},
	{"states", "object", tcp.Text{"sockets by state, all states, zeros included"}},
	{"recv_queue_bytes", "number", tcp.Text{"the sum, listeners left out"}},
	{"send_queue_bytes", "number", tcp.Text{"the sum, listeners left out"}},
	{"retransmitting", "number", tcp.Text{"sockets that have sent a segment again and wait for its acknowledgement"}},
	{"total_retrans", "number", tcp.Text{"segments retransmitted in the lives of these sockets; null where no socket tells, as are the next two"}},
	{"bytes_sent", "number", tcp.Text{"data bytes sent, retransmissions included"}},
	{"bytes_retrans", "number", tcp.Text{"data bytes retransmitted"}},
	{"oldest.min_ms", "number", tcp.Text{"age of the socket that has been in its state for longest, as far as ages are known: at least"}},
	{"oldest.max_ms", "number", tcp.Text{"and at most"}},
	{"verdicts.not_accepted", "number", tcp.Text{"CLOSE_WAIT sockets with that verdict, here and below"}},
	{"verdicts.eof_read", "number", tcp.Text{"the end of the stream was read"}},
	{"verdicts.fin_unread", "number", tcp.Text{"only the end was not"}},
	{"verdicts.data_unread", "number", tcp.Text{"data was not"}},
	{"alarms", "number", tcp.Text{"sockets that need somebody"}},
	{"notices", "number", tcp.Text{"sockets that are worth a look"}},
}

// jsonEvent are the keys of one event of a watch.
var jsonEvent = []Key{
	{"schema", "string", tcp.Text{"always " + document.Schema}},
	{"kind", "string", tcp.Text{"event"}},
	{"time", "string", tcp.Text{"when it was noticed; of an end that the kernel told, when that was"}},
	{"event", "string", tcp.Text{"present (at the first sample) appeared changed left brief. A socket has left when it is in no state any more; brief is one that came and went between two samples, under --watch all or ESTABLISHED"}},
	{"from", "string", tcp.Text{"state before; null of present, appeared and brief"}},
	{"to", "string", tcp.Text{"state after; null of left and brief"}},
	{"through[]", "string", tcp.Text{"of changed: states between the two that no sample saw"}},
	{"transition", "string", tcp.Text{"of changed: what happened, where the diagram of the states has one way only, in words for people"}},
	{"inferred", "string", tcp.Text{"of left: expired acknowledged aborted reset refused, as far as it can be inferred; the kernel does not tell"}},
	{"socket", "object", tcp.Text{"as in the list document; of left as it was last seen; of brief with state null. tcp_info is there without -i where it is the final one: of left and brief, and of mini-sockets"}},
}

// jsonSample are the keys of one sample of a watch.
var jsonSample = []Key{
	{"schema", "string", tcp.Text{"always " + document.Schema}},
	{"kind", "string", tcp.Text{"sample"}},
	{"time", "string", tcp.Text{"when the sample was complete"}},
	{"count", "number", tcp.Text{"sockets that are watched now"}},
	{"followed", "number", tcp.Text{"with those that went on to other states and are followed to their end"}},
	{"appeared", "number", tcp.Text{"since the sample before, as are the next six"}},
	{"changed", "number", tcp.Text{"went from one state to another"}},
	{"left", "number", tcp.Text{"are gone"}},
	{"brief", "number", tcp.Text{"came and went unseen, whatever their states; less than the truth where the summary misses brief"}},
	{"lost_events", "number", tcp.Text{"ends that the kernel could not tell in time"}},
	{"unfollowed", "number", tcp.Text{"sockets beyond what is kept in memory, of which no event is told"}},
	{"growth_per_minute", "number", tcp.Text{"change of count over the last minute, or since the start; in the summary since the start"}},
	{"oldest.min_ms", "number", tcp.Text{"age of the socket that has been in its state for longest: at least"}},
	{"oldest.max_ms", "number", tcp.Text{"and at most"}},
}

// jsonSummary are the keys of the summary that a sample does not have.
var jsonSummary = []Key{
	{"kind", "string", tcp.Text{"summary"}},
	{"host", "string", tcp.Text{"the machine's name"}},
	{"netns", "number", tcp.Text{"inode of the network namespace"}},
	{"source", "string", tcp.Text{"netlink or proc"}},
	{"states[]", "string", tcp.Text{"those that were watched"}},
	{"started", "string", tcp.Text{"when the first sample was complete"}},
	{"window_ms", "number", tcp.Text{"from the first sample to the last"}},
	{"samples", "number", tcp.Text{"how many"}},
	{"first_count", "number", tcp.Text{"count of the first sample"}},
	{"until_reached", "boolean", tcp.Text{"whether --until became true; null without it"}},
	{"processes[]", "object", tcp.Text{"the five that gain most sockets; of sockets that several hold, the first"}},
	{"processes[].pid", "number", tcp.Text{"process"}},
	{"processes[].name", "string", tcp.Text{"its name"}},
	{"processes[].count", "number", tcp.Text{"sockets that are watched, at the end"}},
	{"processes[].change", "number", tcp.Text{"since the first sample"}},
	{"processes[].growth_per_minute", "number", tcp.Text{"the same in a minute"}},
	{"processes[].open_files", "number", tcp.Text{"descriptors that it has open"}},
	{"processes[].open_files_limit", "number", tcp.Text{"its soft limit of them (RLIMIT_NOFILE)"}},
	{"processes[].closed_held", "number", tcp.Text{"of those, TCP sockets that stand in no table: never connected, refused, reset, or shut down on both sides; null where the count accounts for most of them"}},
	{"processes[].full_in_ms", "number", tcp.Text{"until it has no more, at this rate; null where it does not grow"}},
	{"listeners[]", "object", tcp.Text{"the five through which most came"}},
	{"listeners[].listener.addr", "string", tcp.Text{"its address"}},
	{"listeners[].listener.port", "number", tcp.Text{"its port"}},
	{"listeners[].count", "number", tcp.Text{"as of processes, here and below"}},
	{"listeners[].change", "number", tcp.Text{"since the first sample"}},
	{"listeners[].growth_per_minute", "number", tcp.Text{"the same in a minute"}},
	{"peers[]", "object", tcp.Text{"the five with which there are most"}},
	{"peers[].peer", "string", tcp.Text{"remote address, a v4-mapped one as IPv4"}},
	{"peers[].count", "number", tcp.Text{"sockets"}},
	{"peers[].change", "number", tcp.Text{"since the first sample"}},
	{"peers[].growth_per_minute", "number", tcp.Text{"the same in a minute"}},
	{"missing[]", "object", tcp.Text{"what the watch cannot say, as in the list document; brief: sockets that came and went between two samples"}},
	{"missing[].field", "string", tcp.Text{"a key of a socket, or brief"}},
	{"missing[].reason", "string", tcp.Text{"as in the list document, and events_lost"}},
	{"missing[].sockets", "number", tcp.Text{"how many"}},
}

// jsonMemory are the keys of a socket's memory.
var jsonMemory = []Key{
	{"rmem_alloc_bytes", "number", tcp.Text{"memory of what was received"}},
	{"rcvbuf_bytes", "number", tcp.Text{"receive buffer"}},
	{"wmem_alloc_bytes", "number", tcp.Text{"memory of what is on its way to the device"}},
	{"sndbuf_bytes", "number", tcp.Text{"send buffer"}},
	{"fwd_alloc_bytes", "number", tcp.Text{"set aside for what comes next"}},
	{"wmem_queued_bytes", "number", tcp.Text{"memory of what was written"}},
	{"optmem_bytes", "number", tcp.Text{"options and filters"}},
	{"backlog_bytes", "number", tcp.Text{"arrived while a program held the socket"}},
	{"drops", "number", tcp.Text{"segments dropped"}},
}

// jsonStatistics are the keys of the statistics document.
var jsonStatistics = []Key{
	{"schema", "string", tcp.Text{"always " + document.Schema}},
	{"kind", "string", tcp.Text{"statistics"}},
	{"time", "string", tcp.Text{"when the counters were read, with a window at its end: RFC 3339, UTC"}},
	{"host", "string", tcp.Text{"the machine's name; null where --proc does not tell it"}},
	{"netns", "number", tcp.Text{"inode of the network namespace that the counters are of"}},
	{"source", "string", tcp.Text{"proc, since the kernel tells counters nowhere else, or replay"}},
	{"recorded_source", "string", tcp.Text{"proc in a replay, else null"}},
	{"window_ms", "number", tcp.Text{"with -d the time that the counters rose in; null: they count since boot, or since the namespace was made"}},
	{"counters.Tcp", "object", tcp.Text{"the section Tcp of net/snmp, by the kernel's names, zeros included; see tcpstat explain. With -d by how much each rose, CurrEstab and its like as they stand"}},
	{"counters.TcpExt", "object", tcp.Text{"that of net/netstat; null where the file is missing"}},
	{"counters.MPTcpExt", "object", tcp.Text{"the same of Multipath TCP; null in a kernel without it"}},
	{"ratios.wire", "number", tcp.Text{"RetransSegs/OutSegs, a fraction; null with nothing below the line or where a counter is missing, like the other two"}},
	{"ratios.data", "number", tcp.Text{"(RetransSegs - TCPSynRetrans)/TCPOrigDataSent"}},
	{"ratios.syn", "number", tcp.Text{"TCPSynRetrans/(ActiveOpens + PassiveOpens), which can exceed 1"}},
	{"verdict", "string", tcp.Text{"ok warning critical too_little, of ratios.wire by the thresholds of the rule retrans; null where the counters are missing"}},
	{"verdict_text", "string", tcp.Text{"the same and where the loss points, in words for people"}},
	{"missing[]", "object", tcp.Text{"what this document cannot say"}},
	{"missing[].field", "string", tcp.Text{"counters: some; a key of counters or ratios; sockets: live connections, which tell whether one peer has the loss; record: part of what was recorded; or a key of the document"}},
	{"missing[].reason", "string", tcp.Text{"no_permission not_in_proc kernel_too_old malformed_line dump_interrupted timeout not_recorded"}},
	{"missing[].sockets", "number", tcp.Text{"null"}},
}

// jsonObject is a section of the reference.
type jsonObject struct {
	name    string
	heading tcp.Text
	keys    []Key
}

// jsonObjects are the sections in the order of the page.
var jsonObjects = [...]jsonObject{
	{"document", headDocument, jsonDocument},
	{"socket", headSocket, jsonSocket},
	{"memory", headMemory, jsonMemory},
	{"event", headEvent, jsonEvent},
	{"sample", headSample, jsonSample},
	{"summary", headSummary, jsonSummary},
	{"rollup", headRollup, jsonRollup},
	{"group", headGroup, jsonGroup},
	{"statistics", headStatistics, jsonStatistics},
	{"check", headCheck, jsonCheck},
}

// Keys lists what the reference of the JSON documents says of one of them, or of
// an object in one: document, socket, memory, event, sample, summary, rollup,
// group, statistics, check. Of another it knows nothing.
func Keys(of string) []Key {
	for i := range jsonObjects {
		if jsonObjects[i].name == of {
			return jsonObjects[i].keys
		}
	}
	return nil
}

// reference writes the reference of the JSON documents.
func (p *page) reference() {
	p.title("json", nil)
	p.paragraph(p.in(jsonIntro))
	for i := range jsonObjects {
		p.keys(&jsonObjects[i])
		if jsonObjects[i].name == "socket" {
			p.infoKeys()
		}
	}
	p.section(p.in(headReasons))
	var rows []row
	for _, reason := range health.Reasons {
		rows = append(rows, row{left: string(reason), right: p.in(reason.Text())})
	}
	p.rows(rows)
}

func (p *page) keys(o *jsonObject) {
	p.section(p.in(o.heading))
	var rows []row
	for _, k := range o.keys {
		rows = append(rows, row{left: k.Path, right: k.Type + ": " + p.in(k.Meaning)})
	}
	p.rows(rows)
}

func (p *page) infoKeys() {
	p.section(p.in(headInfo))
	var rows []row
	for i := range tcp.InfoFields {
		f := &tcp.InfoFields[i]
		rows = append(rows, row{left: f.Key, right: f.Meaning + " (" + f.Kernel + ", Linux " + f.Since + ")"})
	}
	p.rows(rows)
}
