package main

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpstat/internal/nettest"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// witnessDifferences are all the places where /proc tells another story than
// sock_diag does. Everything else it tells alike.
var witnessDifferences = []struct {
	reason string
	field  string

	// of tells the stands that differ, all if nil.
	of func(st *nettest.Stand) bool

	// allows reports whether these are the values that differ so. Where nil,
	// that of /proc is null.
	allows func(netlink, proc any) bool

	may bool // it comes and goes, and may as well not be seen
}{
	{reason: "not in /proc", field: "cookie"},
	{reason: "not in /proc", field: "cgroup", of: isFull, may: procnet.Self().SystemdCgroupV1()}, // whose number then says nothing
	{reason: "not in /proc", field: "interface", of: func(st *nettest.Stand) bool { return st.Interface != 0 }},
	{reason: "not in /proc", field: "v6only", of: func(st *nettest.Stand) bool { return st.V6Only != (tcp.Opt[bool]{}) }},
	{reason: "not in /proc", field: "accept_queue.limit", of: isListener},
	{reason: "not in /proc", field: "accept_queue.drops", of: isListener},
	{reason: "no tcp_info in /proc", field: "tcp_info", of: isFull},
	{reason: "no tcp_info in /proc", field: "congestion", of: isFull},
	{reason: "no socket memory in /proc", field: "memory", of: isFull},
	{reason: "no byte counters in /proc: data cannot be ruled out", field: "completeness", of: mayHaveData},
	{reason: "no time of the last ACK in /proc", field: "age.min_ms", of: hasLastACK},
	{reason: "no time of the last data in /proc", field: "age.max_ms", of: hasLastACK},
	{
		reason: "sock_diag counts what was sent, answers to repeated SYNs too; /proc how often the timer fired",
		field:  "timer.retransmits", of: isHalfOpen,
		allows: func(netlink, proc any) bool { return proc != nil },
	},
	{reason: "no backoff in /proc, which counts the probes of a closed window", field: "timer.limit", of: isProbing, may: true},
	{reason: "no backoff in /proc, which counts the probes of a closed window", field: "timer.gives_up_ms", of: isProbing, may: true},
	{
		reason: "no backoff in /proc: fewer waits are certain to be over",
		field:  "age.min_ms", of: func(st *nettest.Stand) bool { return st.State == tcp.SynSent },
		allows: func(netlink, proc any) bool { return proc != nil && proc.(float64) < netlink.(float64) },
	},
	{
		reason: "BOUND is not in /proc",
		field:  "", of: func(st *nettest.Stand) bool { return st.State == tcp.Bound },
	},
}

func isListener(st *nettest.Stand) bool { return st.State == tcp.Listen }

func isFull(st *nettest.Stand) bool { return !st.Mini }

func isHalfOpen(st *nettest.Stand) bool { return st.State == tcp.SynRecv && st.Mini }

func isProbing(st *nettest.Stand) bool { return st.Timer.Kind == tcp.WindowProbe }

func mayHaveData(st *nettest.Stand) bool {
	return !st.Mini && st.State != tcp.Listen && st.State != tcp.SynSent && st.State != tcp.SynRecv
}

func hasLastACK(st *nettest.Stand) bool {
	return st.State == tcp.CloseWait || st.State == tcp.Closing || st.State == tcp.FinWait2 && st.Ownership == tcp.OwnedByProcess
}

// sighting is one socket, every value under its path.
type sighting map[string]any

func sightings(t *testing.T, scene *nettest.Scene, source string) map[*nettest.Stand]sighting {
	t.Helper()
	all := map[*nettest.Stand]sighting{}
	for st, s := range standing(t, list(t, "tcpstat", "-anpim", "--json", "--source", source), scene) {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var values map[string]any
		if err := json.Unmarshal(text, &values); err != nil {
			t.Fatal(err)
		}
		flat := sighting{}
		for key, value := range values {
			members, ok := value.(map[string]any)
			if !ok || key == "tcp_info" || key == "memory" {
				flat[key] = value
				continue
			}
			for member, value := range members {
				flat[key+"."+member] = value
			}
		}
		all[st] = flat
	}
	return all
}

// isCounted reports whether the next time that its timer fires shows in what is
// retried: not that of a half-open connection that waits for data, nor that of a probe
// that is answered, nor a tail loss probe, which may come before the first retry.
func isCounted(st *nettest.Stand, s sighting) bool {
	return st.Timer.Kind == tcp.RetransmitTimer && !st.Mini && s.number("timer.retransmits") > 0
}

// retried is what changes when a timer fires.
func (s sighting) retried() [2]any { return [2]any{s["timer.retransmits"], s["timer.probes"]} }

// number is a value, or NaN for null.
func (s sighting) number(field string) float64 {
	if n, ok := s[field].(float64); ok {
		return n
	}
	return math.NaN()
}

// The two sources tell the same story.
func TestTwoWitnesses(t *testing.T) {
	scene := nettest.Build(t)
	seen := map[int]bool{}
	compared := map[*nettest.Stand]bool{}
	// Timers run on. Each socket is compared when its own has not fired between two
	// looks by sock_diag, nor was set again as a repeated SYN does.
	nettest.Poll(t, func() error {
		began := time.Now()
		before, proc, after := sightings(t, scene, "netlink"), sightings(t, scene, "proc"), sightings(t, scene, "netlink")
		took := time.Since(began)
		var late []string
		for _, st := range scene.Stands {
			b, p, a := before[st], proc[st], after[st]
			if b == nil || a == nil {
				return fmt.Errorf("stand %q is not there", st.Name)
			}
			if !isCounted(st, b) && b.number("timer.expires_ms") <= float64(took.Milliseconds()) ||
				a.number("timer.expires_ms") > b.number("timer.expires_ms") || b.retried() != a.retried() {
				if !compared[st] {
					late = append(late, st.Name)
				}
				continue
			}
			compared[st] = true
			for i, d := range witnessDifferences {
				if d.field == "" && d.of(st) && p == nil {
					seen[i] = true
					p = b
				}
			}
			if p == nil {
				t.Errorf("stand %q is not in /proc", st.Name)
				continue
			}
			compareSightings(t, st, b, p, a, took, seen)
		}
		if t.Failed() {
			return nil
		}
		for i, d := range witnessDifferences {
			if !seen[i] && !d.may && len(scene.Missing) == 0 {
				return fmt.Errorf("never seen: %s: %s", d.field, d.reason)
			}
		}
		if len(late) > 0 {
			return fmt.Errorf("timers fired all the while: %q", late)
		}
		return nil
	})
}

func compareSightings(t *testing.T, st *nettest.Stand, before, proc, after sighting, took time.Duration, seen map[int]bool) {
	t.Helper()
	for field, value := range before {
		if alike(field, before, proc, after, took) {
			continue
		}
		explained := false
		for i, d := range witnessDifferences {
			if d.field != field || d.of != nil && !d.of(st) {
				continue
			}
			if d.allows == nil && proc[field] == nil || d.allows != nil && d.allows(value, proc[field]) {
				explained, seen[i] = true, true
			}
		}
		if !explained {
			t.Errorf("stand %q: %s by sock_diag %v, in /proc %v", st.Name, field, value, proc[field])
		}
	}
}

// alike reports whether /proc tells a value as sock_diag does before and after.
func alike(field string, before, proc, after sighting, took time.Duration) bool {
	if (before[field] == nil) != (proc[field] == nil) {
		// A note of people's words goes by what both know.
		return field == "note"
	}
	const tick = 10 // ms, of /proc and of the slowest jiffy
	low, high := before.number(field), after.number(field)
	if low > high {
		low, high = high, low
	}
	got := proc.number(field)
	switch field {
	case "note":
		return true
	case "timer.expires_ms", "age.min_ms", "age.max_ms":
		return before[field] == nil || got >= low-2*tick && got <= high+2*tick
	case "timer.gives_up_ms":
		// One knows how long it went on, the other adds up the waits.
		slack := high/10 + float64(took.Milliseconds()) + 2*tick
		return before[field] == nil || got >= low-slack && got <= high+slack
	case "processes":
		return reflect.DeepEqual(ordered(before[field]), ordered(proc[field]))
	}
	return reflect.DeepEqual(before[field], proc[field])
}

func ordered(list any) []string {
	all, _ := list.([]any)
	var words []string
	for _, element := range all {
		words = append(words, strings.TrimSpace(fmt.Sprint(element)))
	}
	slices.Sort(words)
	return words
}
