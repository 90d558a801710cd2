package procnet

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tcpstat/tcp"
)

// SocketFiles and [MachineFiles] are the files of /proc, apart from those of
// processes, that tell of TCP. What is below net is of the namespace, wherever it
// lies.
var SocketFiles = []string{"net/tcp", "net/tcp6"}

// MachineFiles are the counters, the settings, and what names the machine.
func MachineFiles() []string {
	files := []string{
		"sys/kernel/hostname", "sys/kernel/osrelease", "sys/kernel/random/boot_id", "uptime",
		"net/snmp", "net/netstat", "net/sockstat", "net/sockstat6", "net/snmp6", "net/stat/nf_conntrack",
		"sys/net/ipv4/tcp_mem", "sys/net/ipv4/tcp_syncookies", "sys/net/ipv4/ip_local_reserved_ports",
		"sys/net/netfilter/nf_conntrack_count", "sys/net/netfilter/nf_conntrack_max",
	}
	for _, doc := range tcp.SysctlDocs {
		if name := path.Join("sys/net", doc.Path); !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	return files
}

// ProcessFiles are the files in the folder of a process that tell who it is and
// what it may.
var ProcessFiles = []string{"comm", "cmdline", "limits", "cgroup", "stat", "status"}

// ReadFile reads one of these files whole; a process's with its number
// ("4711/comm"). A setting of another network namespace than that of the calling
// thread is ErrOtherNamespace, and the name of another machine fs.ErrNotExist.
func (p Proc) ReadFile(name string) ([]byte, error) {
	switch inside, below := strings.CutPrefix(name, "net/"); {
	case below:
		name = path.Join(p.net, inside)
	case strings.HasPrefix(name, "sys/net/") && p.live() && !p.entered():
		return nil, fmt.Errorf("%s: %w", p.path(name), ErrOtherNamespace)
	case name == "sys/kernel/hostname":
		if _, ok := p.Hostname(); !ok {
			return nil, &fs.PathError{Op: "open", Path: p.path(name), Err: fs.ErrNotExist}
		}
	}
	f, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
