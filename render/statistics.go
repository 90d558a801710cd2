package render

import (
	"slices"
	"strconv"
	"time"

	"tcpstat/explain"
	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Statistics are the kernel's counters with what they tell of retransmission:
// since the network namespace was made, or over a window.
type Statistics struct {
	Head           listing.Head
	Counters       tcp.Counters // of Tcp, TcpExt and MPTcpExt, as the kernel orders them
	Window         time.Duration
	Retransmission health.Retransmission
	Source         string // proc
	Replayed       bool   // from a record
	Missing        []listing.Missing
}

// StatisticsText prints statistics for people: what was sent again, and below it
// the sections of netstat -s.
type StatisticsText struct {
	Zeros   bool // counters that are 0 as well
	Explain bool // what a counter means, under its line
	Width   int
	Palette *typeset.Palette
	Lang    tcp.Lang
}

// Append prints s.
func (t *StatisticsText) Append(dst []byte, s *Statistics) []byte {
	dst = t.appendHead(dst, s)
	dst = t.appendRetransmission(dst, s)
	for _, section := range tcp.CounterGroups {
		dst = t.appendSection(dst, s, section)
	}
	return dst
}

func (t *StatisticsText) appendHead(dst []byte, s *Statistics) []byte {
	at := s.Head.Time.UTC().Format(stampFormat)
	if s.Head.Time.IsZero() {
		at = typeset.Say(wordsNoTime, t.Lang)
	}
	title := typeset.Say(wordsStatistics, t.Lang, "time", at)
	if s.Head.Host != "" {
		title = typeset.Say(wordsStatisticsOf, t.Lang, "time", at, "host", typeset.Escape(s.Head.Host))
	}
	window := wordsSinceMade.In(t.Lang)
	if s.Window > 0 {
		window = typeset.Say(wordsOver, t.Lang, "window", string(t.Lang.AppendDuration(nil, s.Window)))
	}
	where := typeset.Say(wordsSomeNamespace, t.Lang, "window", window)
	if inode, known := s.Head.NetNS.Get(); known {
		where = typeset.Say(wordsNamespace, t.Lang, "netns", strconv.FormatUint(inode, 10), "window", window)
	}
	dst = append(t.Palette.Append(dst, typeset.Strong, title), '\n')
	return append(append(dst, where...), "\n\n"...)
}

// verdictStyle is how a verdict looks.
func verdictStyle(v health.Verdict) typeset.Style {
	switch v {
	case health.VerdictOK:
		return typeset.Good
	case health.VerdictWarning:
		return typeset.Notice
	case health.VerdictCritical:
		return typeset.Alarm
	}
	return typeset.Plain
}

// verdictStatus gives the status of a check that a verdict is called by, if any.
func verdictStatus(v health.Verdict) (status health.Status, named bool) {
	switch v {
	case health.VerdictOK:
		return health.OK, true
	case health.VerdictWarning:
		return health.Warning, true
	case health.VerdictCritical:
		return health.Critical, true
	}
	return 0, false
}

func (t *StatisticsText) appendRetransmission(dst []byte, s *Statistics) []byte {
	r := &s.Retransmission
	dst = t.appendVerdict(dst, r)
	for _, row := range []struct {
		value tcp.Opt[int64]
		text  tcp.Text
	}{{r.Sent, wordsSent}, {r.Received, wordsReceived}, {r.Again, wordsAgain}} {
		dst = t.appendAmount(dst, s.Window, row.value, row.text)
	}
	dst = t.appendRatio(dst, s.Window, r.Wire, r.Sent, formulaWire)
	dst = t.appendRatio(dst, s.Window, r.Data, r.Originals, formulaData)
	dst = t.appendRatio(dst, s.Window, r.Syn, r.Opens, formulaSyn)
	dst = append(append(dst, wordsMadeOf.In(t.Lang)...), '\n')
	for _, row := range []struct {
		value tcp.Opt[int64]
		text  tcp.Text
	}{{r.Fast, wordsFast}, {r.SlowStart, wordsSlowStart}, {r.Syns, wordsSyns}, {r.Rest, wordsRest}} {
		dst = t.appendAmount(dst, s.Window, row.value, row.text)
	}
	if r.Exceeded() {
		dst = append(append(dst, wordsExceeded.In(t.Lang)...), '\n')
	}
	needless := wordsNeedless
	if r.Needless.Reports {
		needless = wordsNeedlessReports
	}
	dst = append(append(dst, wordsBeside.In(t.Lang)...), '\n')
	dst = t.appendAmount(dst, s.Window, r.Timeouts, wordsTimeouts)
	dst = t.appendAmount(dst, s.Window, r.Probes, wordsProbes)
	dst = t.appendAmount(dst, s.Window, r.Needless.Value, needless)
	return append(dst, '\n')
}

// appendVerdict prints the verdict, and where there is one what to read.
func (t *StatisticsText) appendVerdict(dst []byte, r *health.Retransmission) []byte {
	name := wordsRetransmission.In(t.Lang) + ": "
	if status, named := verdictStatus(r.Verdict); named {
		name += status.String() + ", "
	}
	dst = t.appendSentence(dst, name+rateText(r, t.Lang), verdictStyle(r.Verdict))
	dst = t.appendSentence(dst, typeset.UpperFirst(culpritText(r, t.Lang)), verdictStyle(r.Verdict))
	if r.Overflow > 0 && r.Culprit != health.AcceptQueue {
		text := typeset.Say(wordsOverflowToo, t.Lang, "n", strconv.FormatInt(r.Overflow, 10))
		dst = append(t.Palette.Append(dst, typeset.Notice, text), '\n')
	}
	if r.Culprit == health.NoCulprit && r.Overflow == 0 {
		return dst
	}
	return append(append(append(dst, wordsLossTopic.In(t.Lang)...), " tcpstat explain "+topicOf(r)...), '\n')
}

// appendSentence prints a sentence, if there is one, over as many lines as it takes.
func (t *StatisticsText) appendSentence(dst []byte, text string, style typeset.Style) []byte {
	if text == "" {
		return dst
	}
	for i, line := range typeset.Wrap(text, t.Width-gap) {
		dst = append(dst, typeset.Blanks(gap*min(i, 1))...)
		dst = append(t.Palette.Append(dst, style, line), '\n')
	}
	return dst
}

// topicOf is the word that explains a culprit.
func topicOf(r *health.Retransmission) string {
	switch r.Culprit {
	case health.AcceptQueue:
		return "LISTEN"
	case health.NoCulprit:
		return "ListenOverflows"
	case health.SynsOnly:
		return "SYN_SENT"
	}
	return "retransmission"
}

// verdictText says a verdict and where the loss points in words.
func verdictText(r *health.Retransmission, lang tcp.Lang) string {
	text := rateText(r, lang)
	if where := culpritText(r, lang); where != "" {
		text += "; " + where
	}
	return text
}

// rateText says how much was sent again.
func rateText(r *health.Retransmission, lang tcp.Lang) string {
	return typeset.Say(verdictWords(r.Verdict), lang,
		"part", percentage(r.Wire.Or(0)), "limit", typeset.Number(r.Limit),
		"n", strconv.FormatInt(r.Sent.Or(0), 10), "least", typeset.Decimal(health.LeastSegments))
}

func count(n tcp.Opt[int64]) string { return strconv.FormatInt(n.Or(0), 10) }

func culpritText(r *health.Retransmission, lang tcp.Lang) string {
	switch r.Culprit {
	case health.NoCulprit:
		return ""
	case health.AcceptQueue:
		return typeset.Say(wordsAcceptQueue, lang, "n", strconv.FormatInt(r.Overflow, 10))
	case health.SynsOnly:
		return typeset.Say(wordsSynsOnly, lang, "syns", count(r.Syns), "n", count(r.Again))
	case health.Delay:
		return typeset.Say(wordsDelay, lang, "needless", count(r.Needless.Value), "n", count(r.Again))
	case health.OnePeer:
		text := wordsOnePeer
		if r.Blamed.Others == 0 {
			text = wordsOnlyPeer
		}
		return typeset.Say(text, lang, "peer", r.Blamed.Peer.String(), "part", typeset.Decimal(int(100*r.Blamed.Part)))
	}
	switch {
	case !r.Blamed.Looked:
		return wordsPathUnseen.In(lang)
	case r.Blamed.Part == 0:
		return wordsPathGone.In(lang)
	}
	return wordsPath.In(lang)
}

// The columns of the block.
const (
	amountWidth = 12
	rateWidth   = 12
)

func (t *StatisticsText) appendAmount(dst []byte, window time.Duration, value tcp.Opt[int64], text tcp.Text) []byte {
	n, known := value.Get()
	if !known {
		return t.appendFigure(dst, window, wordsUnknown.In(t.Lang), "", text.In(t.Lang))
	}
	return t.appendFigure(dst, window, strconv.FormatInt(n, 10), rate(n, window), text.In(t.Lang))
}

// appendRatio prints a ratio of which whole stands below the line.
func (t *StatisticsText) appendRatio(dst []byte, window time.Duration, ratio tcp.Opt[float64], whole tcp.Opt[int64], formula string) []byte {
	figure := wordsUnknown.In(t.Lang)
	if value, known := ratio.Get(); known {
		figure = percentage(value) + " %"
	} else if below, known := whole.Get(); known && below <= 0 {
		figure = wordsNoFraction.In(t.Lang)
	}
	return t.appendFigure(dst, window, figure, "", formula)
}

// appendFigure prints a row of the block. Where there is a window, rates stand in
// a column of their own.
func (t *StatisticsText) appendFigure(dst []byte, window time.Duration, figure, rate, text string) []byte {
	dst = append(dst, typeset.FillLeft(figure, amountWidth)...)
	if window > 0 {
		dst = append(dst, typeset.FillLeft(rate, rateWidth)...)
	}
	return append(append(append(dst, typeset.Blanks(gap)...), text...), '\n')
}

// percentage is a fraction in per cent with two decimals.
func percentage(part float64) string {
	percent := 100 * part
	if percent > 0 && percent < 0.01 {
		return "< 0.01"
	}
	return strconv.FormatFloat(percent, 'f', 2, 64)
}

// rate is how much that is in a second, such as 2.4/s; empty for nothing, and
// without a window.
func rate(n int64, window time.Duration) string {
	if n == 0 || window <= 0 {
		return ""
	}
	perSecond := float64(n) / window.Seconds()
	decimals := 1
	if perSecond > -1 && perSecond < 1 {
		decimals = 3
	}
	return strconv.FormatFloat(perSecond, 'f', decimals, 64) + "/s"
}

// appendSection prints a section of netstat -s, if there is anything to print.
func (t *StatisticsText) appendSection(dst []byte, s *Statistics, section string) []byte {
	begun := false
	for _, c := range s.Counters {
		if c.Group != section || !t.shows(c) {
			continue
		}
		if !begun {
			dst = append(dst, section+":\n"...)
			begun = true
		}
		dst = t.appendCounter(dst, c, s.Window)
	}
	return dst
}

// constants are the counters that never change; netstat does not print them.
var constants = []string{"RtoAlgorithm", "RtoMin", "RtoMax", "MaxConn"}

// shows reports whether a counter is printed: as in netstat the ten of the section
// Tcp and TCPHPHits always are, and others unless they are 0.
func (t *StatisticsText) shows(c tcp.Counter) bool {
	switch {
	case t.Zeros:
		return true
	case c.Group == "Tcp" && slices.Contains(constants, c.Name):
		return false
	case c.Group == "Tcp" && c.Name != "InCsumErrors", c.Group == "TcpExt" && c.Name == "TCPHPHits":
		return true
	}
	return c.Value != 0
}

func (t *StatisticsText) appendCounter(dst []byte, c tcp.Counter, window time.Duration) []byte {
	doc := explain.Counter(c.Group, c.Name)
	line := typeset.Escape(explain.Sentence(c, t.Lang))
	if perSecond := rate(c.Value, window); perSecond != "" && !c.Level() {
		line += " (" + perSecond + ")"
	}
	style := typeset.Plain
	if doc != nil && doc.Trouble == explain.AnyRise && c.Value > 0 {
		style = typeset.Notice
	}
	dst = append(t.Palette.Append(append(dst, "    "...), style, line), '\n')
	if !t.Explain || doc == nil {
		return dst
	}
	for _, text := range []tcp.Text{doc.Raised, doc.Not} {
		dst = t.appendMeaning(dst, text.In(t.Lang))
	}
	return dst
}

// appendMeaning prints what a counter means under its line.
func (t *StatisticsText) appendMeaning(dst []byte, text string) []byte {
	const margin = 8
	if text == "" {
		return dst
	}
	for _, line := range typeset.Wrap(text, t.Width-margin) {
		dst = append(t.Palette.Append(append(dst, typeset.Blanks(margin)...), typeset.Faint, line), '\n')
	}
	return dst
}
