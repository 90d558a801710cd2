package explain

import (
	"encoding"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tcpstat/document"
	"tcpstat/tcp"
)

// The reference names exactly the keys of the documents, with their types. What a
// document shares with the list, or a summary with a sample, is told once.
func TestReferenceIsComplete(t *testing.T) {
	list := keysOf[document.Sockets]("sockets[]")
	for _, test := range []struct {
		name string
		got  map[string]string
	}{
		{"document", list},
		{"socket", keysOf[document.Socket]("tcp_info", "memory")},
		{"memory", keysOf[document.Memory]()},
		{"event", keysOf[document.Event]("socket")},
		{"sample", keysOf[document.Sample]()},
		{"summary", besides(t, keysOf[document.Summary](), keysOf[document.Sample]())},
		{"rollup", besides(t, keysOf[document.Rollup]("groups[]"), without(list, "sockets[]"), "summary.total")},
		{"group", keysOf[document.Group]()},
		{"statistics", keysOf[document.Statistics]()},
		{"check", besides(t, keysOf[document.Check](), without(list, "sockets[]", "summary."))},
	} {
		want := map[string]string{}
		for _, key := range Keys(test.name) {
			want[key.Path] = key.Type
		}
		for _, path := range slices.Sorted(maps.Keys(test.got)) {
			if want[path] != test.got[path] {
				t.Errorf("%s: %s is %q in the document, %q in the reference", test.name, path, test.got[path], want[path])
			}
		}
		for _, path := range slices.Sorted(maps.Keys(want)) {
			if test.got[path] == "" {
				t.Errorf("%s: the document has no %s", test.name, path)
			}
		}
	}
	for _, o := range jsonObjects {
		if len(o.keys) == 0 {
			t.Errorf("%s has no keys", o.name)
		}
	}

	var info []string
	for field := range reflect.TypeFor[document.TCPInfo]().Fields() {
		info = append(info, field.Tag.Get("json"))
	}
	for i, field := range tcp.InfoFields {
		if i >= len(info) || info[i] != field.Key {
			t.Fatalf("tcp_info in the document differs from field %d, %s: %v", i, field.Key, info)
		}
	}

	overview, check := keysOf[document.Overview](), keysOf[document.Check]()
	for _, path := range []string{"code", "window_ms"} {
		delete(check, path)
	}
	maps.Copy(check, map[string]string{"summary.total": "number", "summary.states": "object"})
	if !maps.Equal(overview, check) {
		t.Errorf("the overview has %v, the check %v", overview, check)
	}
}

// keysOf gives the keys of a document with their types in JSON, as [Key] has them. Of
// the objects that are named it tells nothing but that.
func keysOf[T any](closed ...string) map[string]string {
	keys := map[string]string{}
	addKeys(keys, "", reflect.TypeFor[T](), closed)
	return keys
}

func addKeys(keys map[string]string, prefix string, object reflect.Type, closed []string) {
	for field := range object.Fields() {
		if field.Anonymous {
			addKeys(keys, prefix, field.Type, closed)
			continue
		}
		path, of := prefix+field.Tag.Get("json"), field.Type
		for of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		element := of.Kind() == reflect.Slice
		if element {
			path, of = path+"[]", of.Elem()
		}
		kind := jsonType(of)
		open := kind == "object" && of.Kind() == reflect.Struct && !slices.Contains(closed, path)
		if !open || element {
			keys[path] = kind
		}
		if open {
			addKeys(keys, path+".", of, closed)
		}
	}
}

// jsonType is what values of a Go type are in JSON.
func jsonType(of reflect.Type) string {
	switch {
	case of.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return "string"
	case of.Kind() == reflect.String:
		return "string"
	case of.Kind() == reflect.Bool:
		return "boolean"
	case of.Kind() == reflect.Struct || of.Kind() == reflect.Map:
		return "object"
	}
	return "number"
}

// without leaves out what begins with a prefix.
func without(keys map[string]string, prefixes ...string) map[string]string {
	rest := maps.Clone(keys)
	maps.DeleteFunc(rest, func(path, _ string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
	})
	return rest
}

// besides gives the keys that another document lacks, the kind, and others that are told
// anew. It must have all of the other's.
func besides(t *testing.T, keys, other map[string]string, anew ...string) map[string]string {
	t.Helper()
	rest := maps.Clone(keys)
	for path, kind := range other {
		if keys[path] != kind {
			t.Errorf("%s is %q", path, keys[path])
		}
		if path != "kind" && !slices.Contains(anew, path) {
			delete(rest, path)
		}
	}
	return rest
}
