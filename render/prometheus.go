package render

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tcpstat/health"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// AppendPrometheus writes the same outcome in Prometheus' text format 0.0.4, for a
// textfile collector: the status of each rule, its metrics in base units (ratios
// and seconds), and whether it was judged.
func (c *Check) AppendPrometheus(dst []byte) []byte {
	dst = family(dst, "tcpstat_check_status", "Judgement of all rules together: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
	dst = sample(dst, "tcpstat_check_status", "", float64(c.Report.Status))
	if !c.Head.Time.IsZero() { // a record may lack it
		dst = family(dst, "tcpstat_check_timestamp_seconds", "When the machine was looked at, in Unix time.")
		dst = sample(dst, "tcpstat_check_timestamp_seconds", "", float64(c.Head.Time.UnixMilli())/1000)
	}
	dst = family(dst, "tcpstat_rule_status", "Judgement of a rule by its worst subject: 0 OK, 1 WARNING, 2 CRITICAL.")
	for i := range c.Report.Results {
		r := &c.Report.Results[i]
		dst = sample(dst, "tcpstat_rule_status", labels(r), float64(r.Status))
	}
	if len(c.Report.NotJudged) > 0 {
		dst = family(dst, "tcpstat_rule_not_judged", "Rules that could not be judged, with the reason.")
	}
	for _, n := range c.Report.NotJudged {
		dst = sample(dst, "tcpstat_rule_not_judged", `rule="`+n.Rule.ID+`",reason="`+string(n.Reason)+`"`, 1)
	}
	for _, g := range c.gauges() {
		dst = append(family(dst, g.name, g.help), g.samples...)
	}
	return dst
}

// gauge is one metric of a rule with its samples: a rule may have been asked for
// several ports.
type gauge struct {
	name, help string
	samples    []byte
}

// gauges are the metrics that are known, each under a name of its own.
func (c *Check) gauges() (list []gauge) {
	for i := range c.Report.Results {
		r := &c.Report.Results[i]
		for j := range r.Metrics {
			m := &r.Metrics[j]
			if !m.Known {
				continue
			}
			name, value := prometheusName(r.Rule.ID, m)
			at := slices.IndexFunc(list, func(g gauge) bool { return g.name == name })
			if at < 0 {
				at = len(list)
				list = append(list, gauge{name: name, help: r.Rule.Title.In(tcp.English) + " (" + m.Name + "), of the worst subject."})
			}
			list[at].samples = sample(list[at].samples, name, labels(r), value)
		}
	}
	return list
}

// prometheusName names a metric by Prometheus' conventions: prefix, what is
// measured, base unit.
func prometheusName(rule string, m *health.Metric) (name string, value float64) {
	name, value = m.Name, m.Value
	for _, unit := range []struct {
		unit, ours, theirs string
		factor             float64
	}{
		{"%", "_percent", "_ratio", 0.01},
		{"ms", "_ms", "_seconds", 0.001},
		{"1/s", "_per_s", "_per_second", 1},
	} {
		if m.Unit == unit.unit {
			name, value = strings.TrimSuffix(name, unit.ours)+unit.theirs, value*unit.factor
		}
	}
	return "tcpstat_" + strings.ReplaceAll(rule, "-", "_") + "_" + name, value
}

func family(dst []byte, name, help string) []byte {
	dst = append(dst, "# HELP "+name+" "+strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help)+"\n"...)
	return append(dst, "# TYPE "+name+" gauge\n"...)
}

func sample(dst []byte, name, labels string, value float64) []byte {
	dst = append(dst, name...)
	if labels != "" {
		dst = append(dst, "{"+labels+"}"...)
	}
	return append(strconv.AppendFloat(append(dst, ' '), math.Round(value*1e6)/1e6, 'f', -1, 64), '\n')
}

// labels names the rule and its worst subject, which is foreign text.
func labels(r *health.Result) string {
	text := `rule="` + r.Rule.ID + `"`
	if subject := r.Subject.String(); subject != "" {
		subject = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(typeset.Escape(subject))
		text += `,subject="` + subject + `"`
	}
	return text
}
