package render

import (
	"bytes"
	"math"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// hostileName is what a process may call itself.
const hostileName = "ja|va'\"\\\n\x1b[31m\xff"

// sick is a check that finds something of every kind.
func sick() *Check {
	result := func(id string, status health.Status, subject health.Subject, values ...float64) health.Result {
		rule, _ := health.Find(id)
		r := health.Result{Rule: rule, Status: status, Diagnosis: rule.Diagnosis, Subject: subject}
		if subject.Kind == health.Process {
			r.Processes = []tcp.Process{subject.Process}
		}
		for i, limit := range rule.Limits {
			value := math.NaN()
			if i < len(values) {
				value = values[i]
			}
			r.Metrics = append(r.Metrics, health.Metric{Limit: limit, Value: value, Known: !math.IsNaN(value)})
		}
		return r
	}
	leak := result("close-wait-leak", health.Critical, health.Subject{
		Kind: health.Process, Process: tcp.Process{PID: 4711, Name: hostileName},
	}, 131)
	leak.Evidence = []health.Evidence{{Key: "oldest_ms", Value: 842000}}
	connects := result("syn-sent-stuck", health.Warning, health.Subject{Kind: health.Peer, Remote: netip.MustParseAddrPort("[2001:db8::1]:443")}, 3)
	connects.Others = 2
	overflow := result("listen-overflow", health.OK, health.Subject{}, 7.25)
	overflow.ExplainedBy = "accept-queue"
	window := result("zero-window", health.OK, health.Subject{}, 0, 1500)
	rule, _ := health.Find("orphans")
	return &Check{
		Head: listing.Head{Time: time.Date(2026, 11, 20, 10, 37, 41, 5e8, time.UTC), Host: "web-1", NetNS: tcp.Some[uint64](4026531840)},
		Report: health.Report{
			Status:    health.Critical,
			Results:   []health.Result{connects, leak, overflow, window},
			NotJudged: []health.NotJudged{{Rule: rule, Reason: health.HostWide}},
		},
		Code: 2, Window: 10 * time.Second,
		Tail: listing.Tail{Source: "netlink", Missing: []listing.Missing{{Field: "processes", Reason: listing.NoPermission, Sockets: tcp.Some[uint](2)}}},
	}
}

func TestCheckGolden(t *testing.T) {
	for _, lang := range languages {
		c := sick()
		c.Lang = lang
		at := map[tcp.Lang]string{tcp.Korean: "-ko"}[lang]
		checkList(t, "check"+at+".plugin", string(c.AppendPlugin(nil)))
		checkList(t, "check"+at+".json", string(c.AppendJSON(nil)))
	}
	checkList(t, "check.prometheus", string(sick().AppendPrometheus(nil)))
	checkList(t, "check-overview.json", string(sick().AppendOverviewJSON(nil)))
}

func TestOverviewGolden(t *testing.T) {
	calm := func() *Check {
		c := sick()
		c.Window = 0
		c.Report = health.Report{Results: c.Report.Results[3:]}
		c.Tail = listing.Tail{Source: "netlink"}
		return c
	}
	checkList(t, "overview-80", printList(&Overview{Width: 80, check: sick()}, rows(everySocket), "netlink"))
	checkList(t, "overview-color-120", printList(&Overview{Width: 120, check: sick(), Palette: typeset.NewPalette()}, rows(everySocket), "netlink"))
	checkList(t, "overview-calm-80", printList(&Overview{Width: 80, check: calm()}, rows(server), "netlink"))
	yet := calm()
	yet.Report.NotJudged = sick().Report.NotJudged
	checkList(t, "overview-yet-80", printList(&Overview{Width: 80, check: yet}, rows(server), "netlink"))
	gaps := calm()
	gaps.Tail = sick().Tail
	checkList(t, "overview-gaps-80", printList(&Overview{Width: 80, check: gaps}, rows(server), "netlink"))
	proc := calm()
	proc.Tail.Source = "proc"
	checkList(t, "overview-proc-80", printList(&Overview{Width: 80, check: proc}, rows(server), "proc"))
}

// A healthy overview fits a terminal of 24 lines, with every state there is.
func TestOverviewFits(t *testing.T) {
	for _, lang := range languages {
		c := sick()
		c.Report = health.Report{Results: c.Report.Results[3:], NotJudged: c.Report.NotJudged}
		c.Tail.Missing, c.Lang = nil, lang
		text := printList(&Overview{Width: 80, check: c, Lang: lang}, rows(everySocket), "netlink")
		if n := strings.Count(text, "\n"); n >= 24 {
			t.Errorf("%d lines:\n%s", n, text)
		}
		for _, line := range strings.Split(text, "\n") {
			if typeset.Width(line) > 80 {
				t.Errorf("%d columns: %s", typeset.Width(line), line)
			}
		}
	}
}

// A command to run next looks at the same place.
func TestOverviewElsewhere(t *testing.T) {
	o := &Overview{Width: 80, check: sick()}
	text := string(o.AppendTail(o.AppendHead(nil, listing.Head{Where: "--netns blue"}), listing.Tail{Source: "netlink"}))
	for _, want := range []string{"tcpstat -p state CLOSE_WAIT --netns blue\n", "tcpstat explain close-wait-leak\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The grammar of https://www.monitoring-plugins.org/doc/guidelines.html: sections
// 2.3 (output), 2.5 (ranges) and 2.6 (performance data).
var (
	pluginNumber = `-?[0-9]+(?:\.[0-9]+)?`
	pluginRange  = `@?(?:(?:~|` + pluginNumber + `)?:)?(?:` + pluginNumber + `)?`
	pluginItem   = regexp.MustCompile(`^'([^'=|]+)'=(?:(` + pluginNumber + `)(s|ms|us|%|B|KB|MB|TB|c)?|U);(` +
		pluginRange + `)?;(` + pluginRange + `)?;(` + pluginNumber + `)?;(` + pluginNumber + `)?$`)
	pluginHead = regexp.MustCompile(`^TCP (OK|WARNING|CRITICAL|UNKNOWN) - [[:print:]]+$`)
)

// parsePlugin reads what a plugin printed, as strictly as the guidelines are
// written, and gives its performance data.
func parsePlugin(t *testing.T, text string) map[string]string {
	t.Helper()
	first, long, _ := strings.Cut(text, "\n")
	head, perfdata, _ := strings.Cut(first, " |")
	if !pluginHead.MatchString(head) || strings.Contains(perfdata+long, "|") {
		t.Errorf("not the output of a plugin: %q", text)
	}
	data := map[string]string{}
	for _, item := range strings.Fields(perfdata) {
		m := pluginItem.FindStringSubmatch(item)
		if m == nil {
			t.Errorf("not performance data: %q", item)
			continue
		}
		if _, twice := data[m[1]]; twice {
			t.Errorf("%s is there twice", m[1])
		}
		data[m[1]] = m[2] + m[3]
		for _, text := range m[4:6] {
			if _, err := health.ParseRange(text); err != nil && text != "" {
				t.Errorf("%s: %v", item, err)
			}
		}
	}
	return data
}

func TestPluginGrammar(t *testing.T) {
	data := parsePlugin(t, string(sick().AppendPlugin(nil)))
	for label, want := range map[string]string{
		"close-wait-leak.close_wait_old": "131", "close-wait-leak.open_files_percent": "",
		"listen-overflow.overflows_per_s": "7.25", "zero-window.shut_ms": "1500ms",
	} {
		if got, ok := data[label]; !ok || got != want {
			t.Errorf("%s is %q, want %q", label, got, want)
		}
	}
	listener, _ := health.Find("listener")
	c := &Check{Report: health.Check(&health.Facts{Census: health.NewCensus(health.RuleAges)},
		health.Options{Rules: []health.Asked{{Rule: listener, Port: 80}, {Rule: listener, Port: 443}}})}
	if data := parsePlugin(t, string(c.AppendPlugin(nil))); len(data) != 2 {
		t.Errorf("two ports come out as %v", data)
	}
	parsePrometheus(t, c.AppendPrometheus(nil))
	for _, status := range []health.Status{health.OK, health.Unknown} {
		rule, _ := health.Find("retrans")
		c := &Check{Report: health.Report{Status: status, NotJudged: []health.NotJudged{{Rule: rule, Reason: health.NoWindow}}}}
		parsePlugin(t, string(c.AppendPlugin(nil)))
	}
	parsePlugin(t, PluginUnknown("a | b")+"\n")
}

// A finding tells the metric that alerts, and performance data the unit of a ratio.
func TestFindingOfSecondMetric(t *testing.T) {
	c := sick()
	c.Report.Results = c.Report.Results[1:2]
	leak := &c.Report.Results[0]
	leak.Metrics[0].Value = 9 // 50 % of few descriptors
	leak.Metrics[1].Value, leak.Metrics[1].Known = 62.5, true
	text := string(c.AppendPlugin(nil))
	if !strings.Contains(text, "/4711 (open files 62.5 %)") || !strings.Contains(text, "; close wait old 9 sockets, oldest 14m") {
		t.Errorf("%s", text)
	}
	if got := parsePlugin(t, text)["close-wait-leak.open_files_percent"]; got != "62.5%" {
		t.Errorf("performance data %q", got)
	}
}

// parsePrometheus reads metrics as Prometheus does, and holds them to its
// conventions (https://prometheus.io/docs/practices/naming/).
func parsePrometheus(t *testing.T, text []byte) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	values := map[string]float64{}
	badUnit := regexp.MustCompile(`_(ms|milliseconds|percent|per_s|total|count|info)$`)
	for name, family := range families {
		if !strings.HasPrefix(name, "tcpstat_") || badUnit.MatchString(name) || family.GetHelp() == "" {
			t.Errorf("name or help against the conventions: %s %q", name, family.GetHelp())
		}
		seen := map[string]bool{}
		for _, m := range family.GetMetric() {
			if seen[m.String()] || m.Gauge == nil {
				t.Errorf("%s: twice, or no gauge: %v", name, m)
			}
			seen[m.String()] = true
			values[name] = m.GetGauge().GetValue()
			for _, label := range m.GetLabel() {
				if label.GetName() == "subject" && strings.Contains(label.GetValue(), "va") {
					values[label.GetValue()] = 1
				}
			}
		}
	}
	return values
}

func TestPrometheusFormat(t *testing.T) {
	values := parsePrometheus(t, sick().AppendPrometheus(nil))
	for name, want := range map[string]float64{
		"tcpstat_check_status": 2, "tcpstat_close_wait_leak_close_wait_old": 131,
		"tcpstat_zero_window_shut_seconds": 1.5, "tcpstat_listen_overflow_overflows_per_second": 7.25,
		`ja|va'"\\\n\x1b[31m\xff/4711`: 1,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%q is %v, want %v", name, got, want)
		}
	}
	if _, ok := values["tcpstat_close_wait_leak_open_files_ratio"]; ok {
		t.Error("a metric that is not known has a value")
	}
}

// Ratios have six digits, and the time its milliseconds.
func TestPrometheusPrecision(t *testing.T) {
	c := sick()
	c.Head.Time = time.UnixMilli(1_795_430_261_537)
	leak := &c.Report.Results[1].Metrics[1]
	leak.Value, leak.Known = 12.3456789, true
	values := parsePrometheus(t, c.AppendPrometheus(nil))
	for name, want := range map[string]float64{
		"tcpstat_check_timestamp_seconds":          1_795_430_261.537,
		"tcpstat_close_wait_leak_open_files_ratio": 0.123457,
	} {
		if got := values[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// A record may not tell when it was made.
func TestPrometheusWithoutTime(t *testing.T) {
	timeless := sick()
	timeless.Head.Time = time.Time{}
	if at, ok := parsePrometheus(t, timeless.AppendPrometheus(nil))["tcpstat_check_timestamp_seconds"]; ok {
		t.Errorf("a time that is not known is %v", at)
	}
}
