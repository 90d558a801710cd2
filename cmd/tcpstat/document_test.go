package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// document is a list of sockets in JSON. What may be null is a pointer, a slice
// or a map. Every key is always there.
type document struct {
	Schema  string    `json:"schema"`
	Kind    string    `json:"kind"`
	Time    time.Time `json:"time"`
	Host    string    `json:"host"`
	NetNS   *uint64   `json:"netns"`
	Source  string    `json:"source"`
	Record  *string   `json:"recorded_source"`
	Sockets []socket  `json:"sockets"`

	Namespaces []namespace `json:"namespaces"`

	Missing []lack `json:"missing"`
	Summary struct {
		Total  int            `json:"total"`
		States map[string]int `json:"states"`
	} `json:"summary"`
}

// namespace is one of those that a list over all looked into.
type namespace struct {
	NetNS uint64 `json:"netns"`
	Name  string `json:"name"`
	Path  string `json:"path"`
}

// lack is what could not be told of some sockets.
type lack struct {
	Field   string `json:"field"`
	Reason  string `json:"reason"`
	Sockets *int   `json:"sockets"`
}

type address struct {
	Addr netip.Addr `json:"addr"`
	Port uint16     `json:"port"`
}

type socket struct {
	Family      string       `json:"family"`
	State       string       `json:"state"`
	Local       address      `json:"local"`
	Remote      *address     `json:"remote"`
	Interface   *string      `json:"interface"`
	NetNS       *uint64      `json:"netns"`
	V6Only      *bool        `json:"v6only"`
	RecvQueue   *uint32      `json:"recv_queue_bytes"`
	SendQueue   *uint32      `json:"send_queue_bytes"`
	AcceptQueue *acceptQueue `json:"accept_queue"`
	Timer       struct {
		Kind        string `json:"kind"`
		Expires     *int64 `json:"expires_ms"`
		Retransmits *int   `json:"retransmits"`
		Probes      *int   `json:"probes"`
		Limit       *int   `json:"limit"`
		GivesUp     *int64 `json:"gives_up_ms"`
	} `json:"timer"`
	Opener    string    `json:"opener"`
	Closer    *string   `json:"closer"`
	Ownership string    `json:"ownership"`
	UID       *uint32   `json:"uid"`
	Inode     *uint64   `json:"inode"`
	Cookie    *string   `json:"cookie"`
	Processes []process `json:"processes"`
	Cgroup    *string   `json:"cgroup"`
	Container *string   `json:"container"`
	Age       struct {
		Min *int64 `json:"min_ms"`
		Max *int64 `json:"max_ms"`
	} `json:"age"`
	Completeness *int                `json:"completeness"`
	Verdict      *string             `json:"verdict"`
	Note         *string             `json:"note"`
	Congestion   *string             `json:"congestion"`
	TCPInfo      map[string]*float64 `json:"tcp_info"`
	Memory       map[string]*float64 `json:"memory"`
}

type acceptQueue struct {
	Used  uint32  `json:"used"`
	Limit *uint32 `json:"limit"`
	Drops *uint32 `json:"drops"`
}

type process struct {
	PID  int32  `json:"pid"`
	Name string `json:"name"`
	FD   int32  `json:"fd"`
}

// states are all that the summary counts.
var states = strings.Fields("LISTEN BOUND SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSING TIME_WAIT CLOSE_WAIT LAST_ACK CLOSE UNKNOWN")

// decode reads one document strictly: no key too many, none too few, no value
// of another type, and a summary that is true.
func decode(text []byte) (*document, error) {
	var d document
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(text[decoder.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("after the document: %.80q", rest)
	}
	var loose any
	if err := json.Unmarshal(text, &loose); err != nil {
		return nil, err
	}
	if err := hasKeys(loose, reflect.TypeFor[document](), "document"); err != nil {
		return nil, err
	}
	return &d, d.check()
}

func (d *document) check() error {
	if d.Schema != "tcpstat/v1" || d.Kind != "sockets" {
		return fmt.Errorf("schema %q, kind %q", d.Schema, d.Kind)
	}
	if d.Time.Location() != time.UTC {
		return fmt.Errorf("time %v is not UTC", d.Time)
	}
	if d.Sockets == nil || d.Missing == nil {
		return fmt.Errorf("sockets or missing is null")
	}
	counts := map[string]int{}
	for _, state := range states {
		counts[state] = 0
	}
	for _, s := range d.Sockets {
		counts[s.State]++
		if (s.State == "LISTEN") != (s.AcceptQueue != nil) || (s.State == "LISTEN") != (s.RecvQueue == nil && s.SendQueue == nil) {
			return fmt.Errorf("queues of %v (%s): %v %v %v", s.Local, s.State, s.RecvQueue, s.SendQueue, s.AcceptQueue)
		}
		if (s.State == "LISTEN" || s.State == "BOUND") != (s.Remote == nil) {
			return fmt.Errorf("remote of %v (%s): %v", s.Local, s.State, s.Remote)
		}
		for key, value := range s.TCPInfo {
			if value != nil && *value > 1<<53 {
				return fmt.Errorf("tcp_info.%s of %v is %v, which no reader of JSON keeps", key, s.Local, *value)
			}
		}
		if s.Cookie != nil {
			if _, err := strconv.ParseUint(*s.Cookie, 16, 64); err != nil || strings.ToLower(*s.Cookie) != *s.Cookie {
				return fmt.Errorf("cookie %q", *s.Cookie)
			}
		}
	}
	if d.Summary.Total != len(d.Sockets) || !reflect.DeepEqual(d.Summary.States, counts) {
		return fmt.Errorf("summary %v of %d sockets, states %v", d.Summary, len(d.Sockets), counts)
	}
	return nil
}

// hasKeys reports a key that a type has and a value lacks.
func hasKeys(value any, of reflect.Type, path string) error {
	if value == nil {
		return nil
	}
	switch of.Kind() {
	case reflect.Pointer:
		return hasKeys(value, of.Elem(), path)
	case reflect.Slice:
		for i, element := range value.([]any) {
			if err := hasKeys(element, of.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		object, ok := value.(map[string]any)
		if !ok { // time.Time and netip.Addr
			return nil
		}
		for field := range of.Fields() {
			key := field.Tag.Get("json")
			member, ok := object[key]
			if !ok {
				return fmt.Errorf("%s lacks the key %q", path, key)
			}
			if err := hasKeys(member, field.Type, path+"."+key); err != nil {
				return err
			}
		}
	}
	return nil
}

// documents N [SOURCE] wants standard output to be N documents, one a line if
// they are more than one, each read from that source.
func documents(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: documents N [SOURCE]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	text := ts.ReadFile("stdout")
	parts := []string{text}
	if want > 1 {
		parts = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	if len(parts) != want {
		ts.Fatalf("%d documents, not %d", len(parts), want)
	}
	for _, part := range parts {
		d, err := decode([]byte(part))
		ts.Check(err)
		if len(args) > 1 && d.Source != args[1] {
			ts.Fatalf("source %q, not %q", d.Source, args[1])
		}
	}
}

// A decoder that forgives would find every document right.
func TestDecodeIsStrict(t *testing.T) {
	const right = `{"schema":"tcpstat/v1","kind":"sockets","time":"2026-01-02T03:04:05Z","host":"h","netns":1,"source":"proc","recorded_source":null,
		"sockets":[],"namespaces":null,"missing":[],"summary":{"total":0,"states":{"LISTEN":0,"BOUND":0,"SYN_SENT":0,"SYN_RECV":0,"ESTABLISHED":0,
		"FIN_WAIT1":0,"FIN_WAIT2":0,"CLOSING":0,"TIME_WAIT":0,"CLOSE_WAIT":0,"LAST_ACK":0,"CLOSE":0,"UNKNOWN":0}}}`
	if _, err := decode([]byte(right)); err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{
		`"host":"h",`:    ``,                  // a key too few
		`"netns":1,`:     `"netns":1,"x":1,`,  // a key too many
		`"netns":1`:      `"netns":"1"`,       // another type
		`"sockets":[]`:   `"sockets":null`,    // null for a list
		`"total":0`:      `"total":1`,         // a false sum
		`"CLOSE":0,`:     ``,                  // a state too few
		`05Z`:            `05+01:00`,          // another zone
		`"UNKNOWN":0}}}`: `"UNKNOWN":0}}} {}`, // another document
	} {
		if _, err := decode([]byte(strings.Replace(right, old, wrong, 1))); err == nil {
			t.Errorf("%s in place of %s is no error", wrong, old)
		}
	}
}
