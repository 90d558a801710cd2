package tcp

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
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
func length(s Step) int {
	n := s.Bytes
	if s.Flags&SYN != 0 {
		n++
	}
	if s.Flags&FIN != 0 {
		n++
	}
	return n
}

// player is one end of a scene.
type player struct {
	state    State
	sendNext number         // the next number it will send
	recvNext number         // the next number it expects; no letter: none yet
	early    map[number]int // received beyond a hole: number and length
	last     Step           // the segment that it received last
}

func TestScenes(t *testing.T) {
	for _, exchange := range Exchanges {
		for _, scene := range exchange.Scenes {
			t.Run(exchange.Name+"/"+scene.Title[English], func(t *testing.T) { playScene(t, scene) })
		}
	}
}

func playScene(t *testing.T, scene Scene) {
	left, right := newPlayers(t, scene)
	var onTheWay []Step
	for i, step := range scene.Steps {
		from, to := left, right
		if step.At == Right {
			from, to = right, left
		}
		where := fmt.Sprintf("step %d (%v %s%s)", i+1, step.Flags, step.Seq, step.Event[English])
		if !step.IsSegment() {
			checkQuiet(t, where, step, left, right)
			left.state, right.state = step.Left, step.Right
			continue
		}
		after := map[End]State{Left: step.Left, Right: step.Right}
		other := map[End]End{Left: Right, Right: Left}[step.At]
		if step.Fate == Arrives {
			i := slices.IndexFunc(onTheWay, func(s Step) bool {
				return s.At == step.At && s.Flags == step.Flags && s.Seq == step.Seq && s.Ack == step.Ack
			})
			if i < 0 {
				t.Fatalf("%s arrives and never set out", where)
			}
			onTheWay = slices.Delete(onTheWay, i, i+1)
			checkUnchanged(t, where, from, after[step.At])
		} else {
			send(t, where, step, from, after[step.At])
		}
		switch step.Fate {
		case SetsOut:
			onTheWay = append(onTheWay, step)
			checkUnchanged(t, where, to, after[other])
		case Lost:
			checkUnchanged(t, where, to, after[other])
		default:
			receive(t, where, step, to, after[other])
		}
	}
	if len(onTheWay) > 0 {
		t.Errorf("still on the way: %v", onTheWay)
	}
}

func newPlayers(t *testing.T, scene Scene) (left, right *player) {
	left = &player{state: scene.LeftStart, early: map[number]int{}}
	right = &player{state: scene.RightStart, early: map[number]int{}}
	for _, end := range []struct {
		at         End
		self, peer *player
	}{{Left, left, right}, {Right, right, left}} {
		end.self.sendNext = number{letter: map[End]string{Left: "m", Right: "n"}[end.at]}
		if i := slices.IndexFunc(scene.Steps, func(s Step) bool { return s.At == end.at && s.IsSegment() }); i >= 0 {
			first := scene.Steps[i]
			end.self.sendNext = parseNumber(t, first.Seq)
			if end.self.state == LastAck {
				end.self.sendNext = end.self.sendNext.plus(length(first)) // its FIN has been sent before
			}
		}
		if end.peer.state != Close && end.peer.state != Listen {
			end.peer.recvNext = end.self.sendNext
		}
	}
	return left, right
}

// checkQuiet: without a segment only time and programs act, and all that they
// can do to a state is to end it.
func checkQuiet(t *testing.T, where string, step Step, left, right *player) {
	for end, change := range map[*player]State{left: step.Left, right: step.Right} {
		if change != end.state && (change != Close || end.state == CloseWait) {
			t.Errorf("%s: %v becomes %v without a segment", where, end.state, change)
		}
	}
	if step.Event == (Text{}) {
		t.Errorf("%s: neither segment nor event", where)
	}
}

func checkUnchanged(t *testing.T, where string, p *player, after State) {
	if after != p.state {
		t.Errorf("%s: %v becomes %v at the end that sees nothing", where, p.state, after)
	}
}

func send(t *testing.T, where string, step Step, p *player, after State) {
	seq, size := parseNumber(t, step.Seq), length(step)
	switch {
	case step.Flags&RST != 0 && p.state == Close:
		checkAnswer(t, where, step, p.last)
	case step.Flags == RST:
		if want := p.last.Ack; step.Seq != want {
			t.Errorf("%s: a RST without ACK has the number that the other end expects, %s", where, want)
		}
	case seq.letter != p.sendNext.letter:
		t.Errorf("%s: the numbers of this end are %s", where, p.sendNext.letter)
	case seq == p.sendNext:
		p.sendNext = seq.plus(size)
	case size == 0 || seq.offset+size > p.sendNext.offset:
		t.Errorf("%s: next is %v, and this is no retransmission", where, p.sendNext)
	}
	if (step.Ack != "") != (step.Flags&ACK != 0) {
		t.Errorf("%s: ack %q with flags %v", where, step.Ack, step.Flags)
	}
	if step.Flags&ACK != 0 && p.state != Close {
		if got := parseNumber(t, step.Ack); got != p.recvNext {
			t.Errorf("%s: ack %v, but %v is expected next", where, got, p.recvNext)
		}
	}
	checkMove(t, where+" sent", sentMoves, step, p.state, after)
	p.state = after
}

// checkAnswer holds a RST of an end without a connection against RFC 9293,
// section 3.5.2.
func checkAnswer(t *testing.T, where string, rst, to Step) {
	if to.Flags&ACK != 0 {
		if rst.Flags != RST || rst.Seq != to.Ack {
			t.Errorf("%s answers an ACK: want a plain RST with seq %s", where, to.Ack)
		}
		return
	}
	if want := parseNumber(t, to.Seq).plus(length(to)); rst.Flags != RST|ACK || rst.Seq != "0" || parseNumber(t, rst.Ack) != want {
		t.Errorf("%s: want RST+ACK with seq 0, ack %v", where, want)
	}
}

func receive(t *testing.T, where string, step Step, p *player, after State) {
	seq, size := parseNumber(t, step.Seq), length(step)
	if step.Flags&SYN != 0 && p.recvNext.letter == "" {
		p.recvNext = seq
	}
	if size > 0 && p.recvNext.letter == seq.letter && seq.offset >= p.recvNext.offset {
		p.early[seq] = size
	}
	for more := p.early[p.recvNext]; more > 0; more = p.early[p.recvNext] {
		p.recvNext = p.recvNext.plus(more)
	}
	p.last = step
	checkMove(t, where+" received", receivedMoves, step, p.state, after)
	p.state = after
}

// sentMoves and receivedMoves say which flags a segment needs to move an end.
var (
	sentMoves = map[string]Flags{
		"CLOSE SYN_SENT": SYN, "ESTABLISHED FIN_WAIT1": FIN, "CLOSE_WAIT LAST_ACK": FIN,
		"ESTABLISHED CLOSE": RST, "FIN_WAIT2 CLOSE": RST,
	}
	receivedMoves = map[string]Flags{
		"LISTEN SYN_RECV": SYN, "SYN_SENT SYN_RECV": SYN, "SYN_SENT ESTABLISHED": SYN | ACK,
		"SYN_RECV ESTABLISHED": ACK, "ESTABLISHED CLOSE_WAIT": FIN, "FIN_WAIT1 FIN_WAIT2": ACK,
		"FIN_WAIT1 CLOSING": FIN, "FIN_WAIT1 TIME_WAIT": FIN | ACK, "FIN_WAIT2 TIME_WAIT": FIN,
		"CLOSING TIME_WAIT": ACK, "LAST_ACK CLOSE": ACK,
		"SYN_SENT CLOSE": RST, "ESTABLISHED CLOSE": RST, "CLOSE_WAIT CLOSE": RST,
	}
)

// checkMove holds a change of state against the moves allowed, and a segment
// that must move the end against its standing still.
func checkMove(t *testing.T, where string, moves map[string]Flags, step Step, before, after State) {
	if before == after {
		for move, flag := range moves {
			if strings.HasPrefix(move, before.String()+" ") && flag&^ACK != 0 && step.Flags&flag == flag && step.Fate != Lost {
				t.Errorf("%s: %v leaves the end in %v", where, step.Flags, before)
			}
		}
		return
	}
	need, ok := moves[before.String()+" "+after.String()]
	if !ok || step.Flags&need != need {
		t.Errorf("%s: %v moves the end from %v to %v", where, step.Flags, before, after)
	}
}

func TestExchangesAreComplete(t *testing.T) {
	for _, e := range Exchanges {
		if len(e.Scenes) == 0 || len(e.Notes) == 0 || len(e.See) == 0 {
			t.Errorf("%s lacks scenes, notes or further words", e.Name)
		}
		checkReferences(t, e.Name, e.References)
		for _, scene := range e.Scenes {
			for i, step := range scene.Steps {
				if step.IsSegment() == (step.Event != Text{}) {
					t.Errorf("%s, step %d: want either a segment or an event", e.Name, i+1)
				}
			}
		}
	}
}

func TestFlags(t *testing.T) {
	for flags, want := range map[Flags]string{0: "none", SYN: "SYN", SYN | ACK: "SYN+ACK", FIN | ACK: "FIN+ACK", RST: "RST"} {
		if got := flags.String(); got != want {
			t.Errorf("Flags(%d) = %s, want %s", flags, got, want)
		}
	}
}
