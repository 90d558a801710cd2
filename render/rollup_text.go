package render

import (
	"slices"
	"strconv"
	"strings"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// groupColumn is one column of a roll-up.
type groupColumn struct {
	title  string // in a pipe
	people string // on a terminal, if that differs
	right  bool   // its values are numbers

	// plain gives one word for scripts, words what people read; nil: the same.
	plain, words func(g *rollup.Group) string
}

// rollupTable is a roll-up in columns.
type rollupTable struct{ *rollup.Result }

// columns are those of a roll-up: the count first, and the subject.
func (t rollupTable) columns(root bool) []groupColumn {
	columns := []groupColumn{
		{title: "Count", right: true, plain: func(g *rollup.Group) string { return strconv.Itoa(int(g.Total)) }},
		{
			title: strings.ToUpper(t.By.String()[:1]) + t.By.String()[1:],
			plain: func(g *rollup.Group) string { return oneWord(t.label(g)) },
			words: func(g *rollup.Group) string { return t.labelWords(g, root) },
		},
		{title: "Recv-Q", right: true, plain: func(g *rollup.Group) string { return strconv.FormatUint(g.RecvQueue, 10) }},
		{title: "Send-Q", right: true, plain: func(g *rollup.Group) string { return strconv.FormatUint(g.SendQueue, 10) }},
		{title: "Retrans", right: true, plain: func(g *rollup.Group) string { return strconv.Itoa(int(g.Retransmitting)) }},
	}
	switch t.By {
	case rollup.ByListener:
		columns = append(columns, groupColumn{title: "Queue", right: true, plain: queue})
	case rollup.ByPeer:
		columns = append(columns,
			groupColumn{title: "Resent", right: true, plain: func(g *rollup.Group) string { return optWord(g.Resent) }},
			groupColumn{title: "Resent%", right: true, plain: resentShare})
	}
	if t.everywhere() {
		columns = append(columns, groupColumn{title: namespaceTitle, plain: namespaceWord})
	}
	columns = append(columns, groupColumn{title: "Oldest(s)", people: "Oldest", right: true, plain: oldestSeconds, words: oldestWords})
	if t.By != rollup.ByState {
		columns = append(columns, groupColumn{title: statesTitle, plain: statesWord, words: statesWords})
	}
	return columns
}

// statesTitle stands above the column that may be wrapped.
const statesTitle = "States"

// oneWord keeps a foreign name with blanks in one field.
func oneWord(text string) string { return strings.ReplaceAll(text, " ", `\x20`) }

// label names a group; one that has no such subject, in parentheses.
func (t rollupTable) label(g *rollup.Group) string {
	switch k := &g.Key; {
	case t.By == rollup.ByState:
		return k.State.String()
	case k.Subjectless():
		return "(" + t.absence(g) + ")"
	case k.PID != 0:
		return typeset.Escape(g.Name) + "/" + strconv.Itoa(int(k.PID))
	case k.Listener.Local.IsValid():
		return string(appendListener(nil, g))
	case g.Names.Host != "":
		return typeset.Escape(g.Names.Host)
	}
	return string(typeset.AppendAddr(nil, g.Peer))
}

// absence is why a group has no such subject, in the words of JSON but for hidden.
func (t rollupTable) absence(g *rollup.Group) string {
	switch {
	case t.By == rollup.ByProcess && g.Ownership == tcp.OwnedByProcess:
		return "hidden"
	case t.By == rollup.ByProcess:
		return g.Ownership.String()
	case t.By == rollup.ByListener:
		return g.Opener.String()
	}
	return noneWord
}

// absenceWords says for people why a group has no subject, if they read that in
// other words.
func absenceWords(by rollup.Subject, why string) string {
	switch by {
	case rollup.ByProcess:
		switch why {
		case "unaccepted":
			return "in an accept queue"
		case "unknown":
			return "no process found"
		}
	case rollup.ByListener:
		switch why {
		case "active":
			return "opened from here"
		case "unknown":
			return "not known who opened"
		case noneWord:
			return "no connection"
		}
	case rollup.ByPeer:
		if why == noneWord {
			return "no peer"
		}
	}
	return why
}

// labelWords is label for people.
func (t rollupTable) labelWords(g *rollup.Group, root bool) string {
	if t.By == rollup.ByState || !g.Subjectless() {
		return t.label(g)
	}
	why := t.absence(g)
	if why == "hidden" && !root {
		return "(needs root)"
	}
	return "(" + absenceWords(t.By, why) + ")"
}

// appendListener appends the address of a listener, and its device as ss does.
func appendListener(dst []byte, g *rollup.Group) []byte {
	at := g.Listener.Local
	switch addr := at.Addr(); {
	case g.Names.Host != "" && !addr.Unmap().IsUnspecified():
		dst = typeset.AppendEscaped(dst, g.Names.Host)
	case addr.Is6() && !addr.Is4In6():
		dst = append(addr.AppendTo(append(dst, '[')), ']')
	default:
		dst = typeset.AppendAddr(dst, addr.Unmap())
	}
	if g.Interface != "" {
		dst = typeset.AppendEscaped(append(dst, '%'), g.Interface)
	}
	return appendService(append(dst, ':'), at.Port(), listing.Endpoint{Service: g.Names.Service})
}

// everywhere reports whether the groups are of several namespaces.
func (t rollupTable) everywhere() bool {
	return slices.ContainsFunc(t.Groups, func(g *rollup.Group) bool { return g.NetNS != 0 })
}

func namespaceWord(g *rollup.Group) string {
	if g.Namespace == "" {
		return noneWord
	}
	return oneWord(typeset.Escape(g.Namespace))
}

// queue gives used/limit of a listener's accept queue.
func queue(g *rollup.Group) string {
	if !g.Listener.Local.IsValid() {
		return noneWord
	}
	limit := unknownWord
	if n, known := g.Backlog.Limit.Get(); known {
		limit = strconv.FormatUint(uint64(n), 10)
	}
	return strconv.FormatUint(uint64(g.Backlog.Used), 10) + "/" + limit
}

func optWord(o tcp.Opt[uint64]) string {
	if v, known := o.Get(); known {
		return strconv.FormatUint(v, 10)
	}
	return unknownWord
}

// resentShare is the part of the bytes sent that was sent again, in per cent.
func resentShare(g *rollup.Group) string {
	sent, resent := g.SentBytes.Or(0), g.ResentBytes.Or(0)
	if sent == 0 {
		return unknownWord
	}
	return strconv.FormatFloat(100*float64(resent)/float64(sent), 'f', 2, 64)
}

// oldestSeconds gives the lower bound.
func oldestSeconds(g *rollup.Group) string {
	if low, known := g.Oldest.Min.Get(); known {
		return strconv.FormatInt(int64(low.Seconds()), 10)
	}
	return unknownWord
}

func oldestWords(g *rollup.Group) string {
	if _, known := g.Oldest.Min.Get(); known {
		return string(g.Oldest.Append(nil))
	}
	return unknownWord
}

// statesWord counts by state: ESTABLISHED:12,CLOSE_WAIT:3.
func statesWord(g *rollup.Group) string {
	var parts []string
	for _, s := range tcp.States {
		if n := g.Of(s); n > 0 {
			parts = append(parts, s.String()+":"+strconv.Itoa(n))
		}
	}
	return strings.Join(parts, ",")
}

func statesWords(g *rollup.Group) string {
	var parts []string
	for _, s := range tcp.States {
		if n := g.Of(s); n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+s.String())
		}
	}
	return strings.Join(parts, ", ")
}

// RollupText writes a roll-up for scripts: aligned columns, each cell one word.
type RollupText struct {
	Header  bool
	Palette *typeset.Palette
}

// Append appends the groups. Those that were cut are one line, so that the counts
// still add up.
func (t *RollupText) Append(dst []byte, _ listing.Head, r *rollup.Result, _ listing.Tail) []byte {
	table := rollupTable{r}
	columns := table.columns(true)
	var rows [][]string
	var styles []typeset.Style
	if t.Header {
		rows = append(rows, titles(columns, false))
		styles = append(styles, typeset.Strong)
	}
	for _, g := range r.Groups {
		rows = append(rows, plainCells(columns, g))
		styles = append(styles, table.style(g))
	}
	if r.Others > 0 {
		cells := plainCells(columns, &r.Rest)
		cells[subjectColumn] = "(and-" + typeset.Decimal(r.Others) + "-more)"
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

func plainCells(columns []groupColumn, g *rollup.Group) []string {
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
func (t rollupTable) style(g *rollup.Group) typeset.Style {
	if t.By == rollup.ByListener {
		if limit, known := g.Backlog.Limit.Get(); known && g.Backlog.Used > limit {
			return typeset.Alarm
		}
	}
	for _, level := range []tcp.Level{tcp.Alarm, tcp.Notice} {
		if g.Levels[level] > 0 {
			return NoteStyle(level)
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
