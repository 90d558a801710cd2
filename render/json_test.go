package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tcpstat/document"
	"tcpstat/internal/documenttest"
	"tcpstat/internal/rowtest"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// documentOf is what the document of a row should hold, made from its values.
func documentOf(r *listing.Row, netns uint64) document.Socket {
	s := r.Socket
	d := document.Socket{
		Family: s.Family.String(), State: document.State(s.State.String()), NetNS: &netns,
		Local: endpointOf(s.Local), Remote: endpointOf(s.Remote),
		V6Only: pointer(s.V6Only), UID: pointer(s.UID), Inode: pointer(s.Inode),
		Opener: r.View.Opener.String(), Closer: word(r.View.Closer.String()), Ownership: r.View.Ownership.String(),
		Age:          document.Age{Min: millis(r.View.Age.Min), Max: millis(r.View.Age.Max)},
		Completeness: pointer(r.View.Completeness),
		Verdict:      word(r.View.Verdict.String()), Note: word(r.Note.String()),
		Interface: word(toUTF8(r.Interface)), Cgroup: word(toUTF8(r.Cgroup.Path)),
		Timer: document.Timer{Kind: s.Timer.Kind.String(), Retransmits: s.Timer.Retransmits, Probes: s.Timer.Probes},
	}
	if r.Cgroup.Path != "" {
		d.Container = word(toUTF8(r.Cgroup.Container))
	}
	if s.State == tcp.Listen {
		d.AcceptQueue = &document.AcceptQueue{Used: s.Backlog.Used, Limit: pointer(s.Backlog.Limit), Drops: pointer(s.Backlog.Drops)}
	} else {
		d.RecvQueue, d.SendQueue = &s.RecvQueue, &s.SendQueue
	}
	if s.Timer.Kind != tcp.NoTimer {
		d.Timer.Expires = millis(tcp.Some(s.Timer.Expires))
	}
	if f, ok := r.View.Forecast.Get(); ok {
		d.Timer.Limit, d.Timer.GivesUp = &f.Limit, millis(tcp.Some(f.GivesUp))
	}
	if cookie, ok := s.Cookie.Get(); ok {
		d.Cookie = word(fmt.Sprintf("%x", cookie))
	}
	if r.HoldersKnown {
		d.Processes = []document.Process{}
		for _, h := range r.Holders {
			d.Processes = append(d.Processes, processOf(&h))
		}
	}
	if s.Info.Size > 0 {
		d.Congestion, d.TCPInfo = word(toUTF8(s.Congestion)), infoOf(s)
	}
	if m, ok := s.Memory.Get(); ok {
		d.Memory = &document.Memory{
			ReceiveAllocated: m.ReceiveAllocated, ReceiveBuffer: m.ReceiveBuffer,
			SendAllocated: m.SendAllocated, SendBuffer: m.SendBuffer,
			ForwardAllocated: m.ForwardAllocated, SendQueued: m.SendQueued,
			Options: m.Options, Backlog: m.Backlog, Drops: pointer(m.Drops),
		}
	}
	return d
}

func sameAddr(a, b netip.Addr) bool { return a == b }

func endpointOf(at netip.AddrPort) *document.Endpoint {
	if !at.IsValid() {
		return nil
	}
	return &document.Endpoint{Addr: at.Addr(), Port: at.Port()}
}

func processOf(h *tcp.Holder) document.Process {
	p := h.Process
	d := document.Process{PID: h.PID, Name: toUTF8(p.Name), FD: h.FD, Exe: word(toUTF8(p.Exe)), User: word(toUTF8(p.User))}
	if cmdline, known := p.Cmdline.Get(); known {
		cmdline = toUTF8(cmdline)
		d.Cmdline = &cmdline
	}
	if !p.Started.IsZero() {
		d.Started = &p.Started
	}
	return d
}

// infoOf goes by the order of the fields, which is that of the table.
func infoOf(s *tcp.Socket) *document.TCPInfo {
	info := new(document.TCPInfo)
	fields := reflect.ValueOf(info).Elem()
	for f := range tcp.InfoFields {
		if v, ok := s.InfoValue(tcp.InfoField(f)); ok {
			fields.Field(f).Set(reflect.ValueOf(&v))
		}
	}
	return info
}

// toUTF8 replaces each byte that is not UTF-8, as JSON readers do.
func toUTF8(text string) string { return string([]rune(text)) }

func pointer[T any](o tcp.Opt[T]) *T {
	if v, ok := o.Get(); ok {
		return &v
	}
	return nil
}

func word(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func millis(o tcp.Opt[time.Duration]) *document.Milliseconds {
	d, ok := o.Get()
	if !ok {
		return nil
	}
	ms := document.Milliseconds(d.Milliseconds())
	return &ms
}

// decode reads a document that has every key and no other.
func decode[T any](t *testing.T, text string) *T {
	t.Helper()
	d, err := documenttest.Decode[T]([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return d
}

func TestJSON(t *testing.T) {
	const netns = 4026531840
	rows := append(rows(everySocket), newGenerator(t).Rows(500)...)
	text := printList(&JSON{Info: true, Memory: true}, rows, "proc")
	list := decode[document.Sockets](t, text)
	if list.Schema != "tcpstat/v1" || list.Kind != "sockets" || *list.Host != "web-1" || list.Source != "proc" ||
		list.NetNS == nil || *list.NetNS != netns || list.Time.Format(time.RFC3339Nano) != "2026-11-20T10:37:41.5Z" {
		t.Errorf("the document begins or ends wrong: %+v", list)
	}
	counted := document.Counts{}
	for _, s := range tcp.States {
		counted[document.State(s.String())] = 0
	}
	for i, r := range rows {
		counted[document.State(r.Socket.State.String())]++
		if diff := cmp.Diff(documentOf(r, netns), list.Sockets[i], cmp.Comparer(sameAddr)); diff != "" {
			t.Errorf("socket %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(counted, list.Summary.States); diff != "" || list.Summary.Total != len(rows) {
		t.Errorf("summary of %d (-want +got):\n%s", list.Summary.Total, diff)
	}
}

// What was not asked for is null even where it is known.
func TestJSONNotAsked(t *testing.T) {
	for _, s := range decode[document.Sockets](t, printList(&JSON{}, rows(everySocket), "netlink")).Sockets {
		if s.TCPInfo != nil || s.Congestion != nil || s.Memory != nil {
			t.Errorf("%v: tcp_info, congestion or memory without -i and -m", s)
		}
	}
}

func TestJSONEnds(t *testing.T) {
	oneLine := printList(&JSON{OneLine: true}, rows(server), "netlink")
	if strings.Count(oneLine, "\n") != 1 || !strings.HasSuffix(oneLine, "\n") {
		t.Errorf("not one line: %q", oneLine)
	}
	if n := len(decode[document.Sockets](t, oneLine).Sockets); n != len(server) {
		t.Errorf("%d sockets, want %d", n, len(server))
	}
	empty := decode[document.Sockets](t, printList(&JSON{}, nil, "netlink"))
	if empty.Sockets == nil || len(empty.Sockets) != 0 || empty.Missing == nil {
		t.Errorf("no sockets are not an empty list: %+v", empty)
	}
	var j JSON
	tail := listing.Tail{Source: "proc", Missing: []listing.Missing{
		{Field: "cookie", Reason: listing.NotInProc, Sockets: tcp.Some[uint](3)},
		{Field: "processes", Reason: listing.NoPermission, Sockets: tcp.Some[uint](12)},
	}}
	text := string(j.AppendTail(j.AppendHead(nil, listing.Head{}), tail))
	list := decode[document.Sockets](t, text)
	if list.NetNS != nil || len(list.Missing) != 2 || list.Missing[1].Reason != "no_permission" || *list.Missing[1].Sockets != 12 {
		t.Errorf("%s is read as %+v", text, list)
	}
}

// A replay tells what it was recorded from, and no time that it does not know.
func TestJSONReplay(t *testing.T) {
	var j JSON
	for _, replayed := range []bool{false, true} {
		text := string(j.AppendTail(j.AppendHead(nil, listing.Head{}), listing.Tail{Source: "proc", Replayed: replayed}))
		list := decode[document.Sockets](t, text)
		recorded := list.RecordedSource != nil && *list.RecordedSource == "proc" && list.Source == "replay"
		if recorded != replayed || !replayed && (list.RecordedSource != nil || list.Source != "proc") || list.Time != nil {
			t.Errorf("replayed %t: %s", replayed, text)
		}
	}
}

// A verdict stands without a note, which takes more to be known.
func TestJSONVerdictAlone(t *testing.T) {
	r := rows(server[9:])[0]
	r.Note = tcp.Note{}
	s := decode[document.Sockets](t, printList(&JSON{}, []*listing.Row{r}, "netlink")).Sockets[0]
	if s.Verdict == nil || *s.Verdict != "data_unread" || s.Note != nil {
		t.Errorf("verdict %v, note %v", s.Verdict, s.Note)
	}
}

func FuzzJSONString(f *testing.F) {
	for _, name := range rowtest.HostileNames {
		f.Add(name)
	}
	f.Add("\U0001d173 and \U000e0001 print nothing")
	f.Fuzz(func(t *testing.T, text string) {
		encoded := appendJSONString(nil, text)
		if !utf8.Valid(encoded) || bytes.ContainsFunc(encoded, unicode.IsControl) {
			t.Errorf("%q becomes %q", text, encoded)
		}
		var back string
		if err := json.Unmarshal(encoded, &back); err != nil || back != toUTF8(text) {
			t.Errorf("%q becomes %s and then %q, %v", text, encoded, back, err)
		}
	})
}
