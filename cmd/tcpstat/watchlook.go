package main

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
)

// watchedSocket is a socket of a sample with what a screen shows of it.
type watchedSocket struct {
	local, remote netip.AddrPort
	cookie, inode tcp.Opt[uint64]
	uid, device   tcp.Opt[uint32]
	v6only        tcp.Opt[bool]
	backlog       tcp.Backlog
	timer         tcp.Timer
	recv, send    uint32
	family        tcp.Family
	state         tcp.State
	verdict       tcp.Verdict
	mini          bool

	all *tcp.Socket // nil but for those few of which a forecast needs more

	age     tcp.Age
	holders []tcp.Holder
	looked  bool // for all of the holders
}

func keepWatched(s *tcp.Socket, age tcp.Age, holders []tcp.Holder) watchedSocket {
	kept := watchedSocket{
		local: s.Local, remote: s.Remote, cookie: s.Cookie, inode: s.Inode, uid: s.UID, device: s.Interface,
		v6only: s.V6Only, backlog: s.Backlog, timer: s.Timer, recv: s.RecvQueue, send: s.SendQueue,
		family: s.Family, state: s.State, verdict: tcp.VerdictOf(s), mini: s.Mini, age: age, holders: holders,
	}
	if s.Timer.Kind == tcp.RetransmitTimer || s.Timer.Kind == tcp.WindowProbe {
		all := *s
		kept.all = &all
	}
	return kept
}

func (k *watchedSocket) socket() tcp.Socket {
	if k.all != nil {
		return *k.all
	}
	return tcp.Socket{
		Local: k.local, Remote: k.remote, Cookie: k.cookie, Inode: k.inode, UID: k.uid, Interface: k.device,
		V6Only: k.v6only, Backlog: k.backlog, Timer: k.timer, RecvQueue: k.recv, SendQueue: k.send,
		Family: k.family, State: k.state, Mini: k.mini,
	}
}

// watchShot is a sample as a screen needs it. Nothing changes it any more but the
// look that shows it.
type watchShot struct {
	render.WatchShot
	sockets []watchedSocket
	machine tcp.Machine
}

// fill makes the row of a socket, with its note if that is wanted.
func (s *watchShot) fill(r *listing.Row, k *watchedSocket, note bool) {
	socket, holders := r.Socket, r.Holders[:0]
	*socket = k.socket()
	*r = listing.Row{Socket: socket, View: tcp.Annotate(socket, &s.machine)}
	r.View.Age = k.age
	r.Holders = append(holders, k.holders...)
	r.HoldersKnown = k.looked || len(k.holders) > 0 || k.inode.Or(0) == 0
	if r.HoldersKnown && len(k.holders) == 0 && k.inode.Or(0) != 0 {
		r.View.Ownership = tcp.OwnerUnknown
	}
	if note {
		r.Note = tcp.NoteOf(socket, &r.View, &s.machine)
	}
}

// watchLook is what a user sees of a watch, and what the keys do to it. It knows no
// terminal.
type watchLook struct {
	render.WatchLook
	screen render.WatchScreen
	names  filter.Names

	shot    *watchShot // nil before the first sample
	pending *watchShot // that came while it was paused
	sort    int        // in watchOrders
	chosen  []int32    // of the sockets of the shot, in order
	stale   bool       // they are to be chosen anew, which several keys at once need once
	row     listing.Row
	shown   int // sockets on the last screen
}

func newWatchLook(screen render.WatchScreen, names filter.Names, keys bool) *watchLook {
	l := &watchLook{screen: screen, names: names, row: listing.Row{Socket: new(tcp.Socket)}}
	l.Keys, l.Sort = keys, watchOrders[0].name
	l.Row = func(i int) *listing.Row {
		l.shot.fill(&l.row, &l.shot.sockets[l.chosen[i]], true)
		return &l.row
	}
	return l
}

// take takes a new sample, which is not shown while the look is paused.
func (l *watchLook) take(shot *watchShot) {
	if l.Paused && l.shot != nil {
		l.pending = shot
		return
	}
	l.shot, l.pending, l.stale = shot, nil, true
}

// draw gives the lines of the screen, nil before the first sample.
func (l *watchLook) draw() []string {
	if l.shot == nil {
		return nil
	}
	if l.stale {
		l.choose()
	}
	page := l.screen.Draw(&l.shot.WatchShot, &l.WatchLook)
	l.Offset, l.shown = page.Offset, page.Shown
	return page.Lines
}

// press does what a key asks for, and reports whether that is to end the watch.
func (l *watchLook) press(k key) (quit bool) {
	if k == keyInterrupt {
		return true
	}
	if l.Typing && l.typed(k) {
		return false
	}
	switch k {
	case 'q', 'Q':
		return true
	case ' ':
		l.pause()
	case 's':
		l.sort = (l.sort + 1) % len(watchOrders)
		l.Sort = watchOrders[l.sort].name
		l.Offset, l.stale = 0, true
	case '/':
		l.Typing = true
	case keyEscape:
		l.filterBy("")
	default:
		l.scroll(k)
	}
	return false
}

func (l *watchLook) pause() {
	l.Paused = !l.Paused
	if !l.Paused && l.pending != nil {
		l.take(l.pending)
	}
}

// scroll moves through the list. Drawing bounds the offset.
func (l *watchLook) scroll(k key) {
	page := max(l.shown-1, 1)
	switch k {
	case keyUp:
		l.Offset--
	case keyDown:
		l.Offset++
	case keyPageUp:
		l.Offset -= page
	case keyPageDown:
		l.Offset += page
	case keyHome:
		l.Offset = 0
	case keyEnd:
		l.Offset = math.MaxInt32
	}
	l.Offset = max(l.Offset, 0)
}

// maxTyped bounds a filter that is typed, in bytes.
const maxTyped = 500

// typed edits the filter, and reports whether the key was one for that.
func (l *watchLook) typed(k key) bool {
	switch {
	case k == keyEnter || k == '\n':
		l.Typing = false
	case k == keyEscape:
		l.Typing = false
		l.filterBy("")
	case k == keyBackspace || k == keyDelete:
		text := []rune(l.Filter)
		l.filterBy(string(text[:max(len(text)-1, 0)]))
	case k == keyErase:
		l.filterBy("")
	case k > 0 && unicode.IsPrint(rune(k)):
		if len(l.Filter) < maxTyped {
			l.filterBy(l.Filter + string(rune(k)))
		}
	default:
		return false
	}
	return true
}

func (l *watchLook) filterBy(text string) {
	if text != l.Filter {
		l.Filter, l.Offset, l.stale = text, 0, true
	}
}

// choose applies filter and order to the shot.
func (l *watchLook) choose() {
	l.chosen, l.Plain, l.stale = l.chosen[:0], "", false
	matches := l.matcher()
	sockets := l.shot.sockets
	for i := range sockets {
		if matches == nil || matches(&sockets[i]) {
			l.chosen = append(l.chosen, int32(i))
		}
	}
	before := watchOrders[l.sort].compare
	slices.SortFunc(l.chosen, func(a, b int32) int {
		x, y := &sockets[a], &sockets[b]
		return cmp.Or(before(x, y), cmp.Compare(x.cookie.Or(0), y.cookie.Or(0)), cmp.Compare(a, b))
	})
	l.Chosen = len(l.chosen)
}

// matcher judges by the filter that was typed, or where it is none, by its text.
// Nil: all match.
func (l *watchLook) matcher() func(*watchedSocket) bool {
	text := strings.TrimSpace(l.Filter)
	if text == "" {
		return nil
	}
	expr, err := filter.Parse(text, l.names)
	if err != nil {
		var mistake *filter.Error
		if errors.As(err, &mistake) {
			l.Plain = printable(mistake.What() + "; " + mistake.Try())
		}
		return textMatcher(text)
	}
	if needs := expr.Needs(); needs.Cgroup || needs.RTT {
		l.Plain = "the screen does not keep cgroups and round-trip times: tcpstat --watch STATE FILTER"
		return textMatcher(text)
	}
	return func(k *watchedSocket) bool {
		l.shot.fill(&l.row, k, false)
		r := &l.row
		subject := filter.Subject{Socket: r.Socket, View: &r.View, Holders: r.Holders, HoldersKnown: r.HoldersKnown}
		return expr.Match(&subject) == filter.True
	}
}

// textMatcher looks for text in what is seen of a socket: state, ends, verdict and
// owners, whatever the case of its letters.
func textMatcher(text string) func(*watchedSocket) bool {
	wanted := []byte(text)
	lower(wanted)
	var seen []byte
	return func(k *watchedSocket) bool {
		seen = append(append(seen[:0], k.state.String()...), ' ')
		seen = appendSeen(seen, k.local)
		seen = appendSeen(seen, k.remote)
		for _, h := range k.holders {
			seen = append(append(seen, h.Process.Name...), '/')
			seen = append(strconv.AppendInt(seen, int64(h.PID), 10), ' ')
		}
		seen = append(seen, k.verdict.String()...)
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

// watchOrders are the orders of the sockets; s goes from one to the next.
var watchOrders = []struct {
	name    string
	compare func(a, b *watchedSocket) int
}{
	{"age", func(a, b *watchedSocket) int { return cmp.Compare(b.age.Min.Or(-1), a.age.Min.Or(-1)) }},
	{"process", func(a, b *watchedSocket) int { return compareHolders(a.holders, b.holders) }},
	{"peer", func(a, b *watchedSocket) int { return a.remote.Compare(b.remote) }},
	{"queue", func(a, b *watchedSocket) int {
		return cmp.Compare(uint64(b.recv)+uint64(b.send), uint64(a.recv)+uint64(a.send))
	}},
	{"state", func(a, b *watchedSocket) int { return cmp.Compare(a.state, b.state) }},
}

// compareHolders orders by the first process, those without one last.
func compareHolders(a, b []tcp.Holder) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Or(cmp.Compare(a[0].Process.Name, b[0].Process.Name), cmp.Compare(a[0].PID, b[0].PID))
}
