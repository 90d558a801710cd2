package render

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tcpstat/explain"
	"tcpstat/listing"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// The reference and the document must name the same keys.
func TestReferenceIsComplete(t *testing.T) {
	document := fullDocument(t)
	socket := document["sockets"].([]any)[0].(map[string]any)
	delete(document["summary"].(map[string]any), "states") // its keys are the states
	document["sockets"] = []any{"see below"}
	checkKeys(t, "document", explain.Keys("document"), keysOf("", document), "summary.states")

	checkKeys(t, "memory", explain.Keys("memory"), keysOf("", socket["memory"].(map[string]any)))
	var info []explain.Key
	for _, f := range tcp.InfoFields {
		info = append(info, explain.Key{Path: f.Key})
	}
	checkKeys(t, "tcp_info", info, keysOf("", socket["tcp_info"].(map[string]any)))
	socket["memory"], socket["tcp_info"] = "see below", "see below"
	checkKeys(t, "socket", explain.Keys("socket"), keysOf("", socket))
}

// fullDocument is a document in which no object is null. No real socket has
// them all.
func fullDocument(t *testing.T) map[string]any {
	t.Helper()
	s := &tcp.Socket{
		Family: tcp.IPv4, State: tcp.Listen,
		Local:  netip.MustParseAddrPort("127.0.0.1:80"),
		Remote: netip.MustParseAddrPort("127.0.0.1:4000"),
		Memory: tcp.Some(tcp.Memory{}),
	}
	s.Info.SetBytes(make([]byte, 280))
	j := &JSON{Info: true, Memory: true}
	text := j.AppendHead(nil, listing.Head{})
	text = j.AppendRow(text, &listing.Row{Socket: s, HoldersKnown: true, Holders: []tcp.Holder{{Process: new(tcp.Process)}}})
	text = j.AppendTail(text, listing.Tail{Missing: []listing.Missing{{}}, Namespaces: []listing.Namespace{{}}})
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document
}

// So must the roll-up and its reference, in which the keys of the list document
// are not told again.
func TestRollupReferenceIsComplete(t *testing.T) {
	listener := socket(tcp.Listen, "127.0.0.1:80", "", backlog(0, 1))
	u := rollup.New(rollup.Options{By: rollup.ByListener})
	u.Add(rows([]specimen{listener})[0])
	result := u.Result()
	g := result.Groups[0] // no real group has all subjects
	g.PID, g.Peer = 1, netip.IPv6Unspecified()
	text := new(RollupJSON).Append(nil, listing.Head{}, result, listing.Tail{Missing: []listing.Missing{{}}, Namespaces: []listing.Namespace{{}}})
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	group := document["groups"].([]any)[0].(map[string]any)
	delete(group, "states")
	checkKeys(t, "group", explain.Keys("group"), keysOf("", group), "states")

	list := fullDocument(t)
	for _, d := range []map[string]any{document, list} {
		delete(d["summary"].(map[string]any), "states")
	}
	list["sockets"], document["groups"] = []any{""}, []any{""}
	common := keysOf("", list)
	var own []string
	for _, key := range keysOf("", document) {
		if !slices.Contains(common, key) || key == "kind" || key == "summary.total" {
			own = append(own, key)
		}
	}
	checkKeys(t, "rollup", explain.Keys("rollup"), own)
	for _, key := range common {
		if key != "sockets[]" && !slices.Contains(keysOf("", document), key) {
			t.Errorf("the roll-up lacks %s", key)
		}
	}
}

// keysOf lists the paths of the leaves of an object.
func keysOf(prefix string, object map[string]any) (paths []string) {
	for key, value := range object {
		switch v := value.(type) {
		case map[string]any:
			paths = append(paths, keysOf(prefix+key+".", v)...)
		case []any:
			paths = append(paths, prefix+key+"[]")
			if element, ok := v[0].(map[string]any); ok {
				paths = append(paths, keysOf(prefix+key+"[].", element)...)
			}
		default:
			paths = append(paths, prefix+key)
		}
	}
	return paths
}

func checkKeys(t *testing.T, name string, documented []explain.Key, got []string, aside ...string) {
	t.Helper()
	var want []string
	for _, k := range documented {
		if !slices.Contains(aside, k.Path) {
			want = append(want, k.Path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s has the keys\n%s\nthe reference has\n%s", name, strings.Join(got, " "), strings.Join(want, " "))
	}
}
