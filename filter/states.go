package filter

import (
	"slices"
	"strings"

	"tcpstat/internal/spelling"
	"tcpstat/tcp"
)

// groupNames are the words for several states.
var groupNames = []string{"all", "big", "bucket", "connected", "synchronized"}

// groupOf gives the states that a word names together.
func groupOf(name string) (set tcp.Set, ok bool) {
	connected := tcp.AllStates.Without(tcp.Listen).Without(tcp.Bound).Without(tcp.Close)
	bucket := tcp.SetOf(tcp.SynRecv, tcp.TimeWait)
	switch strings.ToLower(name) {
	case "all":
		return tcp.AllStates, true
	case "big":
		return tcp.AllStates &^ bucket, true
	case "bucket":
		return bucket, true
	case "connected":
		return connected, true
	case "synchronized":
		return connected.Without(tcp.SynSent), true
	}
	return 0, false
}

const stateExpected = "a state such as CLOSE_WAIT, several joined by commas, or one of the groups all, connected, synchronized, bucket, big"

// stateClause reads "state A,B" or "exclude A,B". The first state begins with
// none, the first exclude with all.
func (p *parser) stateClause() error {
	leave := p.next().is(leaveWords...)
	p.accept("=", "==")
	if p.peek().is("!=") && !leave {
		return p.fault(p.peek(), "is no way to leave out a state", "exclude "+p.tokens[p.at+1].text)
	}
	t := p.next()
	set, err := p.parseStates(t)
	if err != nil {
		return err
	}
	if leave {
		if !p.named {
			p.states = tcp.AllStates
		}
		p.states &^= set
	} else {
		p.states |= set
	}
	p.named = true
	if p.states == 0 && leave && !p.peek().is("state") {
		return p.fault(t, "leaves no state", "at least one state that is not excluded")
	}
	return nil
}

func (p *parser) parseStates(t token) (set tcp.Set, err error) {
	if t.kind != word && t.kind != quoted {
		return 0, p.fault(t, "is no state", stateExpected)
	}
	for _, name := range strings.Split(t.text, ",") {
		group, isGroup := groupOf(name)
		state, isState := tcp.ParseState(name)
		switch {
		case isGroup:
			set |= group
		case isState:
			set = set.With(state)
		default:
			e := p.fault(t, "is no state", stateExpected)
			if name != "" {
				e.Word = name
			}
			e.Near = nearState(name)
			return 0, e
		}
	}
	return set, nil
}

// nearState gives the state or group that a mistyped word is nearest to.
func nearState(name string) string {
	known := slices.Clone(groupNames)
	for _, s := range tcp.States {
		known = append(known, s.Spellings()...)
	}
	return spelling.Nearest(name, known)
}
