package render

import (
	"math"
	"net/netip"
	"strconv"
	"time"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// WatchText writes a watch as lines for people and for awk: one for each event, for
// each sample, and some for the summary. The first word is the time, the second what
// the line is about; of an event seven more words follow, and then free text.
type WatchText struct {
	States tcp.Set
	Header bool

	Info, Memory bool // -i, -m append tcp_info and memory to an event

	Palette *typeset.Palette
	Lang    tcp.Lang
}

// watchTime is RFC 3339 with milliseconds.
const watchTime = "2006-01-02T15:04:05.000Z"

// AppendHead appends the line of titles.
func (t *WatchText) AppendHead(dst []byte, _ listing.Head) []byte {
	if !t.Header {
		return dst
	}
	return append(dst, "Time Event State Local Remote PID/Program Age Cookie Note\n"...)
}

// line begins a line.
func (t *WatchText) line(dst []byte, at time.Time, about string) []byte {
	dst = at.UTC().AppendFormat(dst, watchTime)
	return append(append(append(dst, ' '), about...), ' ')
}

// AppendEvent appends the line of an event.
func (t *WatchText) AppendEvent(dst []byte, e *WatchEvent) []byte {
	s := e.Row.Socket
	dst = t.line(dst, e.Time, e.Kind.String())
	dst = append(t.appendStates(dst, e), ' ')
	dst = append(AppendEndpoint(dst, s.Local), ' ')
	dst = append(AppendEndpoint(dst, s.Remote), ' ')
	dst = append(appendWatchProgram(dst, e.Row), ' ')
	dst = append(AppendAge(dst, e.Age), ' ')
	if cookie, ok := s.Cookie.Get(); ok {
		dst = typeset.AppendHexUint(dst, cookie)
	} else {
		dst = append(dst, '-')
	}
	start := len(dst)
	dst = t.appendRest(append(dst, ' '), e)
	if len(dst) == start+1 {
		dst = dst[:start]
	}
	return append(dst, '\n')
}

// appendStates appends the state, or that before and that after, and in
// parentheses those between, as one word.
func (t *WatchText) appendStates(dst []byte, e *WatchEvent) []byte {
	if e.Row.Unseen {
		return append(dst, '-')
	}
	word := e.Socket.State.String()
	if e.Kind == watch.Changed {
		word = e.From.String()
		for _, s := range e.Through {
			word += ">(" + s.String() + ")"
		}
		word += ">" + e.To.String()
	}
	if t.Palette == nil {
		return append(dst, word...)
	}
	return t.Palette.Append(dst, StateStyle(e.Socket.State, e.Row.Note.Level), word)
}

// AppendEndpoint appends one end, a v4-mapped address as IPv4, and a star where there
// is none.
func AppendEndpoint(dst []byte, end netip.AddrPort) []byte {
	if !end.IsValid() {
		return append(dst, '*')
	}
	addr := end.Addr().Unmap()
	if addr.Is4() {
		dst = typeset.AppendAddr(dst, addr)
	} else {
		dst = append(typeset.AppendAddr(append(dst, '['), addr), ']')
	}
	return typeset.AppendPort(append(dst, ':'), end.Port())
}

// appendWatchProgram appends the first owner, and how many more there are.
func appendWatchProgram(dst []byte, r *listing.Row) []byte {
	if len(r.Holders) == 0 {
		return append(dst, '-')
	}
	dst = appendProcessWord(dst, r.Holders[0].PID, r.Holders[0].Process.Name)
	if more := len(r.Holders) - 1; more > 0 {
		dst = strconv.AppendInt(append(dst, '+'), int64(more), 10)
	}
	return dst
}

func appendProcessWord(dst []byte, pid int32, name string) []byte {
	dst = append(strconv.AppendInt(dst, int64(pid), 10), '/')
	return appendUnbroken(dst, name)
}

// AppendAge appends an age without a blank.
func AppendAge(dst []byte, age tcp.Age) []byte {
	low, known := age.Min.Get()
	switch high, bounded := age.Max.Get(); {
	case !known && !bounded:
		return append(dst, '-')
	case !bounded:
		return tcp.AppendDuration(append(dst, ">="...), low)
	case !known:
		return tcp.AppendDuration(append(dst, "<="...), high)
	}
	return age.Append(dst)
}

// appendRest appends what else there is to say.
func (t *WatchText) appendRest(dst []byte, e *WatchEvent) []byte {
	start := len(dst)
	next := func() {
		if len(dst) > start {
			dst = append(dst, "; "...)
		}
		start = len(dst)
	}
	if e.Inferred != watch.NotInferred {
		dst = append(append(dst, "inferred="...), e.Inferred.String()...)
	}
	if e.Final != nil {
		next()
		dst = appendFinal(dst, e.Final)
	}
	if move, found := transitionOf(&e.Event); found && move.Event.In(t.Lang) != "" {
		next()
		dst = appendTransition(dst, &e.Event, t.Lang)
	}
	if !e.Row.Note.Empty() {
		next()
		dst = e.Row.Note.Append(dst, t.Lang)
	}
	if t.Info && e.Final == nil && e.Row.Socket.Info.Size > 0 {
		next()
		dst = appendInfo(dst, e.Row.Socket)
	}
	if memory, ok := e.Row.Socket.Memory.Get(); ok && t.Memory {
		next()
		dst = appendMemory(dst, &memory)
	}
	return dst
}

// finalCounts are told of a socket that has ended.
var finalCounts = []tcp.InfoField{tcp.InfoBytesSent, tcp.InfoBytesReceived, tcp.InfoTotalRetrans}

func appendFinal(dst []byte, info *tcp.Info) []byte {
	start := len(dst)
	for _, f := range finalCounts {
		n, known := info.Get(f)
		if !known {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(append(dst, tcp.InfoFields[f].Key...), '=')
		dst = strconv.AppendUint(dst, n, 10)
	}
	return dst
}

// AppendSample appends the line of a sample.
func (t *WatchText) AppendSample(dst []byte, s *watch.Sample) []byte {
	dst = append(t.line(dst, s.Time, "sample"), StatesWatched(t.States)...)
	return append(appendSampleWords(dst, s), '\n')
}

func appendSampleWords(dst []byte, s *watch.Sample) []byte {
	for _, count := range [...]struct {
		key    string
		n      uint64
		always bool
	}{
		{" count=", uint64(s.Count), true},
		{" appeared=", s.Appeared, true},
		{" changed=", s.Changed, true},
		{" left=", s.Left, true},
		{" brief=", s.Brief, true},
		{" lost_events=", s.LostEvents, false},
		{" unfollowed=", s.Unfollowed, false},
	} {
		if count.always || count.n > 0 {
			dst = strconv.AppendUint(append(dst, count.key...), count.n, 10)
		}
	}
	dst = AppendGrowth(append(dst, " growth="...), s.Growth)
	return AppendAge(append(dst, " oldest="...), s.Oldest)
}

// AppendGrowth appends a change in a minute: +180/min.
func AppendGrowth(dst []byte, growth tcp.Opt[float64]) []byte {
	g, known := growth.Get()
	if !known {
		return append(dst, '-')
	}
	if g = tenths(g); g > 0 {
		dst = append(dst, '+')
	}
	decimals := 0
	if math.Abs(g) < 10 && g != math.Trunc(g) {
		decimals = 1
	}
	return append(strconv.AppendFloat(dst, g, 'f', decimals, 64), "/min"...)
}

// tenths rounds to one decimal. What rounds to nothing has no sign.
func tenths(v float64) float64 {
	if v = math.Round(v*10) / 10; v == 0 {
		return 0
	}
	return v
}

// AppendSummary appends a line for the whole, and one for each process, listener and
// peer that is told.
func (t *WatchText) AppendSummary(dst []byte, s *WatchSummary) []byte {
	at := s.Sample.Time
	dst = append(t.line(dst, at, "summary"), StatesWatched(t.States)...)
	dst = append(appendSampleWords(dst, &s.Sample), " over="...)
	dst = tcp.AppendDuration(dst, at.Sub(s.Start))
	dst = strconv.AppendInt(append(dst, " samples="...), int64(s.Samples), 10)
	dst = append(dst, '\n')
	for i := range s.Processes {
		p := &s.Processes[i]
		dst = appendProcessWord(t.line(dst, at, "process"), p.PID, p.Name())
		dst = appendGroupWords(dst, &p.Group)
		open, limit, full := p.OpenFiles()
		if open != (tcp.Opt[uint64]{}) {
			dst = strconv.AppendUint(append(dst, " open_files="...), open.Or(0), 10)
			dst = strconv.AppendUint(append(dst, " limit="...), limit.Or(0), 10)
		}
		files, _ := p.Files.Get()
		if ended, asked := files.ClosedHeld.Get(); asked {
			dst = strconv.AppendUint(append(dst, " closed_held="...), ended, 10)
		}
		if d, grows := full.Get(); grows {
			dst = tcp.AppendDuration(append(dst, " full_in="...), d)
		}
		dst = append(t.appendFiles(dst, p), '\n')
	}
	for i := range s.Listeners {
		dst = AppendEndpoint(t.line(dst, at, "listener"), s.Listeners[i].Listener)
		dst = append(appendGroupWords(dst, &s.Listeners[i]), '\n')
	}
	for i := range s.Peers {
		dst = typeset.AppendAddr(t.line(dst, at, "peer"), s.Peers[i].Peer)
		dst = append(appendGroupWords(dst, &s.Peers[i]), '\n')
	}
	return dst
}

// wordsFiles say what the files of a process are where the sockets watched are few of
// them; wordsFilesEnded, where some stand in no table.
var (
	wordsFiles      = tcp.Text{"{open} open files, {count} of them in {states}", "열린 파일 {open}개 중 {states} {count}개"}
	wordsFilesEnded = tcp.Text{
		"{open} open files, {count} of them in {states}, {ended} sockets that have ended and were not closed",
		"열린 파일 {open}개 중 {states} {count}개, 끝났는데 닫지 않은 소켓 {ended}개",
	}
)

// appendFiles appends what the files of a process are, where that is not plain to see.
func (t *WatchText) appendFiles(dst []byte, p *ProcessGrowth) []byte {
	files, known := p.Files.Get()
	if !known || !p.Unaccounted() {
		return dst
	}
	words, ended := wordsFiles, files.ClosedHeld.Or(0)
	if ended > 0 {
		words = wordsFilesEnded
	}
	return append(dst, "; "+typeset.Say(words, t.Lang,
		"open", typeset.Decimal(int(files.Open)), "count", typeset.Decimal(p.Count),
		"states", StatesWatched(t.States), "ended", typeset.Decimal(int(ended)))...)
}

func appendGroupWords(dst []byte, g *watch.Group) []byte {
	dst = strconv.AppendInt(append(dst, " count="...), int64(g.Count), 10)
	return AppendGrowth(append(dst, " growth="...), g.Growth)
}
