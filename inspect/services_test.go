package inspect

import (
	"os"
	"strings"
	"testing"
)

// Names of ports are those of TCP, without the comments of the file.
func TestServices(t *testing.T) {
	if _, err := os.Stat("/etc/services"); err != nil {
		t.Skip(err)
	}
	for name, want := range map[string]uint16{"ssh": 22, "https": 443, "biff": 0, "#": 0} {
		if port, found := servicePort(name); port != want || found != (want != 0) {
			t.Errorf("%s is %d", name, port)
		}
	}
	for port, names := range tcpServices() {
		if strings.Contains(strings.Join(names, " "), "#") {
			t.Errorf("port %d is called %q", port, names)
		}
	}
	if name := services()[22]; name != "ssh" {
		t.Errorf("port 22 is %q", name)
	}
}
