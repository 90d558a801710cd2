package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tcpstat/internal/rowtest"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// The documents of schema tcpstat/v1, as a program that reads them would write
// them down. Pointers may be null.
type (
	listDocument struct {
		Schema, Kind, Host, Source string
		RecordedSource             *string `json:"recorded_source"`
		Time                       time.Time
		NetNS                      *uint64
		Sockets                    []socketDocument
		Namespaces                 []namespaceDocument
		Missing                    []struct {
			Field, Reason string
			Sockets       int
		}
		Summary struct {
			Total  int
			States map[string]int
		}
	}
	namespaceDocument struct {
		NetNS uint64 `json:"netns"`
		Name  string `json:"name"`
		Path  string `json:"path"`
	}
	socketDocument struct {
		Family         string              `json:"family"`
		State          string              `json:"state"`
		Local          *endDocument        `json:"local"`
		Remote         *endDocument        `json:"remote"`
		Interface      *string             `json:"interface"`
		NetNS          *uint64             `json:"netns"`
		V6Only         *bool               `json:"v6only"`
		RecvQueueBytes *uint32             `json:"recv_queue_bytes"`
		SendQueueBytes *uint32             `json:"send_queue_bytes"`
		AcceptQueue    *acceptQueue        `json:"accept_queue"`
		Timer          timerDocument       `json:"timer"`
		Opener         string              `json:"opener"`
		Closer         *string             `json:"closer"`
		Ownership      string              `json:"ownership"`
		UID            *uint32             `json:"uid"`
		Inode          *uint64             `json:"inode"`
		Cookie         *string             `json:"cookie"`
		Processes      *[]processDocument  `json:"processes"`
		Cgroup         *string             `json:"cgroup"`
		Container      *string             `json:"container"`
		Age            ageDocument         `json:"age"`
		Completeness   *uint8              `json:"completeness"`
		Verdict        *string             `json:"verdict"`
		Note           *string             `json:"note"`
		Congestion     *string             `json:"congestion"`
		TCPInfo        *map[string]*uint64 `json:"tcp_info"`
		Memory         *memoryDocument     `json:"memory"`
	}
	endDocument struct {
		Addr string `json:"addr"`
		Port uint16 `json:"port"`
	}
	acceptQueue struct {
		Used  uint32  `json:"used"`
		Limit *uint32 `json:"limit"`
		Drops *uint32 `json:"drops"`
	}
	timerDocument struct {
		Kind        string  `json:"kind"`
		ExpiresMS   *int64  `json:"expires_ms"`
		Retransmits uint8   `json:"retransmits"`
		Probes      uint8   `json:"probes"`
		Limit       *uint32 `json:"limit"`
		GivesUpMS   *int64  `json:"gives_up_ms"`
	}
	processDocument struct {
		PID  int32  `json:"pid"`
		Name string `json:"name"`
		FD   int32  `json:"fd"`
	}
	ageDocument struct {
		MinMS *int64 `json:"min_ms"`
		MaxMS *int64 `json:"max_ms"`
	}
	memoryDocument struct {
		RmemAllocBytes  uint32  `json:"rmem_alloc_bytes"`
		RcvbufBytes     uint32  `json:"rcvbuf_bytes"`
		WmemAllocBytes  uint32  `json:"wmem_alloc_bytes"`
		SndbufBytes     uint32  `json:"sndbuf_bytes"`
		FwdAllocBytes   uint32  `json:"fwd_alloc_bytes"`
		WmemQueuedBytes uint32  `json:"wmem_queued_bytes"`
		OptmemBytes     uint32  `json:"optmem_bytes"`
		BacklogBytes    uint32  `json:"backlog_bytes"`
		Drops           *uint32 `json:"drops"`
	}
)

// documentOf is what the document of a row should hold, made from its values.
func documentOf(r *listing.Row, netns uint64) socketDocument {
	s := r.Socket
	d := socketDocument{
		Family: s.Family.String(), State: s.State.String(), NetNS: &netns,
		Local:  &endDocument{s.Local.Addr().String(), s.Local.Port()},
		V6Only: pointer(s.V6Only), UID: pointer(s.UID), Inode: pointer(s.Inode),
		Opener: r.View.Opener.String(), Closer: word(r.View.Closer.String()), Ownership: r.View.Ownership.String(),
		Age:          ageDocument{millis(r.View.Age.Min), millis(r.View.Age.Max)},
		Completeness: pointer(r.View.Completeness),
		Verdict:      word(r.View.Verdict.String()), Note: word(r.Note.String()),
		Interface: word(toUTF8(r.Interface)), Cgroup: word(toUTF8(r.Cgroup.Path)),
		Timer: timerDocument{Kind: s.Timer.Kind.String(), Retransmits: s.Timer.Retransmits, Probes: s.Timer.Probes},
	}
	if s.Remote.IsValid() {
		d.Remote = &endDocument{s.Remote.Addr().String(), s.Remote.Port()}
	}
	if r.Cgroup.Path != "" {
		d.Container = word(toUTF8(r.Cgroup.Container))
	}
	if s.State == tcp.Listen {
		d.AcceptQueue = &acceptQueue{s.Backlog.Used, pointer(s.Backlog.Limit), pointer(s.Backlog.Drops)}
	} else {
		d.RecvQueueBytes, d.SendQueueBytes = &s.RecvQueue, &s.SendQueue
	}
	if s.Timer.Kind != tcp.NoTimer {
		d.Timer.ExpiresMS = millis(tcp.Some(s.Timer.Expires))
	}
	if f, ok := r.View.Forecast.Get(); ok {
		d.Timer.Limit, d.Timer.GivesUpMS = &f.Limit, millis(tcp.Some(f.GivesUp))
	}
	if cookie, ok := s.Cookie.Get(); ok {
		d.Cookie = word(fmt.Sprintf("%x", cookie))
	}
	if r.HoldersKnown {
		d.Processes = &[]processDocument{}
		for _, h := range r.Holders {
			*d.Processes = append(*d.Processes, processDocument{h.PID, toUTF8(h.Process.Name), h.FD})
		}
	}
	if s.Info.Size > 0 {
		info := map[string]*uint64{}
		for f, doc := range tcp.InfoFields {
			info[doc.Key] = nil
			if v, ok := s.InfoValue(tcp.InfoField(f)); ok {
				info[doc.Key] = &v
			}
		}
		d.Congestion, d.TCPInfo = word(toUTF8(s.Congestion)), &info
	}
	if m, ok := s.Memory.Get(); ok {
		d.Memory = &memoryDocument{
			m.ReceiveAllocated, m.ReceiveBuffer, m.SendAllocated, m.SendBuffer, m.ForwardAllocated,
			m.SendQueued, m.Options, m.Backlog, pointer(m.Drops),
		}
	}
	return d
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

func millis(o tcp.Opt[time.Duration]) *int64 {
	d, ok := o.Get()
	if !ok {
		return nil
	}
	ms := d.Milliseconds()
	return &ms
}

// decode reads a document that has every key, once, and no other.
func decode(t *testing.T, text string) (list listDocument) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var raw struct{ Sockets []map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	for _, socket := range raw.Sockets {
		if want := reflect.TypeFor[socketDocument]().NumField(); len(socket) != want {
			t.Errorf("a socket has %d keys, want %d: %v", len(socket), want, socket)
		}
	}
	return list
}

func TestJSON(t *testing.T) {
	const netns = 4026531840
	rows := append(rows(everySocket), newGenerator(t).Rows(500)...)
	text := printList(&JSON{Info: true, Memory: true}, rows, "proc")
	list := decode(t, text)
	if list.Schema != "tcpstat/v1" || list.Kind != "sockets" || list.Host != "web-1" || list.Source != "proc" ||
		list.NetNS == nil || *list.NetNS != netns || list.Time.Format(time.RFC3339Nano) != "2026-11-20T10:37:41.5Z" {
		t.Errorf("the document begins or ends wrong: %+v", list)
	}
	counted := map[string]int{}
	for _, s := range tcp.States {
		counted[s.String()] = 0
	}
	for i, r := range rows {
		counted[r.Socket.State.String()]++
		if diff := cmp.Diff(documentOf(r, netns), list.Sockets[i]); diff != "" {
			t.Errorf("socket %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(counted, list.Summary.States); diff != "" || list.Summary.Total != len(rows) {
		t.Errorf("summary of %d (-want +got):\n%s", list.Summary.Total, diff)
	}
}

// What was not asked for is null even where it is known.
func TestJSONNotAsked(t *testing.T) {
	for _, s := range decode(t, printList(&JSON{}, rows(everySocket), "netlink")).Sockets {
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
	if n := len(decode(t, oneLine).Sockets); n != len(server) {
		t.Errorf("%d sockets, want %d", n, len(server))
	}
	empty := decode(t, printList(&JSON{}, nil, "netlink"))
	if empty.Sockets == nil || len(empty.Sockets) != 0 || empty.Missing == nil {
		t.Errorf("no sockets are not an empty list: %+v", empty)
	}
	var j JSON
	tail := listing.Tail{Source: "proc", Missing: []listing.Missing{
		{Field: "cookie", Reason: listing.NotInProc, Sockets: tcp.Some[uint](3)},
		{Field: "processes", Reason: listing.NoPermission, Sockets: tcp.Some[uint](12)},
	}}
	text := string(j.AppendTail(j.AppendHead(nil, listing.Head{}), tail))
	list := decode(t, text)
	if list.NetNS != nil || len(list.Missing) != 2 || list.Missing[1].Reason != "no_permission" || list.Missing[1].Sockets != 12 {
		t.Errorf("%s is read as %+v", text, list)
	}
}

// A replay tells what it was recorded from, and no time that it does not know.
func TestJSONReplay(t *testing.T) {
	var j JSON
	for _, replayed := range []bool{false, true} {
		text := string(j.AppendTail(j.AppendHead(nil, listing.Head{}), listing.Tail{Source: "proc", Replayed: replayed}))
		list := decode(t, text)
		recorded := list.RecordedSource != nil && *list.RecordedSource == "proc" && list.Source == "replay"
		if recorded != replayed || !replayed && (list.RecordedSource != nil || list.Source != "proc") || !list.Time.IsZero() {
			t.Errorf("replayed %t: %s", replayed, text)
		}
	}
}

// A verdict stands without a note, which takes more to be known.
func TestJSONVerdictAlone(t *testing.T) {
	r := rows(server[9:])[0]
	r.Note = tcp.Note{}
	s := decode(t, printList(&JSON{}, []*listing.Row{r}, "netlink")).Sockets[0]
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
