package screen

import (
	"bytes"
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// choose applies filter and order to the shot.
func (m *model) choose() {
	m.list, m.plain, m.stale = m.list[:0], "", false
	matches := m.matcher()
	sockets := m.shot.Sockets
	for i := range sockets {
		if matches == nil || matches(&sockets[i]) {
			m.list = append(m.list, int32(i))
		}
	}
	before := orders[m.order].compare
	slices.SortFunc(m.list, func(a, b int32) int {
		x, y := &sockets[a], &sockets[b]
		return cmp.Or(before(x, y), cmp.Compare(x.Cookie().Or(0), y.Cookie().Or(0)), cmp.Compare(a, b))
	})
}

// matcher judges by the filter that was typed, or where it is none, by its text.
// Nil: all match.
func (m *model) matcher() func(*Socket) bool {
	text := strings.TrimSpace(m.filter)
	if text == "" {
		return nil
	}
	expr, err := filter.Parse(text, m.names)
	if err != nil {
		var mistake *filter.Error
		if errors.As(err, &mistake) {
			m.plain = typeset.Message(mistake.What() + "; " + mistake.Try())
		}
		return textMatcher(text)
	}
	if needs := expr.Needs(); needs.Cgroup || needs.RTT {
		m.plain = "the screen does not keep cgroups and round-trip times: tcpstat --watch STATE FILTER"
		return textMatcher(text)
	}
	r := listing.Row{Socket: new(tcp.Socket)}
	return func(k *Socket) bool {
		m.shot.fill(&r, k)
		subject := filter.Subject{Socket: r.Socket, Holders: r.Holders, HoldersKnown: r.HoldersKnown, View: &r.View}
		return expr.Match(&subject) == filter.True
	}
}

// textMatcher looks for text in what is seen of a socket: state, ends, verdict and
// owners, whatever the case of its letters.
func textMatcher(text string) func(*Socket) bool {
	wanted := []byte(text)
	lower(wanted)
	var seen []byte
	return func(k *Socket) bool {
		seen = append(append(seen[:0], k.State.String()...), ' ')
		seen = appendSeen(seen, k.Local)
		seen = appendSeen(seen, k.Remote)
		for _, h := range k.Holders {
			seen = append(append(seen, h.Process.Name...), '/')
			seen = append(strconv.AppendInt(seen, int64(h.PID), 10), ' ')
		}
		seen = append(seen, k.Verdict.String()...)
		lower(seen)
		return bytes.Contains(seen, wanted)
	}
}

// lower makes the letters of ASCII small, where they are.
func lower(text []byte) {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
}

func appendSeen(dst []byte, end netip.AddrPort) []byte {
	if !end.IsValid() {
		return dst
	}
	return append(netip.AddrPortFrom(end.Addr().Unmap(), end.Port()).AppendTo(dst), ' ')
}

// orders are the orders of the sockets; s goes from one to the next.
var orders = []struct {
	name    string
	compare func(a, b *Socket) int
}{
	{"age", func(a, b *Socket) int { return cmp.Compare(b.Age.Min.Or(-1), a.Age.Min.Or(-1)) }},
	{"process", func(a, b *Socket) int { return compareHolders(a.Holders, b.Holders) }},
	{"peer", func(a, b *Socket) int { return a.Remote.Compare(b.Remote) }},
	{"queue", func(a, b *Socket) int {
		return cmp.Compare(uint64(b.RecvQueue)+uint64(b.SendQueue), uint64(a.RecvQueue)+uint64(a.SendQueue))
	}},
	{"state", func(a, b *Socket) int { return cmp.Compare(a.State, b.State) }},
}

// compareHolders orders by the first process, those without one last.
func compareHolders(a, b []tcp.Holder) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Or(cmp.Compare(a[0].Process.Name, b[0].Process.Name), cmp.Compare(a[0].PID, b[0].PID))
}
