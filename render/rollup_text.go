package render

import (
	"cmp"
	"strconv"
	"strings"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// groupColumn is one column of a roll-up.
type groupColumn struct {
	title  string // in a pipe
	people string // on a terminal, if that differs
	right  bool   // its values are numbers

	// plain gives one word for scripts, words what people read; nil: the same.
	plain, words func(g *group) string
}

// columns are those of a roll-up: the count first, and the subject.
func (u *Rollup) columns(root bool) []groupColumn {
	columns := []groupColumn{
		{title: "Count", right: true, plain: func(g *group) string { return strconv.Itoa(int(g.total)) }},
		{
			title: strings.ToUpper(u.By.String()[:1]) + u.By.String()[1:],
			plain: func(g *group) string { return oneWord(u.label(g)) },
			words: func(g *group) string { return u.labelWords(g, root) },
		},
		{title: "Recv-Q", right: true, plain: func(g *group) string { return strconv.FormatUint(g.recv, 10) }},
		{title: "Send-Q", right: true, plain: func(g *group) string { return strconv.FormatUint(g.send, 10) }},
		{title: "Retrans", right: true, plain: func(g *group) string { return strconv.Itoa(int(g.retransmitting)) }},
	}
	switch u.By {
	case ByListener:
		columns = append(columns, groupColumn{title: "Queue", right: true, plain: queue})
	case ByPeer:
		columns = append(columns,
			groupColumn{title: "Resent", right: true, plain: func(g *group) string { return optWord(g.resent) }},
			groupColumn{title: "Resent%", right: true, plain: resentShare})
	}
	if u.everywhere() {
		columns = append(columns, groupColumn{title: namespaceTitle, plain: namespaceWord})
	}
	columns = append(columns, groupColumn{title: "Oldest(s)", people: "Oldest", right: true, plain: oldestSeconds, words: oldestWords})
	if u.By != ByState {
		columns = append(columns, groupColumn{title: statesTitle, plain: statesWord, words: statesWords})
	}
	return columns
}

// statesTitle stands above the column that may be wrapped.
const statesTitle = "States"

// oneWord keeps a foreign name with blanks in one field.
func oneWord(text string) string { return strings.ReplaceAll(text, " ", `\x20`) }

// label names a group; one that has no such subject, in parentheses.
func (u *Rollup) label(g *group) string {
	switch k := &g.key; {
	case u.By == ByState:
		return k.state.String()
	case k.subjectless():
		return "(" + u.absence(g) + ")"
	case k.pid != 0:
		return typeset.Escape(g.name) + "/" + strconv.Itoa(int(k.pid))
	case k.listener.Local.IsValid():
		return string(g.appendListener(nil))
	case g.names.Host != "":
		return typeset.Escape(g.names.Host)
	}
	return string(typeset.AppendAddr(nil, g.key.peer))
}

// absence is why a group has no such subject, in the words of JSON but for hidden.
func (u *Rollup) absence(g *group) string {
	switch {
	case u.By == ByProcess && g.key.ownership == tcp.OwnedByProcess:
		return "hidden"
	case u.By == ByProcess:
		return g.key.ownership.String()
	case u.By == ByListener:
		return g.key.opener.String()
	}
	return noneWord
}

// absences are those that people read in other words.
var absences = map[Subject]map[string]string{
	ByProcess:  {"unaccepted": "in an accept queue", "unknown": "no process found"},
	ByListener: {"active": "opened from here", "unknown": "not known who opened", noneWord: "no connection"},
	ByPeer:     {noneWord: "no peer"},
}

// labelWords is label for people.
func (u *Rollup) labelWords(g *group, root bool) string {
	if u.By == ByState || !g.key.subjectless() {
		return u.label(g)
	}
	why := u.absence(g)
	if why == "hidden" && !root {
		return "(needs root)"
	}
	return "(" + cmp.Or(absences[u.By][why], why) + ")"
}

// appendListener appends the address of a listener, and its device as ss does.
func (g *group) appendListener(dst []byte) []byte {
	at := g.key.listener.Local
	switch addr := at.Addr(); {
	case g.names.Host != "" && !addr.Unmap().IsUnspecified():
		dst = typeset.AppendEscaped(dst, g.names.Host)
	case addr.Is6() && !addr.Is4In6():
		dst = append(addr.AppendTo(append(dst, '[')), ']')
	default:
		dst = typeset.AppendAddr(dst, addr.Unmap())
	}
	if g.device != "" {
		dst = typeset.AppendEscaped(append(dst, '%'), g.device)
	}
	return appendService(append(dst, ':'), at.Port(), listing.Endpoint{Service: g.names.Service})
}

// everywhere reports whether the groups are of several namespaces.
func (u *Rollup) everywhere() bool {
	for k := range u.groups {
		if k.netns != 0 {
			return true
		}
	}
	return false
}

func namespaceWord(g *group) string {
	if g.namespace == "" {
		return noneWord
	}
	return oneWord(typeset.Escape(g.namespace))
}

// queue gives used/limit of a listener's accept queue.
func queue(g *group) string {
	if !g.key.listener.Local.IsValid() {
		return noneWord
	}
	backlog, _ := g.backlog()
	limit := unknownWord
	if n, known := backlog.Limit.Get(); known {
		limit = strconv.FormatUint(uint64(n), 10)
	}
	return strconv.FormatUint(uint64(backlog.Used), 10) + "/" + limit
}

func optWord(o tcp.Opt[uint64]) string {
	if v, known := o.Get(); known {
		return strconv.FormatUint(v, 10)
	}
	return unknownWord
}

// resentShare is the part of the bytes sent that was sent again, in per cent.
func resentShare(g *group) string {
	sent, resent := g.sentBytes.Or(0), g.resentBytes.Or(0)
	if sent == 0 {
		return unknownWord
	}
	return strconv.FormatFloat(100*float64(resent)/float64(sent), 'f', 2, 64)
}

// oldestSeconds gives the lower bound.
func oldestSeconds(g *group) string {
	if low, known := g.oldest.Min.Get(); known {
		return strconv.FormatInt(int64(low.Seconds()), 10)
	}
	return unknownWord
}

func oldestWords(g *group) string {
	if _, known := g.oldest.Min.Get(); known {
		return string(g.oldest.Append(nil))
	}
	return unknownWord
}

// statesWord counts by state: ESTABLISHED:12,CLOSE_WAIT:3.
func statesWord(g *group) string {
	var parts []string
	for i, n := range g.states {
		if n > 0 {
			parts = append(parts, tcp.States[i].String()+":"+strconv.Itoa(int(n)))
		}
	}
	return strings.Join(parts, ",")
}

func statesWords(g *group) string {
	var parts []string
	for i, n := range g.states {
		if n > 0 {
			parts = append(parts, strconv.Itoa(int(n))+" "+tcp.States[i].String())
		}
	}
	return strings.Join(parts, ", ")
}

// RollupText writes a roll-up for scripts: aligned columns, each cell one word.
type RollupText struct {
	Rollup
	Header  bool
	Palette *typeset.Palette
}

// AppendHead begins anew.
func (t *RollupText) AppendHead(dst []byte, _ listing.Head) []byte {
	t.reset()
	return dst
}

// AppendBetween appends what stands between two sockets: nothing.
func (t *RollupText) AppendBetween(dst []byte) []byte { return dst }

// AppendRow adds one socket.
func (t *RollupText) AppendRow(dst []byte, r *listing.Row) []byte {
	t.add(r)
	return dst
}

// AppendTail appends the groups. Those that were cut are one line, so that the
// counts still add up.
func (t *RollupText) AppendTail(dst []byte, _ listing.Tail) []byte {
	columns := t.columns(true)
	shown, others, rest := t.ordered()
	var rows [][]string
	styles := []typeset.Style{typeset.Strong}
	if t.Header {
		rows = append(rows, titles(columns, false))
	} else {
		styles = nil
	}
	for _, g := range shown {
		rows = append(rows, plainCells(columns, g))
		styles = append(styles, t.style(g))
	}
	if others > 0 {
		cells := plainCells(columns, &rest)
		cells[subjectColumn] = "(and-" + typeset.Decimal(others) + "-more)"
		rows = append(rows, cells)
		styles = append(styles, typeset.Plain)
	}
	widths := make([]int, len(columns))
	for _, cells := range rows {
		widen(widths, cells)
	}
	for i, cells := range rows {
		dst = t.appendLine(dst, columns, widths, cells, styles[i])
	}
	return dst
}

// subjectColumn is the place of the subject.
const subjectColumn = 1

func titles(columns []groupColumn, people bool) []string {
	var titles []string
	for _, c := range columns {
		if people && c.people != "" {
			c.title = c.people
		}
		titles = append(titles, c.title)
	}
	return titles
}

func plainCells(columns []groupColumn, g *group) []string {
	var cells []string
	for i := range columns {
		cells = append(cells, columns[i].plain(g))
	}
	return cells
}

func widen(widths []int, texts []string) {
	for i, text := range texts {
		widths[i] = max(widths[i], typeset.Width(text))
	}
}

// style is that of the most urgent socket of the group, or of a full accept queue.
func (u *Rollup) style(g *group) typeset.Style {
	if u.By == ByListener {
		backlog, _ := g.backlog()
		if limit, known := backlog.Limit.Get(); known && backlog.Used > limit {
			return typeset.Alarm
		}
	}
	for _, level := range []tcp.Level{tcp.Alarm, tcp.Notice} {
		if g.levels[level] > 0 {
			return noteStyle(level)
		}
	}
	return typeset.Plain
}

func (t *RollupText) appendLine(dst []byte, columns []groupColumn, widths []int, texts []string, style typeset.Style) []byte {
	for i, text := range texts {
		if i > 0 {
			dst = typeset.AppendBlanks(dst, gap)
		}
		missing := widths[i] - typeset.Width(text)
		if columns[i].right {
			dst = typeset.AppendBlanks(dst, missing)
		}
		if i <= subjectColumn || style == typeset.Strong {
			dst = t.Palette.Append(dst, style, text)
		} else {
			dst = append(dst, text...)
		}
		if !columns[i].right && i < len(texts)-1 {
			dst = typeset.AppendBlanks(dst, missing)
		}
	}
	return append(dst, '\n')
}
