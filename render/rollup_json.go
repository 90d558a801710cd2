package render

import (
	"strconv"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// RollupJSON writes a roll-up as one document (kind "rollup").
type RollupJSON struct {
	Rollup
	OneLine bool // no newlines inside the document (NDJSON)

	head listing.Head
}

// AppendHead begins a document.
func (j *RollupJSON) AppendHead(dst []byte, h listing.Head) []byte {
	j.reset()
	j.head = h
	dst = appendDocumentHead(dst, "rollup", h)
	dst = append(append(dst, `,"by":"`...), j.By.String()...)
	return append(dst, `","groups":[`...)
}

// AppendBetween appends what stands between two sockets: nothing.
func (j *RollupJSON) AppendBetween(dst []byte) []byte { return dst }

// AppendRow adds one socket.
func (j *RollupJSON) AppendRow(dst []byte, r *listing.Row) []byte {
	j.add(r)
	return dst
}

// AppendTail appends the groups, and ends the document.
func (j *RollupJSON) AppendTail(dst []byte, t listing.Tail) []byte {
	shown, others, _ := j.ordered()
	for i, g := range shown {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !j.OneLine {
			dst = append(dst, '\n')
		}
		dst = j.appendGroup(dst, g)
	}
	if !j.OneLine {
		dst = append(dst, '\n')
	}
	dst = appendSource(append(dst, ']'), t)
	dst = strconv.AppendInt(append(dst, `,"summary":{"groups":`...), int64(len(shown)+others), 10)
	dst = strconv.AppendInt(append(dst, `,"total":`...), int64(t.Counts.Total()), 10)
	dst = appendStates(append(dst, `,"states":`...), t.Counts.Of)
	return append(dst, "}}\n"...)
}

func (j *RollupJSON) appendGroup(dst []byte, g *group) []byte {
	dst = j.appendSubject(dst, g)
	dst = strconv.AppendUint(append(dst, `,"total":`...), uint64(g.total), 10)
	dst = appendStates(append(dst, `,"states":`...), g.of)
	dst = strconv.AppendUint(append(dst, `,"recv_queue_bytes":`...), g.recv, 10)
	dst = strconv.AppendUint(append(dst, `,"send_queue_bytes":`...), g.send, 10)
	dst = strconv.AppendUint(append(dst, `,"retransmitting":`...), uint64(g.retransmitting), 10)
	dst = appendOptUint(append(dst, `,"total_retrans":`...), g.resent)
	dst = appendOptUint(append(dst, `,"bytes_sent":`...), g.sentBytes)
	dst = appendOptUint(append(dst, `,"bytes_retrans":`...), g.resentBytes)
	dst = appendOptMillis(append(dst, `,"oldest":{"min_ms":`...), g.oldest.Min)
	dst = appendOptMillis(append(dst, `,"max_ms":`...), g.oldest.Max)
	dst = append(dst, `},"verdicts":{`...)
	for v := tcp.NotAccepted; v <= tcp.DataUnread; v++ {
		if v > tcp.NotAccepted {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, v.String()), ':')
		dst = strconv.AppendUint(dst, uint64(g.verdicts[v]), 10)
	}
	dst = strconv.AppendUint(append(dst, `},"alarms":`...), uint64(g.levels[tcp.Alarm]), 10)
	dst = strconv.AppendUint(append(dst, `,"notices":`...), uint64(g.levels[tcp.Notice]), 10)
	return append(dst, '}')
}

// appendSubject appends the keys that name a group. Those of other subjects are
// null.
func (j *RollupJSON) appendSubject(dst []byte, g *group) []byte {
	dst = append(dst, `{"state":`...)
	if j.By == ByState {
		dst = appendWord(dst, g.key.state.String())
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"process":`...)
	if g.key.pid != 0 {
		dst = strconv.AppendInt(append(dst, `{"pid":`...), int64(g.key.pid), 10)
		dst = append(appendJSONString(append(dst, `,"name":`...), g.name), '}')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"ownership":`...)
	if j.By == ByProcess {
		dst = appendWord(dst, g.key.ownership.String())
	} else {
		dst = append(dst, "null"...)
	}
	dst = j.appendListener(dst, g)
	dst = append(dst, `,"peer":`...)
	if g.key.peer.IsValid() {
		return append(typeset.AppendAddr(append(dst, '"'), g.key.peer), '"')
	}
	return append(dst, "null"...)
}

// appendListener appends the keys of a group by listener.
func (j *RollupJSON) appendListener(dst []byte, g *group) []byte {
	if j.By != ByListener {
		return append(dst, `,"listener":null,"opener":null,"accept_queue":null`...)
	}
	if !g.key.listener.Local.IsValid() {
		dst = append(append(dst, `,"listener":null,"opener":"`...), g.key.opener.String()...)
		return append(dst, `","accept_queue":null`...)
	}
	backlog, listeners := g.backlog()
	dst = appendJSONEnd(append(dst, `,"listener":`...), g.key.listener.Local)
	dst = appendOptString(append(dst[:len(dst)-1], `,"interface":`...), g.device)
	dst = appendOptUint(append(dst, `,"netns":`...), g.netns(j.head))
	dst = strconv.AppendInt(append(dst, `,"sockets":`...), int64(listeners), 10)
	dst = append(append(dst, `},"opener":"`...), g.key.opener.String()...)
	dst = appendAcceptQueue(append(dst, `","accept_queue":`...), &backlog)
	return dst
}

// netns gives the namespace of a listener: its own, or that of the document.
func (g *group) netns(h listing.Head) tcp.Opt[uint64] {
	if g.key.netns != 0 {
		return tcp.Some(g.key.netns)
	}
	return h.NetNS
}

// of gives the number of sockets in a state.
func (g *group) of(s tcp.State) int {
	for i, state := range tcp.States {
		if state == s {
			return int(g.states[i])
		}
	}
	return 0
}
