package main

import (
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tcpstat/document"
	"tcpstat/internal/documenttest"
)

// states are all that the summary counts.
var states = strings.Fields("LISTEN BOUND SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSING TIME_WAIT CLOSE_WAIT LAST_ACK CLOSE UNKNOWN")

// decode reads a list of sockets strictly, and its summary must be true.
func decode(text []byte) (*document.Sockets, error) {
	d, err := documenttest.Decode[document.Sockets](text)
	if err != nil {
		return nil, err
	}
	return d, checkSockets(d)
}

func checkSockets(d *document.Sockets) error {
	if d.Schema != "tcpstat/v1" || d.Kind != "sockets" {
		return fmt.Errorf("schema %q, kind %q", d.Schema, d.Kind)
	}
	if d.Time != nil && d.Time.Location() != time.UTC {
		return fmt.Errorf("time %v is not UTC", d.Time)
	}
	if d.Sockets == nil || d.Missing == nil {
		return fmt.Errorf("sockets or missing is null")
	}
	counts := document.Counts{}
	for _, state := range states {
		counts[document.State(state)] = 0
	}
	for i := range d.Sockets {
		s := &d.Sockets[i]
		counts[s.State]++
		if err := checkSocket(s); err != nil {
			return fmt.Errorf("%v (%s): %w", s.Local, s.State, err)
		}
	}
	if d.Summary.Total != len(d.Sockets) || !maps.Equal(d.Summary.States, counts) {
		return fmt.Errorf("summary %v of %d sockets, states %v", d.Summary, len(d.Sockets), counts)
	}
	return nil
}

func checkSocket(s *document.Socket) error {
	listens := s.State == "LISTEN"
	if listens != (s.AcceptQueue != nil) || listens != (s.RecvQueue == nil && s.SendQueue == nil) {
		return fmt.Errorf("queues %v %v %v", s.RecvQueue, s.SendQueue, s.AcceptQueue)
	}
	if (listens || s.State == "BOUND") != (s.Remote == nil) {
		return fmt.Errorf("remote %v", s.Remote)
	}
	if s.TCPInfo != nil {
		for field, value := range reflect.ValueOf(s.TCPInfo).Elem().Fields() {
			if value := value.Interface().(*uint64); value != nil && *value > 1<<53 {
				return fmt.Errorf("tcp_info.%s is %d, which no reader of JSON keeps", field.Name, *value)
			}
		}
	}
	if s.Cookie != nil {
		if _, err := strconv.ParseUint(*s.Cookie, 16, 64); err != nil || strings.ToLower(*s.Cookie) != *s.Cookie {
			return fmt.Errorf("cookie %q", *s.Cookie)
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

// A check that forgives would find every document right.
func TestDocumentIsChecked(t *testing.T) {
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
