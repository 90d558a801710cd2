package explain

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcpstat/tcp"
)

func TestSentence(t *testing.T) {
	for _, test := range []struct {
		counter tcp.Counter
		want    string
	}{
		{tcp.Counter{Group: "Tcp", Name: "RetransSegs", Value: 15}, "15 segments retransmitted"},
		{tcp.Counter{Group: "TcpExt", Name: "DelayedACKLost", Value: 1}, "Quick ack mode was activated 1 times"},
		{tcp.Counter{Group: "Tcp", Name: "MaxConn", Value: -1}, "connection limit -1"},
		{tcp.Counter{Group: "TcpExt", Name: "TCPUnheardOf", Value: 3}, "TCPUnheardOf: 3"},
		{tcp.Counter{Group: "Udp", Name: "InErrs", Value: 3}, "InErrs: 3"},
	} {
		if got := Sentence(test.counter, tcp.English); got != test.want {
			t.Errorf("%v: %q, want %q", test.counter, got, test.want)
		}
	}
}

var (
	kernelVersion    = regexp.MustCompile(`^\d+\.\d+$`)
	counterReference = regexp.MustCompile(`^(Linux (net|include|Documentation)/\S+\.(c|h|rst)( \([a-z0-9_, ]+\)|: [a-z0-9_, ]+)?|RFC \d+.*|(tcp|socket)\(7\): .+|kernels before .+)$`)
)

// Every counter says what it must, once, and nothing that a page cannot show.
func TestCounterDocs(t *testing.T) {
	seen := map[string]bool{}
	var order, kernel, groups []string
	for group, name := range tcp.CounterNames() {
		kernel = append(kernel, group+"."+name)
	}
	for doc := range Counters() {
		name := doc.Group + "." + doc.Name
		if seen[name] {
			t.Errorf("%s is documented twice", name)
		}
		seen[name] = true
		order = append(order, name)
		groups = append(groups, doc.Group)
		if Counter(doc.Group, doc.Name) != doc {
			t.Errorf("%s is not found by its name", name)
		}
		checkCounterTexts(t, name, doc)
		if (doc.Trouble == SomeRises) != (doc.When[tcp.English] != "") {
			t.Errorf("%s: when is it trouble? %q", name, doc.When[tcp.English])
		}
		if doc.Since != "" && !kernelVersion.MatchString(doc.Since) {
			t.Errorf("%s: no version: %q", name, doc.Since)
		}
		checkReferences(t, name, doc.References)
		for _, reference := range doc.References {
			if !counterReference.MatchString(reference) {
				t.Errorf("%s: odd reference %q", name, reference)
			}
		}
	}
	if !slices.Equal(order, kernel) {
		t.Errorf("documented are\n%v, the kernel has\n%v", order, kernel)
	}
	if groups = slices.Compact(groups); !slices.Equal(groups, []string{"Tcp", "TcpExt", "MPTcpExt"}) {
		t.Errorf("groups: %v", groups)
	}
	if len(seen) < 220 {
		t.Errorf("only %d counters are documented", len(seen))
	}
}

func checkCounterTexts(t *testing.T, name string, doc *CounterDoc) {
	t.Helper()
	if sentence := doc.Sentence[tcp.English]; strings.Count(sentence, "{n}") != 1 || strings.HasSuffix(sentence, ".") {
		t.Errorf("%s: no sentence in netstat's habit: %q", name, sentence)
	}
	if doc.Raised[tcp.English] == "" {
		t.Errorf("%s: what raises it is missing", name)
	}
	for _, text := range []tcp.Text{doc.Raised, doc.Not, doc.When} {
		english := text[tcp.English]
		if english != "" && !strings.HasSuffix(english, ".") || strings.ContainsAny(english, "{}") {
			t.Errorf("%s: not whole sentences: %q", name, english)
		}
	}
	if when := doc.When[tcp.English]; when != "" && !strings.HasPrefix(when, "when ") {
		t.Errorf("%s: not a condition: %q", name, when)
	}
	walkTexts(name, reflect.ValueOf(*doc), func(path string, text tcp.Text) {
		english := text[tcp.English]
		if english != strings.TrimSpace(english) || strings.Contains(english, "  ") || strings.ContainsAny(english, "\n\t`") {
			t.Errorf("%s has stray blanks, breaks or backquotes: %q", path, english)
		}
	})
}

// The counters that the rules of health judge name those rules.
func TestCounterRules(t *testing.T) {
	for rule, want := range map[string][]string{
		"listen-overflow": {"ListenOverflows"},
		"syn-queue":       {"TCPReqQFullDoCookies", "TCPReqQFullDrop"},
		"tw-overflow":     {"TCPTimeWaitOverflow"},
		"retrans":         {"OutSegs", "RetransSegs"},
		"rst-storm":       {"OutSegs", "OutRsts"},
		"rcv-drop":        {"RcvPruned", "TCPBacklogDrop", "TCPRcvQDrop"},
	} {
		var got []string
		for doc := range Counters() {
			if slices.Contains(doc.Rules, rule) {
				got = append(got, doc.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is judged by %v, want %v", rule, got, want)
		}
	}
}
