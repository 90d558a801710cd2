package render

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"tcpstat/document"
	"tcpstat/health"
	"tcpstat/internal/rowtest"
	"tcpstat/listing"
	"tcpstat/rollup"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// Every document that is printed is one of package document, key by key and value by
// value, and none of its keys is null in all of them.
func TestDocuments(t *testing.T) {
	keys := told{}
	g := rowtest.NewGenerator(t)
	all := append(rows(everySocket), g.Rows(300)...)

	for _, j := range []*JSON{{Info: true, Memory: true}, {OneLine: true}, {Lang: tcp.Korean}} {
		look(keys, decode[document.Sockets](t, printList(j, all, "netlink")))
	}
	for by := rollup.ByState; by <= rollup.ByPeer; by++ {
		for _, top := range []int{0, 3} {
			text := printList(rollUp(rollup.Options{By: by, Top: top}, &RollupJSON{}), all, "proc")
			look(keys, decode[document.Rollup](t, text))
		}
	}
	look(keys, decode[document.Sockets](t, printEverywhere(&JSON{})))
	j := &JSON{}
	tail := listing.Tail{Source: "proc", Replayed: true, Missing: []listing.Missing{{Field: "a", Sockets: tcp.Some[uint](1)}}}
	look(keys, decode[document.Sockets](t, string(j.AppendTail(j.AppendHead(nil, listing.Head{}), tail))))

	known := sick()
	known.Report.Results[1].Processes[0] = leaking
	known.Report.Results[1].Cause = "never_reads"
	for _, check := range []*Check{known, {Report: health.Report{Status: health.OK}, Lang: tcp.Korean}} {
		look(keys, decode[document.Check](t, string(check.AppendJSON(nil))))
		look(keys, decode[document.Overview](t, string(check.AppendOverviewJSON(nil))))
	}
	for _, s := range []*Statistics{lossy(0), lossy(5 * time.Second), {}} {
		look(keys, decodeStatistics(t, s))
	}
	documentsOfWatch(t, keys, g, all)

	for _, of := range []reflect.Type{
		reflect.TypeFor[document.Sockets](), reflect.TypeFor[document.Rollup](), reflect.TypeFor[document.Check](),
		reflect.TypeFor[document.Overview](), reflect.TypeFor[document.Statistics](), reflect.TypeFor[document.Event](),
		reflect.TypeFor[document.Sample](), reflect.TypeFor[document.Summary](),
	} {
		for _, key := range keys.never(of) {
			if key != "document.TCPInfo.LastAckSent" { // the kernel does not keep it
				t.Errorf("%s is always null", key)
			}
		}
	}
}

func documentsOfWatch(t *testing.T, keys told, g rowtest.Generator, rows []*listing.Row) {
	j := &WatchJSON{States: tcp.AllStates}
	j.AppendHead(nil, listing.Head{})
	events := watchEvents()
	for i, r := range rows {
		e := events[i%len(events)]
		e.Row, e.Socket = r, r.Socket
		events = append(events, e)
	}
	for i := range events {
		look(keys, decode[document.Event](t, string(j.AppendEvent(nil, &events[i]))))
	}
	for range 20 {
		s := watch.Sample{
			Time: watchNow, Count: g.IntN(9), Brief: g.Number(), LostEvents: g.Number(), Growth: rowtest.Some(g, g.NormFloat64()*1000),
			Oldest: tcp.Age{Min: rowtest.Some(g, time.Duration(g.Number()>>1)), Max: rowtest.Some(g, time.Duration(g.Number()>>1))},
		}
		look(keys, decode[document.Sample](t, string(j.AppendSample(nil, &s))))
		summary := fullSummary()
		summary.Sample, summary.NetNS = s, rowtest.Some(g, g.Number())
		summary.Reached = rowtest.Some(g, g.Maybe())
		look(keys, decode[document.Summary](t, string(j.AppendSummary(nil, summary))))
	}
	look(keys, decode[document.Summary](t, string(j.AppendSummary(nil, &WatchSummary{Source: "proc"}))))
}

// told holds which keys were not null in some document.
type told map[string]bool

// look notes the keys of a document.
func look[T any](k told, d *T) { k.note(reflect.ValueOf(d).Elem()) }

func (k told) note(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			k.note(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			k.note(v.Index(i))
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if !value.IsZero() {
				k[fmt.Sprint(v.Type(), ".", field.Name)] = true
				k.note(value)
			}
		}
	}
}

// never lists the keys of a document that may be null and always were.
func (k told) never(of reflect.Type) (keys []string) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		return k.never(of.Elem())
	case reflect.Struct:
		for field := range of.Fields() {
			key := fmt.Sprint(of, ".", field.Name)
			if !field.IsExported() || k[key] {
				keys = append(keys, k.never(field.Type)...)
				continue
			}
			switch field.Type.Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map, reflect.String:
				keys = append(keys, key)
			}
		}
	}
	return keys
}
