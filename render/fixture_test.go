package render

import (
	"regexp"

	"tcpstat/tcp"
)

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// languages are those of the texts.
var languages = []tcp.Lang{tcp.English, tcp.Korean}
