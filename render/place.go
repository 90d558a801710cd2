package render

// wish is the room that a column would like to have.
type wish struct {
	width int
	right bool // its values are numbers
	least int  // above 0: it may be wrapped into so much, and takes what is left
}

// place is where a column stands, if it fits.
type place struct {
	fits         bool
	right        bool
	start, width int
}

// of is where a cell of a width begins.
func (pl place) of(width int) int {
	if pl.right {
		return pl.start + max(pl.width-width, 0)
	}
	return pl.start
}

// placeColumns puts columns side by side as far as there is room; the first always
// has it. One that may be wrapped finds room only behind all others.
func placeColumns(screen int, wishes []wish) []place {
	places := make([]place, len(wishes))
	end := -gap
	for i, w := range wishes {
		pl := place{right: w.right, start: end + gap, width: w.width}
		room := screen - pl.start
		if w.least > 0 {
			pl.fits = i == len(wishes)-1 && room >= min(w.least, w.width)
			pl.width = room
		} else {
			pl.fits = w.width <= room || i == 0
		}
		if pl.fits {
			end = pl.start + pl.width
		}
		places[i] = pl
	}
	return places
}
