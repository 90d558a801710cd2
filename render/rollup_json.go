package render

import (
	"strconv"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// RollupJSON writes a roll-up as one document (kind "rollup").
type RollupJSON struct {
	OneLine bool // no newlines inside the document (NDJSON)
}

// Append appends the document.
func (j *RollupJSON) Append(dst []byte, h listing.Head, r *rollup.Result, t listing.Tail) []byte {
	dst = appendDocumentHead(dst, "rollup", h)
	dst = append(append(dst, `,"by":"`...), r.By.String()...)
	dst = append(dst, `","groups":[`...)
	for i, g := range r.Groups {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !j.OneLine {
			dst = append(dst, '\n')
		}
		dst = appendGroup(dst, r.By, g, h)
	}
	if !j.OneLine {
		dst = append(dst, '\n')
	}
	dst = appendSource(append(dst, ']'), t)
	dst = strconv.AppendInt(append(dst, `,"summary":{"groups":`...), int64(len(r.Groups)+r.Others), 10)
	dst = strconv.AppendInt(append(dst, `,"total":`...), int64(t.Counts.Total()), 10)
	dst = appendStates(append(dst, `,"states":`...), t.Counts.Of)
	return append(dst, "}}\n"...)
}

func appendGroup(dst []byte, by rollup.Subject, g *rollup.Group, h listing.Head) []byte {
	dst = appendSubject(dst, by, g, h)
	dst = strconv.AppendUint(append(dst, `,"total":`...), uint64(g.Total), 10)
	dst = appendStates(append(dst, `,"states":`...), g.Of)
	dst = strconv.AppendUint(append(dst, `,"recv_queue_bytes":`...), g.RecvQueue, 10)
	dst = strconv.AppendUint(append(dst, `,"send_queue_bytes":`...), g.SendQueue, 10)
	dst = strconv.AppendUint(append(dst, `,"retransmitting":`...), uint64(g.Retransmitting), 10)
	dst = appendOptUint(append(dst, `,"total_retrans":`...), g.Resent)
	dst = appendOptUint(append(dst, `,"bytes_sent":`...), g.SentBytes)
	dst = appendOptUint(append(dst, `,"bytes_retrans":`...), g.ResentBytes)
	dst = appendOptMillis(append(dst, `,"oldest":{"min_ms":`...), g.Oldest.Min)
	dst = appendOptMillis(append(dst, `,"max_ms":`...), g.Oldest.Max)
	dst = append(dst, `},"verdicts":{`...)
	for v := tcp.NotAccepted; v <= tcp.DataUnread; v++ {
		if v > tcp.NotAccepted {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, v.String()), ':')
		dst = strconv.AppendUint(dst, uint64(g.Verdicts[v]), 10)
	}
	dst = strconv.AppendUint(append(dst, `},"alarms":`...), uint64(g.Levels[tcp.Alarm]), 10)
	dst = strconv.AppendUint(append(dst, `,"notices":`...), uint64(g.Levels[tcp.Notice]), 10)
	return append(dst, '}')
}

// appendSubject appends the keys that name a group. Those of other subjects are
// null.
func appendSubject(dst []byte, by rollup.Subject, g *rollup.Group, h listing.Head) []byte {
	dst = append(dst, `{"state":`...)
	if by == rollup.ByState {
		dst = appendWord(dst, g.State.String())
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"process":`...)
	if g.PID != 0 {
		dst = strconv.AppendInt(append(dst, `{"pid":`...), int64(g.PID), 10)
		dst = append(appendJSONString(append(dst, `,"name":`...), g.Name), '}')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"ownership":`...)
	if by == rollup.ByProcess {
		dst = appendWord(dst, g.Ownership.String())
	} else {
		dst = append(dst, "null"...)
	}
	if by == rollup.ByListener {
		dst = appendThrough(dst, g, h)
	} else {
		dst = append(dst, `,"listener":null,"opener":null,"accept_queue":null`...)
	}
	dst = append(dst, `,"peer":`...)
	if g.Peer.IsValid() {
		return append(typeset.AppendAddr(append(dst, '"'), g.Peer), '"')
	}
	return append(dst, "null"...)
}

// appendThrough appends the keys of a group by listener.
func appendThrough(dst []byte, g *rollup.Group, h listing.Head) []byte {
	if !g.Listener.Local.IsValid() {
		dst = append(append(dst, `,"listener":null,"opener":"`...), g.Opener.String()...)
		return append(dst, `","accept_queue":null`...)
	}
	dst = appendJSONEnd(append(dst, `,"listener":`...), g.Listener.Local)
	dst = appendOptString(append(dst[:len(dst)-1], `,"interface":`...), g.Interface)
	dst = appendOptUint(append(dst, `,"netns":`...), listenerNetNS(g, h))
	dst = strconv.AppendInt(append(dst, `,"sockets":`...), int64(g.Listeners), 10)
	dst = append(append(dst, `},"opener":"`...), g.Opener.String()...)
	dst = appendAcceptQueue(append(dst, `","accept_queue":`...), &g.Backlog)
	return dst
}

// listenerNetNS gives the namespace of a listener: its own, or that of the document.
func listenerNetNS(g *rollup.Group, h listing.Head) tcp.Opt[uint64] {
	if g.NetNS != 0 {
		return tcp.Some(g.NetNS)
	}
	return h.NetNS
}
