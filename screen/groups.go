package screen

import (
	"strconv"
	"time"

	"tcpstat/render"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// cell is a text in a table of a screen.
type cell struct {
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
func (p *painter) groups() {
	most := groupsShown(p.rows)
	var tables [][][]cell
	start, height := 0, 0
	for _, table := range [][][]cell{
		p.processTable(most),
		groupTable("Listener", p.shot.Listeners, most),
		groupTable("Peer", p.shot.Peers, most),
	} {
		width := pad(table)
		if len(table) < 2 || start > 0 && start+width > p.columns {
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
func pad(table [][]cell) (width int) {
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

func titleRow(titles ...string) (row []cell) {
	for _, title := range titles {
		row = append(row, cell{typeset.Strong, title})
	}
	return row
}

// groupCells are the cells that all groups have.
func groupCells(subject string, g *watch.Group) []cell {
	var growth cell
	if n, known := g.Growth.Get(); known {
		growth = cell{growthStyle(n), string(render.AppendGrowth(nil, g.Growth))}
	}
	return []cell{{typeset.Plain, subject}, {typeset.Plain, typeset.Decimal(g.Count)}, growth}
}

func growthStyle(growth float64) typeset.Style {
	if growth > 0 {
		return typeset.Notice
	}
	return typeset.Plain
}

func groupTable(title string, groups []watch.Group, most int) [][]cell {
	table := [][]cell{titleRow(title, "Count", "Growth")}
	for i := range groups[:min(len(groups), most)] {
		g := &groups[i]
		subject := string(typeset.AppendAddr(nil, g.Peer))
		if g.Listener.IsValid() {
			subject = string(render.AppendEndpoint(nil, g.Listener))
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

func (p *painter) processTable(most int) [][]cell {
	table := [][]cell{titleRow("Process", "Count", "Growth", "Files", "Full in")}
	for i := range p.shot.Processes[:min(len(p.shot.Processes), most)] {
		g := &p.shot.Processes[i]
		files, fullIn := cell{}, cell{}
		if open, limit, full := g.OpenFiles(); open != (tcp.Opt[uint64]{}) {
			files.text = strconv.FormatUint(open.Or(0), 10) + "/" + strconv.FormatUint(limit.Or(0), 10)
			if d, grows := full.Get(); grows {
				fullIn = cell{fullStyle(d), p.duration(d)}
			}
		}
		name := p.cut(typeset.Escape(g.Name())+"/"+strconv.Itoa(int(g.PID)), ownerRoom)
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
