package explain

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpstat/tcp"
)

// The scenes are played by two ends that count for themselves.

// number is a sequence number: an offset from a letter of the scene.
type number struct {
	letter string
	offset int
}

var numberPattern = regexp.MustCompile(`^([a-z]?)(?:\+?([0-9]+))?$`)

func parseNumber(t *testing.T, label string) number {
	t.Helper()
	m := numberPattern.FindStringSubmatch(label)
	if m == nil || label == "" {
		t.Fatalf("bad number %q", label)
	}
	offset, _ := strconv.Atoi(m[2])
	return number{m[1], offset}
}

func (n number) plus(more int) number { return number{n.letter, n.offset + more} }

// length counts what a segment takes up of the sequence numbers.
func length(s step) int {
	n := s.Bytes
	if s.Flags&syn != 0 {
		n++
	}
	if s.Flags&fin != 0 {
		n++
	}
	return n
}

// player is one end of a scene.
type player struct {
	state    tcp.State
	sendNext number         // the next number it will send
	recvNext number         // the next number it expects; no letter: none yet
	early    map[number]int // received beyond a hole: number and length
	last     step           // the segment that it received last
}

func TestScenes(t *testing.T) {
	for _, exchange := range exchanges() {
		for _, scene := range exchange.Scenes {
			t.Run(exchange.Name+"/"+scene.Title[tcp.English], func(t *testing.T) { playScene(t, scene) })
		}
	}
}

func playScene(t *testing.T, sc scene) {
	left, right := newPlayers(t, sc)
	var onTheWay []step
	for i, now := range sc.Steps {
		from, to := left, right
		if now.At == atRight {
			from, to = right, left
		}
		where := fmt.Sprintf("step %d (%v %s%s)", i+1, now.Flags, now.Seq, now.Event[tcp.English])
		if !now.isSegment() {
			checkQuiet(t, where, now, left, right)
			left.state, right.state = now.Left, now.Right
			continue
		}
		after := map[end]tcp.State{atLeft: now.Left, atRight: now.Right}
		other := map[end]end{atLeft: atRight, atRight: atLeft}[now.At]
		if now.Fate == arrives {
			i := slices.IndexFunc(onTheWay, func(s step) bool {
				return s.At == now.At && s.Flags == now.Flags && s.Seq == now.Seq && s.Ack == now.Ack
			})
			if i < 0 {
				t.Fatalf("%s arrives and never set out", where)
			}
			onTheWay = slices.Delete(onTheWay, i, i+1)
			checkUnchanged(t, where, from, after[now.At])
		} else {
			send(t, where, now, from, after[now.At])
		}
		switch now.Fate {
		case setsOut:
			onTheWay = append(onTheWay, now)
			checkUnchanged(t, where, to, after[other])
		case lost:
			checkUnchanged(t, where, to, after[other])
		default:
			receive(t, where, now, to, after[other])
		}
	}
	if len(onTheWay) > 0 {
		t.Errorf("still on the way: %v", onTheWay)
	}
}

func newPlayers(t *testing.T, sc scene) (left, right *player) {
	left = &player{state: sc.LeftStart, early: map[number]int{}}
	right = &player{state: sc.RightStart, early: map[number]int{}}
	for _, one := range []struct {
		at         end
		self, peer *player
	}{{atLeft, left, right}, {atRight, right, left}} {
		one.self.sendNext = number{letter: map[end]string{atLeft: "m", atRight: "n"}[one.at]}
		if i := slices.IndexFunc(sc.Steps, func(s step) bool { return s.At == one.at && s.isSegment() }); i >= 0 {
			first := sc.Steps[i]
			one.self.sendNext = parseNumber(t, first.Seq)
			if one.self.state == tcp.LastAck {
				one.self.sendNext = one.self.sendNext.plus(length(first)) // its FIN has been sent before
			}
		}
		if one.peer.state != tcp.Close && one.peer.state != tcp.Listen {
			one.peer.recvNext = one.self.sendNext
		}
	}
	return left, right
}

// checkQuiet: without a segment only time and programs act, and all that they
// can do to a state is to end it.
func checkQuiet(t *testing.T, where string, s step, left, right *player) {
	for end, change := range map[*player]tcp.State{left: s.Left, right: s.Right} {
		if change != end.state && (change != tcp.Close || end.state == tcp.CloseWait) {
			t.Errorf("%s: %v becomes %v without a segment", where, end.state, change)
		}
	}
	if s.Event == (tcp.Text{}) {
		t.Errorf("%s: neither segment nor event", where)
	}
}

func checkUnchanged(t *testing.T, where string, p *player, after tcp.State) {
	if after != p.state {
		t.Errorf("%s: %v becomes %v at the end that sees nothing", where, p.state, after)
	}
}

func send(t *testing.T, where string, s step, p *player, after tcp.State) {
	seq, size := parseNumber(t, s.Seq), length(s)
	switch {
	case s.Flags&rst != 0 && p.state == tcp.Close:
		checkAnswer(t, where, s, p.last)
	case s.Flags == rst:
		if want := p.last.Ack; s.Seq != want {
			t.Errorf("%s: a RST without ACK has the number that the other end expects, %s", where, want)
		}
	case seq.letter != p.sendNext.letter:
		t.Errorf("%s: the numbers of this end are %s", where, p.sendNext.letter)
	case seq == p.sendNext:
		p.sendNext = seq.plus(size)
	case size == 0 || seq.offset+size > p.sendNext.offset:
		t.Errorf("%s: next is %v, and this is no retransmission", where, p.sendNext)
	}
	if (s.Ack != "") != (s.Flags&ack != 0) {
		t.Errorf("%s: ack %q with flags %v", where, s.Ack, s.Flags)
	}
	if s.Flags&ack != 0 && p.state != tcp.Close {
		if got := parseNumber(t, s.Ack); got != p.recvNext {
			t.Errorf("%s: ack %v, but %v is expected next", where, got, p.recvNext)
		}
	}
	checkMove(t, where+" sent", sentMoves, s, p.state, after)
	p.state = after
}

// checkAnswer holds a RST of an end without a connection against RFC 9293,
// section 3.5.2.
func checkAnswer(t *testing.T, where string, answer, to step) {
	if to.Flags&ack != 0 {
		if answer.Flags != rst || answer.Seq != to.Ack {
			t.Errorf("%s answers an ACK: want a plain RST with seq %s", where, to.Ack)
		}
		return
	}
	if want := parseNumber(t, to.Seq).plus(length(to)); answer.Flags != rst|ack || answer.Seq != "0" || parseNumber(t, answer.Ack) != want {
		t.Errorf("%s: want RST+ACK with seq 0, ack %v", where, want)
	}
}

func receive(t *testing.T, where string, s step, p *player, after tcp.State) {
	seq, size := parseNumber(t, s.Seq), length(s)
	if s.Flags&syn != 0 && p.recvNext.letter == "" {
		p.recvNext = seq
	}
	if size > 0 && p.recvNext.letter == seq.letter && seq.offset >= p.recvNext.offset {
		p.early[seq] = size
	}
	for more := p.early[p.recvNext]; more > 0; more = p.early[p.recvNext] {
		p.recvNext = p.recvNext.plus(more)
	}
	p.last = s
	checkMove(t, where+" received", receivedMoves, s, p.state, after)
	p.state = after
}

// sentMoves and receivedMoves say which flags a segment needs to move an end.
var (
	sentMoves = map[string]flags{
		"CLOSE SYN_SENT": syn, "ESTABLISHED FIN_WAIT1": fin, "CLOSE_WAIT LAST_ACK": fin,
		"ESTABLISHED CLOSE": rst, "FIN_WAIT2 CLOSE": rst,
	}
	receivedMoves = map[string]flags{
		"LISTEN SYN_RECV": syn, "SYN_SENT SYN_RECV": syn, "SYN_SENT ESTABLISHED": syn | ack,
		"SYN_RECV ESTABLISHED": ack, "ESTABLISHED CLOSE_WAIT": fin, "FIN_WAIT1 FIN_WAIT2": ack,
		"FIN_WAIT1 CLOSING": fin, "FIN_WAIT1 TIME_WAIT": fin | ack, "FIN_WAIT2 TIME_WAIT": fin,
		"CLOSING TIME_WAIT": ack, "LAST_ACK CLOSE": ack,
		"SYN_SENT CLOSE": rst, "ESTABLISHED CLOSE": rst, "CLOSE_WAIT CLOSE": rst,
	}
)

// checkMove holds a change of state against the moves allowed, and a segment
// that must move the end against its standing still.
func checkMove(t *testing.T, where string, moves map[string]flags, s step, before, after tcp.State) {
	if before == after {
		for move, flag := range moves {
			if strings.HasPrefix(move, before.String()+" ") && flag&^ack != 0 && s.Flags&flag == flag && s.Fate != lost {
				t.Errorf("%s: %v leaves the end in %v", where, s.Flags, before)
			}
		}
		return
	}
	need, ok := moves[before.String()+" "+after.String()]
	if !ok || s.Flags&need != need {
		t.Errorf("%s: %v moves the end from %v to %v", where, s.Flags, before, after)
	}
}

func TestExchangesAreComplete(t *testing.T) {
	for _, e := range exchanges() {
		if len(e.Scenes) == 0 || len(e.Notes) == 0 || len(e.See) == 0 {
			t.Errorf("%s lacks scenes, notes or further words", e.Name)
		}
		checkReferences(t, e.Name, e.References)
		for _, scene := range e.Scenes {
			for i, step := range scene.Steps {
				if step.isSegment() == (step.Event != tcp.Text{}) {
					t.Errorf("%s, step %d: want either a segment or an event", e.Name, i+1)
				}
			}
		}
	}
}

func TestFlags(t *testing.T) {
	for flags, want := range map[flags]string{0: "none", syn: "SYN", syn | ack: "SYN+ACK", fin | ack: "FIN+ACK", rst: "RST"} {
		if got := flags.String(); got != want {
			t.Errorf("Flags(%d) = %s, want %s", flags, got, want)
		}
	}
}
