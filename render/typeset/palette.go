package typeset

import (
	"strings"

	"github.com/fatih/color"
)

// Style is what a piece of text is, not how it looks.
type Style uint8

// The styles.
const (
	Plain  Style = iota
	Strong       // a heading, a name that is looked for
	Faint        // true but not now important
	Good         // as it should be
	Notice       // worth a look
	Alarm        // needs somebody
	styleCount
)

// Palette turns styles into terminal codes. It is built once, because asking
// fatih/color for every cell costs as much as half a run. The nil Palette writes
// plain text.
type Palette struct {
	before, after [styleCount]string
}

// NewPalette makes the palette of a colour terminal. Whether colours are wanted
// at all is the caller's decision; without them use a nil Palette.
func NewPalette() *Palette {
	p := &Palette{}
	for style, attributes := range map[Style][]color.Attribute{
		Strong: {color.Bold},
		Faint:  {color.Faint},
		Good:   {color.FgGreen},
		Notice: {color.FgYellow},
		Alarm:  {color.FgRed, color.Bold},
	} {
		c := color.New(attributes...)
		c.EnableColor() // NO_COLOR at the time of New would pin the object to plain
		p.before[style], p.after[style], _ = strings.Cut(c.Sprint("\x00"), "\x00")
	}
	return p
}

// Append appends text in a style. Pad before styling: codes have no width.
func (p *Palette) Append(dst []byte, style Style, text string) []byte {
	if p == nil || style == Plain {
		return append(dst, text...)
	}
	dst = append(dst, p.before[style]...)
	dst = append(dst, text...)
	return append(dst, p.after[style]...)
}

// String is Append for a text on its own.
func (p *Palette) String(style Style, text string) string {
	return string(p.Append(nil, style, text))
}
