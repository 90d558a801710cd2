package render

import (
	"strconv"
	"time"

	"tcpstat/document"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// WatchJSON writes a watch as documents, one a line (kinds "event", "sample" and
// "summary").
type WatchJSON struct {
	JSON
	States tcp.Set
}

// AppendHead appends nothing: each document stands for itself.
func (j *WatchJSON) AppendHead(dst []byte, h listing.Head) []byte {
	j.JSON.AppendHead(nil, h)
	return dst
}

// AppendEvent appends an event.
func (j *WatchJSON) AppendEvent(dst []byte, e *WatchEvent) []byte {
	dst = appendWatchHead(dst, "event", e.Time)
	dst = append(append(dst, `,"event":"`...), e.Kind.String()...)
	from, to := "", ""
	switch e.Kind {
	case watch.Present, watch.Appeared:
		to = e.Socket.State.String()
	case watch.Changed:
		from, to = e.From.String(), e.To.String()
	case watch.Left:
		from = e.From.String()
	}
	dst = appendWord(append(dst, `","from":`...), from)
	dst = appendWord(append(dst, `,"to":`...), to)
	dst = appendStateList(append(dst, `,"through":`...), e.Through)
	dst = appendOptString(append(dst, `,"transition":`...), string(appendTransition(nil, &e.Event, j.Lang)))
	dst = appendWord(append(dst, `,"inferred":`...), e.Inferred.String())
	socket := j.JSON
	socket.Info = socket.Info || e.Final != nil
	dst = socket.AppendRow(append(dst, `,"socket":`...), e.Row)
	return append(dst, "}\n"...)
}

func appendWatchHead(dst []byte, kind string, at time.Time) []byte {
	dst = append(dst, `{"schema":"`+document.Schema+`","kind":"`+kind+`","time":`...)
	return appendTime(dst, at)
}

func appendTime(dst []byte, at time.Time) []byte {
	return append(at.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
}

func appendStateList(dst []byte, states []tcp.State) []byte {
	dst = append(dst, '[')
	for i, s := range states {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendWord(dst, s.String())
	}
	return append(dst, ']')
}

// AppendSample appends a sample.
func (j *WatchJSON) AppendSample(dst []byte, s *watch.Sample) []byte {
	dst = appendWatchHead(dst, "sample", s.Time)
	return append(appendSampleCounts(dst, s), "}\n"...)
}

// appendSampleCounts appends the keys that a sample and a summary share.
func appendSampleCounts(dst []byte, s *watch.Sample) []byte {
	for _, count := range [...]struct {
		key string
		n   uint64
	}{
		{`,"count":`, uint64(s.Count)},
		{`,"followed":`, uint64(s.Followed)},
		{`,"appeared":`, s.Appeared},
		{`,"changed":`, s.Changed},
		{`,"left":`, s.Left},
		{`,"brief":`, s.Brief},
		{`,"lost_events":`, s.LostEvents},
		{`,"unfollowed":`, s.Unfollowed},
	} {
		dst = strconv.AppendUint(append(dst, count.key...), count.n, 10)
	}
	dst = appendGrowthValue(dst, s.Growth)
	dst = appendOptMillis(append(dst, `,"oldest":{"min_ms":`...), s.Oldest.Min)
	dst = appendOptMillis(append(dst, `,"max_ms":`...), s.Oldest.Max)
	return append(dst, '}')
}

func appendGrowthValue(dst []byte, growth tcp.Opt[float64]) []byte {
	dst = append(dst, `,"growth_per_minute":`...)
	if g, known := growth.Get(); known {
		return strconv.AppendFloat(dst, tenths(g), 'f', 1, 64)
	}
	return append(dst, "null"...)
}

// AppendSummary appends the summary.
func (j *WatchJSON) AppendSummary(dst []byte, s *WatchSummary) []byte {
	dst = appendWatchHead(dst, "summary", s.Sample.Time)
	dst = appendOptString(append(dst, `,"host":`...), s.Host)
	dst = appendOptUint(append(dst, `,"netns":`...), s.NetNS)
	dst = appendJSONString(append(dst, `,"source":`...), s.Source)
	dst = appendStateList(append(dst, `,"states":`...), j.States.States())
	dst = appendTime(append(dst, `,"started":`...), s.Start)
	dst = strconv.AppendInt(append(dst, `,"window_ms":`...), s.Sample.Time.Sub(s.Start).Milliseconds(), 10)
	dst = strconv.AppendInt(append(dst, `,"samples":`...), int64(s.Samples), 10)
	dst = strconv.AppendInt(append(dst, `,"first_count":`...), int64(s.First), 10)
	dst = appendSampleCounts(dst, &s.Sample)
	dst = append(dst, `,"until_reached":`...)
	if reached, asked := s.Reached.Get(); asked {
		dst = strconv.AppendBool(dst, reached)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendProcessGrowth(append(dst, `,"processes":[`...), s.Processes)
	dst = append(dst, `],"listeners":[`...)
	for i := range s.Listeners {
		dst = appendJSONEnd(append(comma(dst, i), `{"listener":`...), s.Listeners[i].Listener)
		dst = append(appendGroupGrowth(dst, &s.Listeners[i]), '}')
	}
	dst = append(dst, `],"peers":[`...)
	for i := range s.Peers {
		dst = typeset.AppendAddr(append(comma(dst, i), `{"peer":"`...), s.Peers[i].Peer)
		dst = append(appendGroupGrowth(append(dst, '"'), &s.Peers[i]), '}')
	}
	dst = appendMissing(append(dst, `],`...), s.Missing)
	return append(dst, "}\n"...)
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

func appendProcessGrowth(dst []byte, processes []ProcessGrowth) []byte {
	for i := range processes {
		p := &processes[i]
		dst = strconv.AppendInt(append(comma(dst, i), `{"pid":`...), int64(p.PID), 10)
		dst = appendOptString(append(dst, `,"name":`...), p.Name())
		dst = appendGroupGrowth(dst, &p.Group)
		open, limit, full := p.OpenFiles()
		dst = appendOptUint(append(dst, `,"open_files":`...), open)
		dst = appendOptUint(append(dst, `,"open_files_limit":`...), limit)
		files, _ := p.Files.Get()
		dst = appendOptUint(append(dst, `,"closed_held":`...), files.ClosedHeld)
		dst = appendOptMillis(append(dst, `,"full_in_ms":`...), full)
		dst = append(dst, '}')
	}
	return dst
}

// Name is the name of the process, empty where it is not known.
func (p *ProcessGrowth) Name() string {
	if p.Process == nil {
		return ""
	}
	return p.Process.Name
}

// OpenFiles gives the descriptors of a process, and the time until it has no more.
func (p *ProcessGrowth) OpenFiles() (open, limit tcp.Opt[uint64], full tcp.Opt[time.Duration]) {
	files, known := p.Files.Get()
	if !known {
		return open, limit, full
	}
	return tcp.Some(files.Open), tcp.Some(files.Limit), files.FullIn(p.Growth.Or(0))
}

// appendGroupGrowth appends the keys that all subjects have.
func appendGroupGrowth(dst []byte, g *watch.Group) []byte {
	dst = strconv.AppendInt(append(dst, `,"count":`...), int64(g.Count), 10)
	dst = strconv.AppendInt(append(dst, `,"change":`...), int64(g.Change), 10)
	return appendGrowthValue(dst, g.Growth)
}
