package health

import "tcpstat/tcp"

// Kind says what a rule looks at.
type Kind uint8

// The kinds. A rule may be both: then it judges what one look tells, and more
// with a window.
const (
	Gauge Kind = 1 << iota // one look
	Delta                  // what happened in a window of time
)

// Rule is one thing that can be wrong.
type Rule struct {
	ID      string
	Kind    Kind
	Meaning tcp.Text // what is counted, and why that is bad

	// Diagnosis is what a finding of it says, and Cases are what it says instead where
	// more is known. What a case leaves open is as in the Diagnosis.
	Diagnosis
	Cases []*Diagnosis

	// Limits are the metrics with their thresholds. The first is the one that a
	// user overrides. A result is as bad as its worst metric, or where All is set
	// as its best: all must agree.
	Limits []Limit
	All    bool

	// ForAll says that it judges what the kernel counts for all sockets of a
	// namespace, or of the host, together.
	ForAll bool

	// Causes are the rules whose findings explain this one away.
	Causes []Cause

	Reference string // where to read on

	// AskedOnly rules are judged only when named, with an argument.
	AskedOnly bool

	judge func(*judge)
}

// Cause is a rule whose finding explains another away, if it is no less severe.
type Cause struct {
	Rule string
	Only Condition // the zero Condition: always
}

// Condition is when a cause explains a finding away.
type Condition struct {
	Text tcp.Text

	// The evidence of the effect that tells what the cause holds, and of how much: a
	// cause that holds less than a quarter explains nothing. Empty: that is not asked.
	part, whole string

	holds  func(effect, cause *Result) bool
	lesser bool // a cause explains what is more severe, too
}

// Lesser reports whether a finding that is less severe explains the other, too.
func (c *Condition) Lesser() bool { return c.lesser }

// The conditions.
var (
	sameListener = Condition{Text: tcp.Text{"of the same listener", "같은 리스너일 때"}, holds: ofSameListener}
	samePeer     = Condition{Text: tcp.Text{"of the same peer", "같은 상대일 때"}, holds: ofSamePeer}
	samePeerPort = Condition{Text: tcp.Text{"of the same peer and port", "같은 상대와 포트일 때"}, holds: ofSamePeerPort}
	refusedHere  = Condition{Text: tcp.Text{"whose refusals come from this machine itself", "거부한 쪽이 이 시스템 자신일 때"}, holds: ofRefusedHere}
	mostlySYNs   = Condition{Text: tcp.Text{"where most of what was sent again were SYNs", "다시 보낸 것의 대부분이 SYN일 때"}, holds: ofSYNsMostly}
	orphansOfIt  = Condition{Text: tcp.Text{"where most of the orphaned sockets are of that peer", "고아 소켓의 대부분이 그 상대의 것일 때"}, holds: ofOrphansOfPeer}
	unreadPart   = Condition{Text: tcp.Text{"where a quarter of the memory and more waits in its sockets", "메모리의 4분의 1 이상이 그 소켓에서 기다릴 때"}, part: "unread_bytes", whole: "used_bytes"}
	shutPart     = Condition{Text: tcp.Text{"where a quarter of the memory and more waits for closed windows", "메모리의 4분의 1 이상이 닫힌 윈도우를 기다릴 때"}, part: "shut_bytes", whole: "used_bytes"}
	fullPart     = Condition{Text: tcp.Text{"where its sockets are full, and hold a quarter of all that is unread and more", "그 소켓이 가득 찼고, 읽지 않은 전체의 4분의 1 이상일 때"}, part: "full_bytes", whole: "received_bytes"}
)

// mostNeedless is what needless-retrans says already: it is only a warning, however
// much is sent again.
var mostNeedless = Condition{Text: tcp.Text{"however much that is", "양과 상관없이"}, lesser: true}

// shutWindow is a peer that does not read: what was on its way when its buffers were full
// is sent again.
var shutWindow = Condition{Text: tcp.Text{"of the same peer, whose buffers are full", "버퍼가 가득 찬 같은 상대일 때"}, holds: ofSamePeer, lesser: true}

// fair reports whether what a cause holds of its effect is enough to explain it.
func (c *Condition) fair(effect *Result) bool {
	whole := effect.evidence(c.whole)
	return c.part == "" || whole > 0 && 4*effect.evidence(c.part) >= whole
}

func ofOrphansOfPeer(effect, cause *Result) bool {
	return cause.name("peer") == effect.Subject.host().String()
}

func ofSameListener(effect, cause *Result) bool {
	return effect.Subject.Local == cause.Subject.Local
}

func ofSamePeer(effect, cause *Result) bool {
	return effect.Subject.host() == cause.Subject.host()
}

func ofSamePeerPort(effect, cause *Result) bool {
	return effect.Subject.Remote == cause.Subject.Remote
}

func ofRefusedHere(effect, cause *Result) bool {
	strangers := effect.evidence("resets") - effect.evidence("own_aborts")
	return cause.Subject.Remote.Addr().IsLoopback() && 2*cause.evidence("refused") >= strangers
}

func ofSYNsMostly(effect, _ *Result) bool {
	again, syns := effect.evidence("retransmitted"), effect.evidence("syns")
	return 2*syns > again
}

// Limit is a metric with its default thresholds.
type Limit struct {
	Name              string // in perfdata and JSON
	Unit              string
	Warning, Critical Range
	Source            tcp.Text // where the numbers come from
}

// Rules are all rules, in the order in which they are judged and listed.
var Rules = []*Rule{
	&closeWaitLeak, &closedHeld, &openFiles, &notAccepted, &acceptQueue, &listenOverflow, &backlogSmall, &synQueue,
	&synRecvPile, &synSentStuck, &connectFail, &portBudget, &twOverflow, &finWait2Held, &finUnacked,
	&orphans, &retrans, &retransPeer, &sendStuck, &zeroWindow, &notReading,
	&idleNoKeepalive, &keepaliveUnanswered, &needlessRetrans, &rstStorm, &resetsReceived, &tcpMem, &rcvDrop, &listenerMissing, &conntrack,
}

// Find gives the rule of that id.
func Find(id string) (*Rule, bool) {
	for _, r := range Rules {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}

// IDs lists the ids of all rules.
func IDs() (ids []string) {
	for _, r := range Rules {
		ids = append(ids, r.ID)
	}
	return ids
}
