package procnet

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"tcpstat/tcp"
)

func TestReservedPorts(t *testing.T) {
	for text, want := range map[string]tcp.PortSpans{
		"\n":                          nil,
		"":                            nil,
		"8080\n":                      {{First: 8080, Last: 8080}},
		"8000-9000,9100,0-3\n":        {{First: 0, Last: 3}, {First: 8000, Last: 9000}, {First: 9100, Last: 9100}},
		"1000-1999,1500-3000,65535\n": {{First: 1000, Last: 3000}, {First: 65535, Last: 65535}},
	} {
		got, err := New(fstest.MapFS{reservedPorts: {Data: []byte(text)}}, "net").ReservedPorts()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	if got, err := New(fstest.MapFS{}, "net").ReservedPorts(); got != nil || err != nil {
		t.Errorf("no file: %v, %v", got, err)
	}
	for _, text := range []string{"x\n", "1,\n", "9-8\n", "65536\n", "-1\n", "1-2-3\n", "8080"} {
		var bad *LineError
		got, err := New(fstest.MapFS{reservedPorts: {Data: []byte(text)}}, "net").ReservedPorts()
		if got != nil || !errors.As(err, &bad) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	unreadable := New(fstest.MapFS{reservedPorts: {Mode: fs.ModeDir}}, "net")
	if got, err := unreadable.ReservedPorts(); got != nil || err == nil {
		t.Errorf("a folder: %v, %v", got, err)
	}
}
