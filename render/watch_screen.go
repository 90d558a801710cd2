package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// WatchShot is a watch as one sample left it. It does not change any more.
type WatchShot struct {
	listing.Head
	States   tcp.Set
	Source   string // netlink or proc
	Interval time.Duration
	Sample   watch.Sample
	Summary  watch.Summary
	History  []watch.Point

	// Those that grow most go first.
	Processes        []ProcessGrowth
	Listeners, Peers []watch.Group

	Said string // the last of what was said on standard error
}

// WatchLook is how somebody looks at a shot.
type WatchLook struct {
	Columns, Rows int

	// Row gives one of the Chosen sockets in their order. It is valid until the next
	// call, and only those that are visible are asked for.
	Row    func(i int) *listing.Row
	Chosen int
	Sort   string // what they are in the order of
	Offset int    // of the first one that is visible

	Filter string // that chose them, as it was typed
	Plain  string // it is plain text, and this is what a filter lacks; empty: it is a filter
	Typing bool   // it is being typed

	Paused bool
	Keys   bool // there is a keyboard
}

// WatchScreen draws a watch as a screen of lines.
type WatchScreen struct {
	Palette *typeset.Palette
	Lang    tcp.Lang
	ASCII   bool // draw with ASCII alone
	Root    bool // what this user may not see, nobody may
}

// WatchPage is a screen: as many lines as it has rows or fewer, none wider than it
// is, and the sockets on it.
type WatchPage struct {
	Lines         []string
	Offset, Shown int
}

// The smallest screen that is drawn.
const (
	leastColumns = 40
	leastRows    = 10
)

// Draw draws a shot. Only the sockets that are visible cost anything. An Offset
// behind the end comes out as that of the last screen.
func (s *WatchScreen) Draw(shot *WatchShot, look *WatchLook) WatchPage {
	p := &watchPainter{WatchScreen: s, shot: shot, look: look}
	if look.Columns < leastColumns || look.Rows < leastRows {
		p.tooSmall()
		return WatchPage{Lines: p.lines}
	}
	p.head()
	p.groups()
	const footer = 1
	said := 0
	if shot.Said != "" {
		said = 1
	}
	page := p.sockets(look.Rows - len(p.lines) - said - footer)
	for len(p.lines) < look.Rows-said-footer {
		p.newline()
	}
	if said > 0 {
		p.put(typeset.Notice, typeset.Escape(shot.Said))
		p.newline()
	}
	p.footer(&page)
	page.Lines = p.lines
	return page
}

// watchPainter draws lines that are cut at the edge of the screen.
type watchPainter struct {
	*WatchScreen
	shot  *WatchShot
	look  *WatchLook
	lines []string
	out   []byte // the line so far
	used  int    // and its columns
}

// cutMark stands for what is cut off.
func (s *WatchScreen) cutMark() string {
	if s.ASCII {
		return "..."
	}
	return "…"
}

// cut gives what has room of a text.
func (s *WatchScreen) cut(text string, room int) string {
	mark := s.cutMark()
	if room < typeset.Width(mark) {
		mark = ""
	}
	return typeset.Truncate(text, max(room, 0), mark)
}

// put adds text to the line, as far as there is room.
func (p *watchPainter) put(style typeset.Style, text string) {
	text = p.cut(text, p.look.Columns-p.used)
	if p.used += typeset.Width(text); text != "" {
		p.out = p.Palette.Append(p.out, style, text)
	}
}

// to goes on at a column.
func (p *watchPainter) to(column int) {
	n := min(column, p.look.Columns) - p.used
	p.out, p.used = typeset.AppendBlanks(p.out, n), p.used+max(n, 0)
}

// right puts text at the right edge, if there is room.
func (p *watchPainter) right(style typeset.Style, text string) {
	if start := p.look.Columns - typeset.Width(text); start > p.used {
		p.to(start)
		p.put(style, text)
	}
}

// hasRoom reports whether text of a width has room behind the gap.
func (p *watchPainter) hasRoom(width int) bool { return p.used+gap+width <= p.look.Columns }

func (p *watchPainter) newline() {
	p.lines = append(p.lines, string(typeset.TrimBlanks(p.out)))
	p.out, p.used = p.out[:0], 0
}

// tooSmall says what can be said on a screen that is too small.
func (p *watchPainter) tooSmall() {
	lines := typeset.Wrap(typeset.Say(wordsTooSmall, p.Lang, "columns", typeset.Decimal(leastColumns), "rows", typeset.Decimal(leastRows)), max(p.look.Columns, 1))
	lines = append([]string{p.countWords(), p.growthWord()}, lines...)
	for _, text := range lines[:min(len(lines), p.look.Rows)] {
		p.put(typeset.Plain, text)
		p.newline()
	}
}

func (p *watchPainter) countWords() string {
	return typeset.Say(wordsCount, p.Lang, "n", typeset.Decimal(p.shot.Sample.Count), "state", statesWatched(p.shot.States))
}

func (p *watchPainter) growthWord() string {
	return string(appendGrowthWord(nil, p.shot.Sample.Growth))
}

// head draws what is known of all sockets.
func (p *watchPainter) head() {
	shot := p.shot
	p.put(typeset.Strong, "tcpstat --watch "+statesWatched(shot.States))
	if p.look.Paused {
		p.to(p.used + gap)
		p.put(typeset.Notice, typeset.Say(wordsPaused, p.Lang))
	}
	place := shot.Source + " " + p.duration(shot.Interval) + " " + shot.Sample.Time.UTC().Format("15:04:05Z")
	if host := typeset.Escape(shot.Host); host != "" && p.hasRoom(typeset.Width(host)+1+len(place)) {
		place = host + " " + place
	}
	p.right(typeset.Faint, place)
	p.newline()
	p.counts()
	p.run()
	if p.look.Rows >= rowsForHistory {
		p.history()
	}
}

func (p *watchPainter) duration(d time.Duration) string { return string(p.Lang.AppendDuration(nil, d)) }

// counts draws what there is now.
func (p *watchPainter) counts() {
	now := &p.shot.Sample
	p.put(typeset.Strong, p.countWords())
	if growth, known := now.Growth.Get(); known {
		p.to(p.used + gap)
		p.put(growthStyle(growth), p.growthWord())
	}
	if oldest := string(appendWatchAge(nil, now.Oldest)); now.Count > 0 && oldest != "-" {
		p.to(p.used + gap)
		p.put(typeset.Plain, typeset.Say(wordsOldest, p.Lang, "age", oldest))
	}
	p.newline()
}

// run draws what happened since the watch began.
func (p *watchPainter) run() {
	sum := &p.shot.Summary
	p.put(typeset.Faint, typeset.Say(wordsSince, p.Lang, "time", p.duration(sum.Sample.Time.Sub(sum.Start).Round(time.Second))))
	for _, count := range [...]struct {
		words tcp.Text
		n     uint64
		style typeset.Style
		quiet bool // at 0
	}{
		{wordsAppeared, sum.Appeared, typeset.Plain, false},
		{wordsLeft, sum.Left, typeset.Plain, false},
		{wordsLost, sum.LostEvents, typeset.Notice, true},
		{wordsUnfollowed, sum.Unfollowed, typeset.Notice, true},
		{wordsChanged, sum.Changed, typeset.Plain, true},
		{wordsBrief, sum.Brief, typeset.Plain, true},
	} {
		if count.n > 0 || !count.quiet {
			p.to(p.used + gap)
			p.put(count.style, typeset.Say(count.words, p.Lang, "n", strconv.FormatUint(count.n, 10)))
		}
	}
	p.newline()
}

// Rows from which on there is room for more than the sockets.
const (
	rowsForHistory = 12
	rowsForGroups  = 16
)

// history draws the count over time.
func (p *watchPainter) history() {
	points := p.shot.History
	if len(points) < 2 {
		return
	}
	low, high := points[0].Count, points[0].Count
	for _, point := range points {
		low, high = min(low, point.Count), max(high, point.Count)
	}
	over := points[len(points)-1].Time.Sub(points[0].Time).Round(time.Second)
	label := typeset.Say(wordsRange, p.Lang, "low", typeset.Decimal(low), "high", typeset.Decimal(high), "time", p.duration(over))
	room := p.look.Columns - gap - typeset.Width(label)
	p.put(typeset.Plain, p.sparkline(points, room, low, high))
	p.to(p.used + gap)
	p.put(typeset.Faint, label)
	p.newline()
}

// sparkline draws one mark for each point, or where there is no room for that for
// the highest of some.
func (p *watchPainter) sparkline(points []watch.Point, room, low, high int) string {
	marks := []rune("▁▂▃▄▅▆▇█")
	if p.ASCII {
		marks = []rune("_.-~=+*#")
	}
	width := min(len(points), room)
	var line strings.Builder
	for i := range width {
		top := low
		for _, point := range points[i*len(points)/width : (i+1)*len(points)/width] {
			top = max(top, point.Count)
		}
		line.WriteRune(marks[(top-low)*(len(marks)-1)/max(high-low, 1)])
	}
	return line.String()
}

// screenCell is a text in a table of a screen.
type screenCell struct {
	style typeset.Style
	text  string
}

// groupsShown is how many groups of a kind find room on a screen.
func groupsShown(rows int) int {
	switch {
	case rows < rowsForGroups:
		return 0
	case rows < 30:
		return 3
	case rows < 45:
		return 5
	}
	return 8
}

// groups draws by whom the sockets are, side by side as far as there is room.
func (p *watchPainter) groups() {
	most := groupsShown(p.look.Rows)
	var tables [][][]screenCell
	start, height := 0, 0
	for _, table := range [][][]screenCell{
		p.processTable(most),
		groupTable("Listener", p.shot.Listeners, most),
		groupTable("Peer", p.shot.Peers, most),
	} {
		width := pad(table)
		if len(table) < 2 || start > 0 && start+width > p.look.Columns {
			continue
		}
		tables = append(tables, table)
		start, height = start+width+2*gap, max(height, len(table))
	}
	if height > 0 {
		p.newline()
	}
	for i := range height {
		start := 0
		for _, table := range tables {
			row := table[min(i, len(table)-1)]
			for _, cell := range row {
				if i < len(table) {
					p.to(start)
					p.put(cell.style, cell.text)
				}
				start += typeset.Width(cell.text) + gap
			}
			start += gap
		}
		p.newline()
	}
}

// pad makes the cells of each column equally wide, the first ones to the left and
// the others, which are numbers, to the right. It gives the width of the table.
func pad(table [][]screenCell) (width int) {
	for c := range table[0] {
		widest := 0
		for _, row := range table {
			widest = max(widest, typeset.Width(row[c].text))
		}
		for _, row := range table {
			if c == 0 {
				row[c].text = typeset.FillRight(row[c].text, widest)
			} else {
				row[c].text = typeset.FillLeft(row[c].text, widest)
			}
		}
		width += widest + gap
	}
	return width - gap
}

func titleRow(titles ...string) (row []screenCell) {
	for _, title := range titles {
		row = append(row, screenCell{typeset.Strong, title})
	}
	return row
}

// groupCells are the cells that all groups have.
func groupCells(subject string, g *watch.Group) []screenCell {
	var growth screenCell
	if n, known := g.Growth.Get(); known {
		growth = screenCell{growthStyle(n), string(appendGrowthWord(nil, g.Growth))}
	}
	return []screenCell{{typeset.Plain, subject}, {typeset.Plain, typeset.Decimal(g.Count)}, growth}
}

func growthStyle(growth float64) typeset.Style {
	if growth > 0 {
		return typeset.Notice
	}
	return typeset.Plain
}

func groupTable(title string, groups []watch.Group, most int) [][]screenCell {
	table := [][]screenCell{titleRow(title, "Count", "Growth")}
	for i := range groups[:min(len(groups), most)] {
		g := &groups[i]
		subject := string(typeset.AppendAddr(nil, g.Peer))
		if g.Listener.IsValid() {
			subject = string(appendWatchEnd(nil, g.Listener))
		}
		table = append(table, groupCells(subject, g))
	}
	return table
}

// Times to the limit of open files that need eyes.
const (
	fullSoon = time.Hour
	fullOnce = 24 * time.Hour
)

func (p *watchPainter) processTable(most int) [][]screenCell {
	table := [][]screenCell{titleRow("Process", "Count", "Growth", "Files", "Full in")}
	for i := range p.shot.Processes[:min(len(p.shot.Processes), most)] {
		g := &p.shot.Processes[i]
		files, fullIn := screenCell{}, screenCell{}
		if open, limit, full := g.filesOf(); open != (tcp.Opt[uint64]{}) {
			files.text = strconv.FormatUint(open.Or(0), 10) + "/" + strconv.FormatUint(limit.Or(0), 10)
			if d, grows := full.Get(); grows {
				fullIn = screenCell{fullStyle(d), p.duration(d)}
			}
		}
		name := p.cut(typeset.Escape(g.name())+"/"+strconv.Itoa(int(g.PID)), ownerRoom)
		table = append(table, append(groupCells(name, &g.Group), files, fullIn))
	}
	return table
}

func fullStyle(in time.Duration) typeset.Style {
	switch {
	case in < fullSoon:
		return typeset.Alarm
	case in < fullOnce:
		return typeset.Notice
	}
	return typeset.Plain
}

// The columns of the sockets.
const (
	watchState = iota
	watchLocal
	watchRemote
	watchRecv
	watchSend
	watchAge
	watchOwner
	watchNote
	watchColumns
)

var watchTitles = [watchColumns]string{"State", "Local", "Remote", "Recv-Q", "Send-Q", "Age", "Owner", "Note"}

// watchLine is the text of one socket.
type watchLine struct {
	cells [watchColumns]string
	state tcp.State
	level tcp.Level
}

func (p *watchPainter) line(r *listing.Row) (l watchLine) {
	s := r.Socket
	l.state, l.level = s.State, r.Note.Level
	terminal := Terminal{Root: p.Root}
	var text []byte
	keep := func(column int) {
		l.cells[column], text = string(text), text[:0]
	}
	text = append(text, s.State.String()...)
	keep(watchState)
	text = appendEnd(text, s, s.Local, r.Local)
	keep(watchLocal)
	text = appendEnd(text, s, s.Remote, r.Remote)
	keep(watchRemote)
	text = terminal.appendCell(text, recvColumn, r)
	keep(watchRecv)
	text = terminal.appendCell(text, sendColumn, r)
	keep(watchSend)
	if r.View.Age != (tcp.Age{}) {
		text = appendWatchAge(text, r.View.Age)
	}
	keep(watchAge)
	text = terminal.appendOwner(text, r)
	keep(watchOwner)
	text = r.Note.Append(text, p.Lang)
	keep(watchNote)
	l.cells[watchOwner] = p.cut(l.cells[watchOwner], ownerRoom)
	return l
}

// watchLayout is where the columns stand.
type watchLayout struct {
	has    [watchColumns]bool // else below the row, or not at all
	width  [watchColumns]int
	single bool // there is one state, which need not be told
}

// watchNoteRoom is the width that long notes need to stand beside the row.
const watchNoteRoom = 50

// arrange finds room for what some sockets have to say.
func (p *watchPainter) arrange(lines []watchLine) (f watchLayout) {
	for c, title := range watchTitles {
		f.width[c] = len(title)
		for i := range lines {
			f.width[c] = max(f.width[c], typeset.Width(lines[i].cells[c]))
		}
		f.has[c] = true
	}
	f.single = len(p.shot.States.States()) == 1
	f.has[watchState] = !f.single
	f.width[watchNote] = min(f.width[watchNote], watchNoteRoom)
	for _, first := range []int{watchSend, watchRecv, watchNote, watchOwner, watchRemote, watchState} {
		if f.total() > p.look.Columns {
			f.has[first] = false
		}
	}
	return f
}

func (f *watchLayout) total() int {
	total := -gap
	for c, has := range f.has {
		if has {
			total += f.width[c] + gap
		}
	}
	return total
}

// height is how many rows of the screen a socket takes.
func (f *watchLayout) height(l *watchLine) int {
	height := 1
	if f.stacked(l) {
		height++
	}
	if f.below(l) != "" {
		height++
	}
	return height
}

// stacked reports whether the remote end of a socket has a line of its own.
func (f *watchLayout) stacked(l *watchLine) bool {
	return !f.has[watchRemote] && l.cells[watchRemote] != noEnd
}

// below is what stands below the row of a socket.
func (f *watchLayout) below(l *watchLine) string {
	var parts []string
	for _, c := range []int{watchState, watchOwner, watchNote} {
		if !f.has[c] && l.cells[c] != "" && !(c == watchState && f.single) {
			parts = append(parts, l.cells[c])
		}
	}
	return strings.Join(parts, "; ")
}

// sockets draws those that are visible in some rows of the screen, below a blank
// one and the titles.
func (p *watchPainter) sockets(room int) (page WatchPage) {
	const above = 2
	if room -= above; room <= 0 {
		return page
	}
	p.newline()
	if p.look.Chosen == 0 {
		p.none()
		return page
	}
	offset := max(min(p.look.Offset, p.look.Chosen-1), 0)
	from, to := offset, min(offset+room, p.look.Chosen)
	if to == p.look.Chosen {
		from = max(to-room, 0)
	}
	var lines []watchLine
	for i := from; i < to; i++ {
		lines = append(lines, p.line(p.look.Row(i)))
	}
	f := p.arrange(lines)
	if to == p.look.Chosen {
		offset = min(offset, from+f.lastPage(lines, room))
	}
	page.Offset = offset
	p.titles(&f)
	for i := range lines[offset-from:] {
		l := &lines[offset-from+i]
		if room -= f.height(l); room < 0 && i > 0 {
			break
		}
		p.socket(&f, l)
		page.Shown++
	}
	return page
}

// lastPage is the first of the lines that fit at the end.
func (f *watchLayout) lastPage(lines []watchLine, room int) int {
	for i := range slices.Backward(lines) {
		if room -= f.height(&lines[i]); room < 0 {
			return min(i+1, len(lines)-1)
		}
	}
	return 0
}

// none says why there is no socket to show.
func (p *watchPainter) none() {
	words := wordsNoneNow
	if p.look.Filter != "" {
		words = wordsNoneMatch
	}
	p.put(typeset.Faint, typeset.Say(words, p.Lang))
	p.newline()
	p.put(typeset.Faint, p.look.Plain)
	p.newline()
}

func (p *watchPainter) titles(f *watchLayout) {
	var l watchLine
	l.cells = watchTitles
	p.row(f, &l, func(int) typeset.Style { return typeset.Strong })
}

// socket draws one socket.
func (p *watchPainter) socket(f *watchLayout, l *watchLine) {
	p.row(f, l, l.style)
	if f.stacked(l) {
		p.to(below - len(arrow))
		p.put(typeset.Plain, arrow+l.cells[watchRemote])
		p.newline()
	}
	if text := f.below(l); text != "" {
		p.to(below)
		p.put(noteStyle(l.level), text)
		p.newline()
	}
}

// style is that of a cell.
func (l *watchLine) style(column int) typeset.Style {
	switch column {
	case watchState:
		return stateStyle(l.state, l.level)
	case watchNote:
		return noteStyle(l.level)
	}
	return typeset.Plain
}

// row draws the columns of one line.
func (p *watchPainter) row(f *watchLayout, l *watchLine, style func(column int) typeset.Style) {
	start := 0
	for c, text := range l.cells {
		if !f.has[c] {
			continue
		}
		if c == watchRecv || c == watchSend || c == watchAge {
			p.to(start + f.width[c] - typeset.Width(text))
		} else {
			p.to(start)
		}
		p.put(style(c), text)
		start += f.width[c] + gap
	}
	p.newline()
}

// footer draws the keys, or the filter that is being typed, and where in the list
// the screen is.
func (p *watchPainter) footer(page *WatchPage) {
	look := p.look
	where := typeset.Say(wordsPart, p.Lang, "first", typeset.Decimal(min(page.Offset+1, look.Chosen)),
		"last", typeset.Decimal(page.Offset+page.Shown), "n", typeset.Decimal(look.Chosen))
	room := look.Columns - typeset.Width(where) - gap
	cut := func(style typeset.Style, text string) {
		p.put(style, p.cut(text, room-p.used))
	}
	switch {
	case look.Typing:
		text := typeset.Escape(look.Filter)
		if more := typeset.Width(text) - (room - len("/_")); more > 0 { // its end is where the typing is
			text = typeset.TruncateLeft(text, more, "")
		}
		cut(typeset.Strong, "/"+text+"_")
	case look.Filter != "":
		cut(typeset.Notice, "/"+typeset.Escape(look.Filter))
		cut(typeset.Faint, "  "+typeset.Say(wordsEsc, p.Lang))
	case look.Keys:
		cut(typeset.Faint, typeset.Say(wordsKeys, p.Lang, "sort", look.Sort))
	default:
		cut(typeset.Faint, typeset.Say(wordsNoKeys, p.Lang))
	}
	p.right(typeset.Faint, where)
	p.newline()
}

// The sentences of the screen of a watch. Placeholders: {n} a number, {time}, {age}
// durations, {low}, {high} numbers of sockets, {first}, {last} places in the list.
var (
	wordsTooSmall   = tcp.Text{"too small: {columns}x{rows} at least", "화면이 작음: {columns}x{rows} 이상 필요"}
	wordsPaused     = tcp.Text{"paused", "일시 정지"}
	wordsOldest     = tcp.Text{"oldest {age}", "가장 오래된 것 {age}"}
	wordsSince      = tcp.Text{"in {time}:", "{time} 동안:"}
	wordsAppeared   = tcp.Text{"{n} appeared", "나타남 {n}"}
	wordsChanged    = tcp.Text{"{n} changed", "바뀜 {n}"}
	wordsLeft       = tcp.Text{"{n} left", "사라짐 {n}"}
	wordsBrief      = tcp.Text{"{n} between two samples", "표본 사이에 {n}"}
	wordsLost       = tcp.Text{"{n} ends lost", "놓친 종료 {n}"}
	wordsUnfollowed = tcp.Text{"{n} not followed", "추적하지 않음 {n}"}
	wordsRange      = tcp.Text{"{low} to {high} over {time}", "{time} 동안 {low}~{high}"}
	wordsNoneNow    = tcp.Text{"No such socket now.", "지금은 해당 소켓 없음."}
	wordsNoneMatch  = tcp.Text{"No socket here matches the filter.", "여기에 필터와 맞는 소켓 없음."}
	wordsPart       = tcp.Text{"{first}-{last} of {n}", "{n}개 중 {first}-{last}"}
	wordsEsc        = tcp.Text{"Esc: all of them", "Esc: 모두 보기"}
	wordsKeys       = tcp.Text{
		"q quit, space pause, s sort: {sort}, / filter, arrows scroll",
		"q 끝내기, space 일시 정지, s 정렬: {sort}, / 필터, 화살표 이동",
	}
	wordsNoKeys = tcp.Text{"no keyboard here; Ctrl-C ends it", "키보드 없음; Ctrl-C로 끝냄"}
)
