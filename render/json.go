package render

import (
	"net/netip"
	"strconv"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"tcpstat/document"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// JSON writes a list document (kind "sockets"), socket by socket. It appends
// bytes: a generic encoder costs ten times as much.
type JSON struct {
	Info, Memory bool // tcp_info, congestion and memory were asked for
	OneLine      bool // no newlines inside the document (NDJSON)

	Lang tcp.Lang

	netns []byte // with its key, the same in every socket that has none of its own
}

// AppendHead begins a document.
func (j *JSON) AppendHead(dst []byte, h listing.Head) []byte {
	j.netns = appendOptUint(append(j.netns[:0], `,"netns":`...), h.NetNS)
	dst = appendDocumentHead(dst, "sockets", h)
	dst = append(dst, `,"sockets":[`...)
	return j.newline(dst)
}

// appendDocumentHead appends what every document begins with.
func appendDocumentHead(dst []byte, kind string, h listing.Head) []byte {
	dst = append(dst, `{"schema":"`+document.Schema+`","kind":"`+kind+`","time":`...)
	if h.Time.IsZero() {
		dst = append(dst, "null"...)
	} else {
		dst = append(h.Time.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
	}
	dst = appendOptString(append(dst, `,"host":`...), h.Host)
	return appendOptUint(append(dst, `,"netns":`...), h.NetNS)
}

// appendWindow appends the time between two looks, null for one look.
func appendWindow(dst []byte, window time.Duration) []byte {
	dst = append(dst, `,"window_ms":`...)
	if window <= 0 {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, window.Milliseconds(), 10)
}

// appendMissing appends what a document cannot say.
func appendMissing(dst []byte, missing []listing.Missing) []byte {
	dst = append(dst, `"missing":[`...)
	for i, m := range missing {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONString(append(dst, `{"field":`...), m.Field)
		dst = appendJSONString(append(dst, `,"reason":`...), string(m.Reason))
		dst = appendOptUint(append(dst, `,"sockets":`...), m.Sockets)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func (j *JSON) newline(dst []byte) []byte {
	if j.OneLine {
		return dst
	}
	return append(dst, '\n')
}

// AppendTail ends the document.
func (j *JSON) AppendTail(dst []byte, t listing.Tail) []byte {
	dst = j.newline(dst)
	dst = appendSource(append(dst, ']'), t)
	return append(appendSummary(dst, &t.Counts), "}\n"...)
}

// appendSummary says how many sockets there are, in all and by state.
func appendSummary(dst []byte, counts *listing.Counts) []byte {
	dst = append(dst, `,"summary":{"total":`...)
	dst = strconv.AppendInt(dst, int64(counts.Total()), 10)
	return append(appendStates(append(dst, `,"states":`...), counts.Of), '}')
}

// appendSource says where the sockets are from, and what is missing.
func appendSource(dst []byte, t listing.Tail) []byte {
	dst = appendOrigin(dst, t.Source, t.Replayed)
	dst = appendNamespaces(append(dst, `,"namespaces":`...), t.Namespaces)
	return appendMissing(append(dst, ','), t.Missing)
}

// appendOrigin says what was read, or what a record was made from.
func appendOrigin(dst []byte, source string, replayed bool) []byte {
	recorded := ""
	if replayed {
		source, recorded = "replay", source
	}
	dst = appendJSONString(append(dst, `,"source":`...), source)
	return appendOptString(append(dst, `,"recorded_source":`...), recorded)
}

// appendStates appends how many sockets are in each state.
func appendStates(dst []byte, of func(tcp.State) int) []byte {
	dst = append(dst, '{')
	for i, s := range tcp.States {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), s.String()...), `":`...)
		dst = strconv.AppendInt(dst, int64(of(s)), 10)
	}
	return append(dst, '}')
}

// appendNamespaces appends null where the list is not one over all namespaces.
func appendNamespaces(dst []byte, namespaces []listing.Namespace) []byte {
	if namespaces == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, n := range namespaces {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(append(dst, `{"netns":`...), n.Inode, 10)
		dst = appendJSONString(append(dst, `,"name":`...), n.Name)
		dst = appendJSONString(append(dst, `,"path":`...), n.Path)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// AppendBetween appends what stands between two sockets.
func (j *JSON) AppendBetween(dst []byte) []byte { return j.newline(append(dst, ',')) }

// AppendRow appends one socket. Most sockets have no timer, no age and nothing
// to say: runs of keys that are null together are appended as one.
func (j *JSON) AppendRow(dst []byte, r *listing.Row) []byte {
	dst = j.appendIdentity(dst, r)
	dst = appendQueues(dst, r.Socket)
	dst = appendTimer(dst, &r.Socket.Timer, r.View.Forecast)
	dst = appendOwnership(dst, r)
	dst = j.appendConclusions(dst, r)
	dst = j.appendDetails(dst, r.Socket)
	return append(dst, '}')
}

func (j *JSON) appendIdentity(dst []byte, r *listing.Row) []byte {
	s := r.Socket
	if s.Family == tcp.IPv6 {
		dst = append(dst, `{"family":"ipv6","state":`...)
	} else {
		dst = append(dst, `{"family":"ipv4","state":`...)
	}
	if r.Unseen {
		dst = append(dst, "null"...)
	} else {
		dst = append(append(append(dst, '"'), s.State.String()...), '"')
	}
	dst = appendJSONEnd(append(dst, `,"local":`...), s.Local)
	dst = appendJSONEnd(append(dst, `,"remote":`...), s.Remote)
	dst = appendOptString(append(dst, `,"interface":`...), r.Interface)
	if r.Namespace != nil {
		dst = strconv.AppendUint(append(dst, `,"netns":`...), r.Namespace.Inode, 10)
	} else {
		dst = append(dst, j.netns...)
	}
	if only, ok := s.V6Only.Get(); ok {
		return strconv.AppendBool(append(dst, `,"v6only":`...), only)
	}
	return append(dst, `,"v6only":null`...)
}

func appendJSONEnd(dst []byte, end netip.AddrPort) []byte {
	if !end.IsValid() {
		return append(dst, "null"...)
	}
	dst = typeset.AppendAddr(append(dst, `{"addr":"`...), end.Addr())
	dst = typeset.AppendPort(append(dst, `","port":`...), end.Port())
	return append(dst, '}')
}

// appendQueues gives a listener its accept queue and every other socket its
// bytes.
func appendQueues(dst []byte, s *tcp.Socket) []byte {
	switch {
	case s.State == tcp.Listen:
		return appendAcceptQueue(append(dst, `,"recv_queue_bytes":null,"send_queue_bytes":null,"accept_queue":`...), &s.Backlog)
	case s.RecvQueue|s.SendQueue == 0:
		return append(dst, `,"recv_queue_bytes":0,"send_queue_bytes":0,"accept_queue":null`...)
	}
	dst = strconv.AppendUint(append(dst, `,"recv_queue_bytes":`...), uint64(s.RecvQueue), 10)
	dst = strconv.AppendUint(append(dst, `,"send_queue_bytes":`...), uint64(s.SendQueue), 10)
	return append(dst, `,"accept_queue":null`...)
}

func appendAcceptQueue(dst []byte, b *tcp.Backlog) []byte {
	dst = strconv.AppendUint(append(dst, `{"used":`...), uint64(b.Used), 10)
	dst = appendOptUint(append(dst, `,"limit":`...), b.Limit)
	dst = appendOptUint(append(dst, `,"drops":`...), b.Drops)
	return append(dst, '}')
}

func appendTimer(dst []byte, t *tcp.Timer, forecast tcp.Opt[tcp.Forecast]) []byte {
	f, foreseen := forecast.Get()
	if t.Kind == tcp.NoTimer && t.Retransmits|t.Probes == 0 && !foreseen {
		return append(dst, `,"timer":{"kind":"none","expires_ms":null,"retransmits":0,"probes":0,"limit":null,"gives_up_ms":null}`...)
	}
	dst = append(append(dst, `,"timer":{"kind":"`...), t.Kind.String()...)
	dst = append(dst, `","expires_ms":`...)
	if t.Kind == tcp.NoTimer {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, t.Expires.Milliseconds(), 10)
	}
	dst = strconv.AppendUint(append(dst, `,"retransmits":`...), uint64(t.Retransmits), 10)
	dst = strconv.AppendUint(append(dst, `,"probes":`...), uint64(t.Probes), 10)
	if !foreseen {
		return append(dst, `,"limit":null,"gives_up_ms":null}`...)
	}
	dst = strconv.AppendUint(append(dst, `,"limit":`...), uint64(f.Limit), 10)
	dst = strconv.AppendInt(append(dst, `,"gives_up_ms":`...), f.GivesUp.Milliseconds(), 10)
	return append(dst, '}')
}

func appendOwnership(dst []byte, r *listing.Row) []byte {
	s := r.Socket
	dst = append(append(dst, `,"opener":"`...), r.View.Opener.String()...)
	dst = appendWord(append(dst, `","closer":`...), r.View.Closer.String())
	dst = append(append(dst, `,"ownership":"`...), r.View.Ownership.String()...)
	dst = appendOptUint(append(dst, `","uid":`...), s.UID)
	dst = appendOptUint(append(dst, `,"inode":`...), s.Inode)
	if cookie, ok := s.Cookie.Get(); ok {
		dst = append(typeset.AppendHexUint(append(dst, `,"cookie":"`...), cookie), '"')
	} else {
		dst = append(dst, `,"cookie":null`...)
	}
	if r.HoldersKnown {
		dst = appendProcesses(append(dst, `,"processes":`...), r.Holders)
	} else {
		dst = append(dst, `,"processes":null`...)
	}
	if r.Cgroup.Path == "" {
		return append(dst, `,"cgroup":null,"container":null`...)
	}
	dst = appendJSONString(append(dst, `,"cgroup":`...), r.Cgroup.Path)
	return appendOptString(append(dst, `,"container":`...), r.Cgroup.Container)
}

func appendProcesses(dst []byte, holders []tcp.Holder) []byte {
	dst = append(dst, '[')
	for i, h := range holders {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"pid":`...), int64(h.PID), 10)
		dst = appendJSONString(append(dst, `,"name":`...), h.Process.Name)
		dst = strconv.AppendInt(append(dst, `,"fd":`...), int64(h.FD), 10)
		dst = append(appendProcessDetails(dst, h.Process), '}')
	}
	return append(dst, ']')
}

func (j *JSON) appendConclusions(dst []byte, r *listing.Row) []byte {
	v := &r.View
	if v.Age == (tcp.Age{}) {
		dst = append(dst, `,"age":{"min_ms":null,"max_ms":null},"completeness":`...)
	} else {
		dst = appendOptMillis(append(dst, `,"age":{"min_ms":`...), v.Age.Min)
		dst = appendOptMillis(append(dst, `,"max_ms":`...), v.Age.Max)
		dst = append(dst, `},"completeness":`...)
	}
	dst = appendOptUint(dst, v.Completeness)
	if v.Verdict == tcp.NoVerdict && r.Note.Empty() {
		return append(dst, `,"verdict":null,"note":null`...)
	}
	dst = appendWord(append(dst, `,"verdict":`...), v.Verdict.String())
	dst = append(dst, `,"note":`...)
	if r.Note.Empty() {
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = r.Note.Append(append(dst, '"'), j.Lang)
	if plainJSON(dst[start+1:]) {
		return append(dst, '"')
	}
	return appendJSONString(dst[:start], string(dst[start+1:]))
}

func (j *JSON) appendDetails(dst []byte, s *tcp.Socket) []byte {
	if !j.Info && !j.Memory {
		return append(dst, `,"congestion":null,"tcp_info":null,"memory":null`...)
	}
	if !j.Info || s.Info.Size == 0 {
		dst = append(dst, `,"congestion":null,"tcp_info":null`...)
	} else {
		dst = appendOptString(append(dst, `,"congestion":`...), s.Congestion)
		dst = appendJSONInfo(append(dst, `,"tcp_info":`...), s)
	}
	memory, ok := s.Memory.Get()
	if !ok || !j.Memory {
		return append(dst, `,"memory":null`...)
	}
	return appendJSONMemory(append(dst, `,"memory":`...), &memory)
}

// infoKeys are the keys of tcp_info with all that stands around them, made for
// the first list that has them.
var infoKeys struct {
	once sync.Once
	text [len(tcp.InfoFields)]string
}

func makeInfoKeys() {
	keys := &infoKeys.text
	for i, f := range tcp.InfoFields {
		keys[i] = `,"` + f.Key + `":`
	}
	keys[0] = keys[0][1:]
}

func appendJSONInfo(dst []byte, s *tcp.Socket) []byte {
	infoKeys.once.Do(makeInfoKeys)
	dst = append(dst, '{')
	for f := range tcp.InfoFields {
		dst = append(dst, infoKeys.text[f]...)
		if v, ok := s.InfoValue(tcp.InfoField(f)); ok {
			dst = strconv.AppendUint(dst, v, 10)
		} else {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, '}')
}

func appendJSONMemory(dst []byte, m *tcp.Memory) []byte {
	for i, w := range [...]struct {
		key   string
		value uint32
	}{
		{`{"rmem_alloc_bytes":`, m.ReceiveAllocated},
		{`"rcvbuf_bytes":`, m.ReceiveBuffer},
		{`"wmem_alloc_bytes":`, m.SendAllocated},
		{`"sndbuf_bytes":`, m.SendBuffer},
		{`"fwd_alloc_bytes":`, m.ForwardAllocated},
		{`"wmem_queued_bytes":`, m.SendQueued},
		{`"optmem_bytes":`, m.Options},
		{`"backlog_bytes":`, m.Backlog},
	} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(append(dst, w.key...), uint64(w.value), 10)
	}
	dst = appendOptUint(append(dst, `,"drops":`...), m.Drops)
	return append(dst, '}')
}

// appendWord appends a word of the contract, null for none.
func appendWord(dst []byte, word string) []byte {
	if word == "" {
		return append(dst, "null"...)
	}
	return append(append(append(dst, '"'), word...), '"')
}

// appendOptString appends foreign text, null for none.
func appendOptString(dst []byte, text string) []byte {
	if text == "" {
		return append(dst, "null"...)
	}
	return appendJSONString(dst, text)
}

func appendOptUint[T uint8 | uint32 | uint64 | uint](dst []byte, o tcp.Opt[T]) []byte {
	if v, ok := o.Get(); ok {
		return strconv.AppendUint(dst, uint64(v), 10)
	}
	return append(dst, "null"...)
}

func appendOptMillis(dst []byte, o tcp.Opt[time.Duration]) []byte {
	if v, ok := o.Get(); ok {
		return strconv.AppendInt(dst, v.Milliseconds(), 10)
	}
	return append(dst, "null"...)
}

// appendJSONString appends text as a JSON string. Foreign text keeps its
// control characters, escaped; what is not UTF-8 becomes U+FFFD.
func appendJSONString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	if plainJSON(text) {
		return append(append(dst, text...), '"')
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = typeset.AppendHex(append(dst, `\u`...), uint64(c), 4)
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			dst = appendJSONRune(dst, r)
			i += size
			continue
		}
		i++
	}
	return append(dst, '"')
}

// plainJSON reports whether nothing in text needs an escape.
func plainJSON[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendJSONRune keeps what prints and escapes the rest, so that a document
// shown on a terminal cannot act on it.
func appendJSONRune(dst []byte, r rune) []byte {
	switch {
	case unicode.IsPrint(r):
		return utf8.AppendRune(dst, r)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		dst = typeset.AppendHex(append(dst, `\u`...), uint64(high), 4)
		return typeset.AppendHex(append(dst, `\u`...), uint64(low), 4)
	}
	return typeset.AppendHex(append(dst, `\u`...), uint64(r), 4)
}
