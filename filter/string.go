package filter

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// String writes the filter so that parsing it gives the same filter. Names that
// were looked up are numbers in it.
func (e *Expr) String() string {
	var dst []byte
	if e.named {
		dst = append(dst, "state "+stateWords(e.states)...)
	}
	if e.named && e.condition != nil {
		dst = append(dst, ' ')
	}
	if e.condition != nil {
		dst = e.condition.appendTo(dst)
	}
	return string(dst)
}

func stateWords(set tcp.Set) string {
	if set == tcp.AllStates {
		return "all"
	}
	var words []string
	for _, s := range set.States() {
		words = append(words, s.String())
	}
	return strings.Join(words, ",")
}

func (n Or) appendTo(dst []byte) []byte {
	for i, part := range n {
		if i > 0 {
			dst = append(dst, " or "...)
		}
		dst = part.appendTo(dst)
	}
	return dst
}

func (n And) appendTo(dst []byte) []byte {
	for i, part := range n {
		if i > 0 {
			dst = append(dst, " and "...)
		}
		dst = appendUnit(dst, part)
	}
	return dst
}

func (n Not) appendTo(dst []byte) []byte { return appendUnit(append(dst, "not "...), n.Node) }

// appendUnit puts parentheses around what binds less tightly than and.
func appendUnit(dst []byte, n Node) []byte {
	switch n.(type) {
	case And, Or:
		return append(n.appendTo(append(dst, "( "...)), " )"...)
	}
	return n.appendTo(dst)
}

func (n Host) appendTo(dst []byte) []byte {
	dst = append(dst, [...]string{Local: "src ", Remote: "dst "}[n.Side]...)
	dst = append(appendFamily(dst, n.Family), addressText(n.Prefix)...)
	if port, named := n.Port.Get(); named {
		dst = strconv.AppendUint(append(dst, ':'), uint64(port), 10)
	}
	return dst
}

func addressText(p netip.Prefix) string {
	text := p.String()
	switch {
	case !p.IsValid():
		return "*"
	case p.IsSingleIP():
		text = p.Addr().String()
	}
	if p.Addr().Is4() {
		return text
	}
	return "[" + text + "]"
}

func (n Port) appendTo(dst []byte) []byte {
	dst = append(dst, [...]string{Local: "sport ", Remote: "dport "}[n.Side]...)
	dst = append(append(dst, n.Op.String()...), ' ')
	return strconv.AppendUint(append(appendFamily(dst, n.Family), ':'), uint64(n.Number), 10)
}

func appendFamily(dst []byte, family tcp.Family) []byte {
	i := slices.IndexFunc(families, func(f familyWord) bool { return f.family == family })
	return append(dst, families[i].prefix...)
}

func (n Device) appendTo(dst []byte) []byte {
	return strconv.AppendUint(append(dst, "dev "...), uint64(n.Index), 10)
}

func (n PID) appendTo(dst []byte) []byte {
	return strconv.AppendInt(append(dst, "process "...), int64(n.PID), 10)
}

func (n Name) appendTo(dst []byte) []byte {
	return append(append(dst, "process "...), quote(n.Name)...)
}

func (n User) appendTo(dst []byte) []byte {
	return strconv.AppendUint(append(dst, "user "...), uint64(n.UID), 10)
}

func (n Timer) appendTo(dst []byte) []byte {
	return append(append(dst, "timer "...), n.Kind.String()...)
}

func (n Ownership) appendTo(dst []byte) []byte {
	return append(append(dst, "ownership "...), n.Kind.String()...)
}

func (n Age) appendTo(dst []byte) []byte {
	return append(dst, "age "+n.Op.String()+" "+n.Duration.String()...)
}

func (n RTT) appendTo(dst []byte) []byte {
	return append(dst, "rtt "+n.Op.String()+" "+n.Duration.String()...)
}

func (n Count) appendTo(dst []byte) []byte {
	name := [...]string{RecvQueue: "recvq ", SendQueue: "sendq ", Retransmits: "retrans "}[n.Field]
	return strconv.AppendUint(append(dst, name+n.Op.String()+" "...), uint64(n.Value), 10)
}
