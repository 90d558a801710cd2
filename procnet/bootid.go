package procnet

import "strings"

// BootID tells one run of a kernel from another (sys/kernel/random/boot_id). It is
// false where that cannot be read.
func (p Proc) BootID() (id string, ok bool) {
	text, err := p.ReadFile("sys/kernel/random/boot_id")
	id = strings.TrimSpace(string(text))
	return id, err == nil && id != ""
}
