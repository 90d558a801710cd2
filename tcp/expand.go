package tcp

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A placeholder in a text is a name in braces, {tcp_fin_timeout} or
// {syn_sent_end}: a setting, or a figure that settings decide.

// Expand gives the text in a language with its placeholders filled in for a
// machine with these settings. A setting that is not known counts with the
// kernel's default, so that nil gives the text for a machine left as it came;
// [Sysctls.Setting] says which are known. A placeholder that nobody knows stays.
func (t Text) Expand(lang Lang, sysctls Sysctls) string {
	var b strings.Builder
	rest := t.In(lang)
	for {
		before, name, after, found := cutPlaceholder(rest)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(figureValue(name, lang, sysctls))
		rest = after
	}
}

// Sysctls lists the settings behind the text's placeholders, in the order of
// the text, each once.
func (t Text) Sysctls() []Sysctl {
	var names []Sysctl
	rest := t.In(English)
	for {
		_, name, after, found := cutPlaceholder(rest)
		if !found {
			return names
		}
		for _, s := range figureSysctls(name) {
			if !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
		rest = after
	}
}

// cutPlaceholder cuts a text at its first placeholder.
func cutPlaceholder(text string) (before, name, after string, found bool) {
	before, rest, found := strings.Cut(text, "{")
	if !found {
		return text, "", "", false
	}
	name, after, found = strings.Cut(rest, "}")
	if !found {
		return text, "", "", false
	}
	return before, name, after, true
}

// figure is a number that settings decide.
type figure struct {
	name    string
	sysctls []Sysctl
	value   func(Lang, Sysctls) string // every one of sysctls is there
}

var figures = [...]figure{
	{"syn_sent_end", []Sysctl{SynRetries, SynLinearTimeouts, RTOMax}, func(lang Lang, s Sysctls) string {
		return lang.formatTime(synFate(s).GivesUp)
	}},
	{"syn_sent_retries", []Sysctl{SynRetries, SynLinearTimeouts, RTOMax}, func(_ Lang, s Sysctls) string {
		return strconv.FormatUint(uint64(synFate(s).Limit), 10)
	}},
	{"syn_recv_end", []Sysctl{SynAckRetries, RTOMax}, func(lang Lang, s Sysctls) string {
		return lang.formatTime(modelTimeout(s.tries(SynAckRetries), synWait, s.longestWait()))
	}},
	{"data_end", []Sysctl{Retries2, RTOMax}, func(lang Lang, s Sysctls) string {
		return lang.formatTime(modelTimeout(s.tries(Retries2), rtoMin, s.longestWait()))
	}},
	{"orphan_end", []Sysctl{OrphanRetries, RTOMax}, func(lang Lang, s Sysctls) string {
		return lang.formatTime(modelTimeout(orphanRetries(s), rtoMin, s.longestWait()))
	}},
	{"orphan_retries", []Sysctl{OrphanRetries}, func(_ Lang, s Sysctls) string {
		return strconv.FormatInt(orphanRetries(s), 10)
	}},
	{"keepalive_end", []Sysctl{KeepaliveTime, KeepaliveProbes, KeepaliveInterval}, func(lang Lang, s Sysctls) string {
		return lang.formatTime(s.Duration(KeepaliveTime) + time.Duration(s.Value(KeepaliveProbes))*s.Duration(KeepaliveInterval))
	}},
	{"local_ports", []Sysctl{PortRangeLow, PortRangeHigh}, func(_ Lang, s Sysctls) string {
		return strconv.FormatInt(s.Value(PortRangeHigh)-s.Value(PortRangeLow)+1, 10)
	}},
}

// figureOf finds a figure by its name, nil if there is none.
func figureOf(name string) *figure {
	for i := range figures {
		if figures[i].name == name {
			return &figures[i]
		}
	}
	return nil
}

func figureValue(name string, lang Lang, sysctls Sysctls) string {
	if f := figureOf(name); f != nil {
		known := Sysctls{}
		for _, s := range f.sysctls {
			known[s] = sysctls.Setting(s).Value
		}
		return f.value(lang, known)
	}
	if doc := sysctlDoc(Sysctl(name)); doc.Name != "" {
		return doc.format(sysctls.Setting(doc.Name).Value, lang)
	}
	return "{" + name + "}"
}

func figureSysctls(name string) []Sysctl {
	if f := figureOf(name); f != nil {
		return f.sysctls
	}
	if doc := sysctlDoc(Sysctl(name)); doc.Name != "" {
		return []Sysctl{doc.Name}
	}
	return nil
}

// format gives a value for people: a time as such, the rest as a number.
func (d SysctlDoc) format(v int64, lang Lang) string {
	switch d.Unit {
	case "s":
		return lang.formatTime(time.Duration(v) * time.Second)
	case "ms":
		return lang.formatTime(time.Duration(v) * time.Millisecond)
	}
	return strconv.FormatInt(v, 10)
}

// Setting is one setting as a machine has it.
type Setting struct {
	Doc   SysctlDoc
	Value int64 // this machine's, or what it is taken to be
	Known bool  // false: Value is the kernel's default
}

// Setting gives a setting. One that this kernel is too old for has the value
// that such a kernel behaves by, and is known as long as any other is.
func (s Sysctls) Setting(name Sysctl) Setting {
	doc := sysctlDoc(name)
	if v, ok := s[name]; ok {
		return Setting{doc, v, true}
	}
	if doc.Since != "" && len(s) > 0 {
		return Setting{doc, doc.Absent, true}
	}
	return Setting{doc, doc.Default, false}
}

// Sized reports whether the kernel takes the default from the size of the
// machine, so that Default says nothing.
func (d SysctlDoc) Sized() bool {
	switch d.Name {
	case MaxTWBuckets, MaxSynBacklog, MaxOrphans:
		return true
	}
	return false
}

// synFate is what becomes of a SYN that nobody answers.
func synFate(s Sysctls) Forecast {
	fresh := Socket{State: SynSent, Timer: Timer{Kind: RetransmitTimer, Expires: synWait}}
	return fresh.forecastSYN(s).Or(Forecast{})
}

// orphanRetries gives what tcp_orphan_retries means (tcp_orphan_retries()).
func orphanRetries(s Sysctls) int64 {
	if n := s.tries(OrphanRetries); n != 0 {
		return n
	}
	return orphanTries
}

// formatTime gives a time as documents do, in seconds up to two minutes, so that
// a default reads as everybody knows it: 200 ms, 3 s, 60 s, 15m25s, 2h.
func (l Lang) formatTime(d time.Duration) string {
	u := &unitsOf[l]
	switch {
	case d <= 0:
		return "0" + u.apart + u.second
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + u.apart + u.milli
	case d < 10*time.Second:
		return trimPoint(d.Seconds()) + u.apart + u.second
	case d <= 2*time.Minute:
		return strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10) + u.apart + u.second
	}
	seconds := int64(d.Round(time.Second) / time.Second)
	var parts []string
	for _, part := range []struct {
		n    int64
		unit string
	}{{seconds / 3600, u.hour}, {seconds / 60 % 60, u.minute}, {seconds % 60, u.second}} {
		if part.n > 0 {
			parts = append(parts, strconv.FormatInt(part.n, 10)+part.unit)
		}
	}
	return strings.Join(parts, u.between)
}

func trimPoint(seconds float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(seconds, 'f', 1, 64), ".0")
}
