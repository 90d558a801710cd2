package render

import "tcpstat/listing"

// Tabbed writes chosen columns for scripts: a line of names, and a line of cells
// for each socket, with one tab between them. No cell is empty or has a tab in it.
type Tabbed struct {
	Columns []Column
	Header  bool
}

// AppendHead appends the line of names.
func (t *Tabbed) AppendHead(dst []byte, _ listing.Head) []byte {
	if !t.Header {
		return dst
	}
	for i := range t.Columns {
		dst = append(append(dst, t.Columns[i].Name...), t.end(i))
	}
	return dst
}

// end is what stands behind a cell.
func (t *Tabbed) end(i int) byte {
	if i == len(t.Columns)-1 {
		return '\n'
	}
	return '\t'
}

// AppendBetween appends what stands between two rows: nothing.
func (t *Tabbed) AppendBetween(dst []byte) []byte { return dst }

// AppendTail appends what stands below the rows: nothing.
func (t *Tabbed) AppendTail(dst []byte, _ listing.Tail) []byte { return dst }

// AppendRow appends the row of one socket.
func (t *Tabbed) AppendRow(dst []byte, r *listing.Row) []byte {
	for i := range t.Columns {
		dst = append(t.Columns[i].appendValue(dst, r), t.end(i))
	}
	return dst
}

// appendValue appends what a script reads.
func (c *Column) appendValue(dst []byte, r *listing.Row) []byte {
	start := len(dst)
	if dst = c.value(dst, r); len(dst) == start {
		return append(dst, unknownWord...)
	}
	return dst
}
