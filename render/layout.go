package render

import (
	"slices"

	"tcpstat/render/typeset"
)

// layout is how the table is fitted into the terminal. What gives way, in this
// order:
//
//   - Columns leave, the least wanted first. Owners that have no column, or are
//     too wide for it, are named below their row.
//   - Rows whose addresses are wider than those of most rows break, the remote
//     address below the local one, so that a few long IPv6 addresses do not cost
//     the others their columns.
//   - Where most addresses leave no room for each other, or for an owner that
//     was asked for, every row is stacked like that.
//
// An address is never cut. Notes stand beside the rows if that leaves room for
// them, else below.
type layout struct {
	screen  int      // columns of the terminal
	order   []column // as they are printed
	absent  []column // found no room
	start   [columnCount]int
	width   [columnCount]int
	stacked bool
	note    int // where notes beside the rows begin, 0: notes stand below
}

// gap stands between columns.
const gap = 2

// wanted are the columns that may leave, the most wanted first. State, the
// addresses and, where there are several, the namespace stay.
var wanted = []column{
	ownerColumn, timerColumn, recvColumn, sendColumn, ageColumn, userColumn,
	interfaceColumn, inodeColumn, unitColumn, cookieColumn,
}

const (
	// noteRoom is the least width in which a note beside the row reads well.
	noteRoom = 36

	// namespaceRoom is the widest that the column of namespaces gets. The rest of a
	// row with a longer name stands below it.
	namespaceRoom = 24

	// ownerLeast holds most names and nearly every word about owners. Wider ones
	// go below their row before other columns leave.
	ownerLeast = 19
)

// stackedTitle stands above addresses that stand one below the other.
const stackedTitle = "Local -> Remote Address"

// fit chooses what there is room for.
func (t *Terminal) fit() layout {
	f := layout{screen: max(t.Width, typeset.MinWidth)}
	for c := range columnCount {
		f.width[c] = max(t.facts[c].width, len(columnTitles[c]))
	}
	f.width[ownerColumn] = min(f.width[ownerColumn], ownerLeast)
	covered := t.ends.cover()
	f.order = []column{stateColumn, localColumn, remoteColumn}
	free := f.screen - f.width[stateColumn]
	if t.namespaces {
		f.order = append(f.order, namespaceColumn)
		f.width[namespaceColumn] = min(f.width[namespaceColumn], namespaceRoom)
		free -= f.width[namespaceColumn] + gap
	}
	free = t.fitEnds(&f, covered, free)
	for _, c := range wanted {
		switch {
		case !t.asked(c) || !t.facts[c].tells:
		case f.width[c]+gap > free:
			f.absent = append(f.absent, c)
		default:
			f.order = append(f.order, c)
			free -= f.width[c] + gap
		}
	}
	t.spend(&f, covered, free)
	f.place()
	return f
}

// worthBreaking is how much room must be won for others before rows are broken
// for it: the difference between IPv6 and IPv4, not that between two IPv4
// addresses.
const worthBreaking = 12

// fitEnds gives the addresses the room that nearly all rows need, and tells what
// is left. One row in four may break for the sake of columns, every other one
// rather than that all are stacked.
func (t *Terminal) fitEnds(f *layout, covered *coverage, free int) int {
	rows := t.ends.rows
	local, remote := covered.narrowest(rows - rows/16)
	rest := free - 2*gap - local - remote
	for _, try := range []struct{ rows, wish int }{{rows - rows/4, t.wish(f)}, {rows - rows/2, 0}} {
		l, r := covered.narrowest(try.rows)
		if won := local + remote - l - r; rest < try.wish && won >= worthBreaking || rest < 0 && rest+won >= 0 {
			local, remote, rest = l, r, rest+won
		}
	}
	stacked := max(covered.narrowestLocal(rows-rows/4), len(stackedTitle))
	stacked = min(stacked, free-gap)
	owner := 0
	if t.asked(ownerColumn) {
		owner = gap + f.width[ownerColumn]
	}
	if rest < 0 || rest < owner && free-gap-stacked >= owner {
		f.stacked = true
		local, remote, rest = stacked, 0, free-gap-stacked
	}
	f.width[localColumn], f.width[remoteColumn] = local, remote
	return rest
}

// wish is the room for the columns that are worth a broken row.
func (t *Terminal) wish(f *layout) (room int) {
	for _, c := range []column{ownerColumn, timerColumn, recvColumn, sendColumn} {
		if t.asked(c) {
			room += gap + f.width[c]
		}
	}
	return room
}

// spend gives the room that is left to owners, to notes, and to addresses that
// would break their row.
func (t *Terminal) spend(f *layout, covered *coverage, free int) {
	if more := t.facts[ownerColumn].width - f.width[ownerColumn]; more > 0 && more <= free && slices.Contains(f.order, ownerColumn) {
		f.width[ownerColumn] += more
		free -= more
	}
	if f.stacked {
		return
	}
	if t.noted && free >= gap+noteRoom {
		f.note = 1 // place says where
		free -= gap + noteRoom
	}
	f.width[localColumn], f.width[remoteColumn] = covered.best(f.width[localColumn], f.width[remoteColumn], free)
}

// place puts the columns side by side, in their usual order.
func (f *layout) place() {
	slices.Sort(f.order)
	end := 0
	for _, c := range f.order {
		if f.stacked && c == remoteColumn {
			continue
		}
		if end > 0 {
			end += gap
		}
		f.start[c] = end
		end += f.width[c]
	}
	if f.note > 0 {
		f.note = end + gap
	}
}

// widest is the widest address that can get a column: IPv6 in full, or a host
// name of that length.
const widest = 64

// endWidths counts rows by the widths of their two addresses.
type endWidths struct {
	rows  int
	count [widest + 1][widest + 1]int32 // the last: wider than any column
}

func (e *endWidths) add(local, remote int) {
	local = max(local, len(columnTitles[localColumn]))
	remote = max(remote, len(columnTitles[remoteColumn]))
	e.count[min(local, widest)][min(remote, widest)]++
	e.rows++
}

// coverage tells how many rows stand on one line, by the widths of both address
// columns.
type coverage [widest + 1][widest + 1]int32

func (e *endWidths) cover() *coverage {
	c := coverage(e.count)
	for l := range c {
		for r := 1; r <= widest; r++ {
			c[l][r] += c[l][r-1]
		}
	}
	for l := 1; l <= widest; l++ {
		for r := range c[l] {
			c[l][r] += c[l-1][r]
		}
	}
	return &c
}

// narrowest finds the least room in which so many rows stand on one line. It is
// more than any terminal has where there is none.
func (c *coverage) narrowest(rows int) (local, remote int) {
	local, remote = 1<<20, 1<<20
	most := int32(0)
	for l := range widest {
		for r := range widest {
			n, more := c[l][r], l+r-local-remote
			if int(n) >= rows && (more < 0 || more == 0 && n > most) {
				local, remote, most = l, r, n
			}
		}
	}
	return local, remote
}

// narrowestLocal is narrowest for the local address alone.
func (c *coverage) narrowestLocal(rows int) int {
	for l := range widest {
		if int(c[l][widest]) >= rows {
			return l
		}
	}
	return widest
}

// best finds the widths, no less than those given and with no more room than
// free on top, in which most rows stand on one line.
func (c *coverage) best(local, remote, free int) (int, int) {
	bestLocal, bestRemote := local, remote
	for l := local; l < widest && l <= local+free; l++ {
		for r := remote; r < widest && l+r <= local+remote+free; r++ {
			n, most := c[l][r], c[bestLocal][bestRemote]
			if n > most || n == most && l+r < bestLocal+bestRemote {
				bestLocal, bestRemote = l, r
			}
		}
	}
	return bestLocal, bestRemote
}
