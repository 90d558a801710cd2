package render

import (
	"flag"
	"regexp"

	"tcpstat/tcp"
)

var update = flag.Bool("update", false, "write the expected outputs again")

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// languages are those of the texts.
var languages = []tcp.Lang{tcp.English, tcp.Korean}
