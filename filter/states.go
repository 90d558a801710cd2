package filter

import (
	"maps"
	"slices"
	"strings"

	"tcpstat/internal/spelling"
	"tcpstat/tcp"
)

// groups are the words for several states.
var groups = map[string]tcp.Set{
	"all":          tcp.AllStates,
	"connected":    connected,
	"synchronized": connected.Without(tcp.SynSent),
	"bucket":       bucket,
	"big":          tcp.AllStates &^ bucket,
}

var (
	connected = tcp.AllStates.Without(tcp.Listen).Without(tcp.Bound).Without(tcp.Close)
	bucket    = tcp.SetOf(tcp.SynRecv, tcp.TimeWait)
)

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
		group, isGroup := groups[strings.ToLower(name)]
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
	known := slices.Sorted(maps.Keys(groups))
	for _, s := range tcp.States {
		known = append(known, s.Spellings()...)
	}
	return spelling.Nearest(name, known)
}
