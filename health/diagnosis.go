package health

import "tcpstat/tcp"

// Diagnosis is what a finding says beside its numbers: what it is, what brought it
// about, on whose side, until when, and what to do. {key} in its texts stands for the
// metric, evidence or name of the result with that key.
type Diagnosis struct {
	// Cause tells the diagnoses of one rule apart; part of the JSON contract. Empty:
	// the rule's own, where no other fits.
	Cause string

	Title   tcp.Text
	Why     tcp.Text
	Side    Side
	Ends    tcp.Text // when it ends if nobody does anything
	Advice  tcp.Text
	Command string // shows more

	// Remark says that it is worth saying of a result that is OK.
	Remark bool
}

// over fills what d leaves open from the diagnosis of its rule.
func (d Diagnosis) over(general *Diagnosis) Diagnosis {
	for _, text := range []struct{ own, general *tcp.Text }{
		{&d.Title, &general.Title},
		{&d.Why, &general.Why},
		{&d.Ends, &general.Ends},
		{&d.Advice, &general.Advice},
	} {
		if *text.own == (tcp.Text{}) {
			*text.own = *text.general
		}
	}
	if d.Side == NoSide {
		d.Side = general.Side
	}
	if d.Command == "" {
		d.Command = general.Command
	}
	return d
}

// Side is where a finding has to be dealt with.
type Side uint8

// The sides.
const (
	NoSide     Side = iota
	Program         // a program on this machine
	System          // this machine: its settings, memory, firewall
	ThePeer         // the machine at the other end, or its program
	ThePath         // what lies between
	PeerOrPath      // one of the two
	EitherSide      // it cannot be told from here
)

// sideNames are part of the JSON contract.
var sideNames = [...]string{"", "program", "system", "peer", "path", "peer_or_path", "unknown"}

// String gives the name in JSON.
func (s Side) String() string { return sideNames[s] }

var sideTexts = [...]tcp.Text{
	Program:    {"this machine: the program", "이 시스템: 프로그램"},
	System:     {"this machine: the system", "이 시스템: 시스템 설정"},
	ThePeer:    {"the peer", "상대"},
	ThePath:    {"the path between", "둘 사이의 경로"},
	PeerOrPath: {"the peer, or the path to it", "상대 또는 거기까지의 경로"},
	EitherSide: {"cannot be told from here", "여기서는 알 수 없음"},
}

// Text says it for people.
func (s Side) Text() tcp.Text { return sideTexts[s] }

// Name is a word of a finding that is no number: an endpoint, a process, a setting.
type Name struct {
	Key   string // part of the JSON contract
	Value string // may be foreign text
}
