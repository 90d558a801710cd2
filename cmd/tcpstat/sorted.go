package main

import (
	"bytes"
	"slices"

	"tcpstat/listing"
	"tcpstat/render"
)

// sortedRows keeps rows as they will be printed, with their sort keys. Of a list
// that is cut it keeps little more than the rows that may still be printed.
type sortedRows struct {
	field render.SortField
	top   int // rows to print, 0: all
	rows  []sortedRow
	slab  []byte // room for the rows to come
	row   []byte // of the current one, reused
	last  []byte // key of the last row kept by the latest cut, nil before it
}

// sortedRow is a key and the text behind it.
type sortedRow struct {
	bytes []byte
	text  int // where the text begins
}

func (r sortedRow) key() []byte { return r.bytes[:r.text] }

// slabSize holds some thousand rows. A slab for each row would take a third more
// memory, one for all rows would be copied as it grows.
const slabSize = 1 << 20

// spareRows is how many rows more than asked for are kept at least, so that they
// are seldom sorted.
const spareRows = 256

func (s *sortedRows) add(r *listing.Row, p printer) {
	s.row = render.AppendSortKey(s.row[:0], s.field, r)
	text := len(s.row)
	if s.last != nil && bytes.Compare(s.row, s.last) >= 0 {
		return
	}
	s.row = p.AppendRow(s.row, r)
	s.rows = append(s.rows, sortedRow{s.keep(s.row), text})
	if s.top > 0 && len(s.rows) >= 2*s.top+spareRows {
		s.cut()
	}
}

// keep copies a row into a slab.
func (s *sortedRows) keep(row []byte) []byte {
	if cap(s.slab)-len(s.slab) < len(row) {
		s.slab = make([]byte, 0, max(slabSize, len(row)))
	}
	start := len(s.slab)
	s.slab = append(s.slab, row...)
	return s.slab[start:len(s.slab):len(s.slab)]
}

// cut forgets the rows that will not be printed, and their slabs.
func (s *sortedRows) cut() {
	s.rows = s.sorted()
	s.slab = nil
	for i, row := range s.rows {
		s.rows[i].bytes = s.keep(row.bytes)
	}
	s.last = s.rows[len(s.rows)-1].key()
}

// sorted gives the rows to print, in order. Equal ones stay as they came.
func (s *sortedRows) sorted() []sortedRow {
	slices.SortStableFunc(s.rows, func(a, b sortedRow) int { return bytes.Compare(a.key(), b.key()) })
	if s.top > 0 && s.top < len(s.rows) {
		clear(s.rows[s.top:])
		return s.rows[:s.top]
	}
	return s.rows
}

// print appends the texts of the rows in order, each by emit.
func (s *sortedRows) print(emit func(row func([]byte) []byte) error) error {
	for _, row := range s.sorted() {
		if err := emit(func(dst []byte) []byte { return append(dst, row.bytes[row.text:]...) }); err != nil {
			return err
		}
	}
	return nil
}
