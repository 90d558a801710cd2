package procnet

import (
	"io"
	"strings"
)

// maxHostname bounds what is read: the kernel allows 64 bytes.
const maxHostname = 256

// Hostname is the name of the machine, as sys/kernel/hostname has it. That file
// always shows the name that the reader goes by, so that it is not known of a
// /proc of the running kernel other than our own.
func (p Proc) Hostname() (name string, ok bool) {
	if p.dir != ownProc && p.live() {
		return "", false
	}
	f, err := p.open("sys/kernel/hostname")
	if err != nil {
		return "", false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHostname))
	name = strings.TrimSpace(string(text))
	return name, err == nil && name != ""
}
