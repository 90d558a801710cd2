package procnet

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tcpstat/tcp"
)

func TestSysctls(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  tcp.Sysctls
		err   string
	}{
		{"none", nil, tcp.Sysctls{}, ""},
		{"some", map[string]string{
			"sys/net/ipv4/tcp_retries2":        "15\n",
			"sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
			"sys/net/core/somaxconn":           "4096\n",
			"sys/net/ipv4/tcp_unheard_of":      "7\n",
		}, tcp.Sysctls{tcp.Retries2: 15, tcp.Somaxconn: 4096, tcp.PortRangeLow: 32768, tcp.PortRangeHigh: 60999}, ""},
		{"garbage beside a value", map[string]string{
			"sys/net/ipv4/tcp_retries2":    "15\n",
			"sys/net/ipv4/tcp_fin_timeout": "\x1b[2J\n",
		}, tcp.Sysctls{tcp.Retries2: 15}, `sys/net/ipv4/tcp_fin_timeout: line 1, column 1: tcp_fin_timeout: want a number from 0 to 9223372036854775807: "\x1b[2J"`},
		{"empty", map[string]string{"sys/net/ipv4/tcp_retries1": ""}, tcp.Sysctls{}, `sys/net/ipv4/tcp_retries1: line 1, column 1: empty: ""`},
		{
			"one of two numbers",
			map[string]string{"sys/net/ipv4/ip_local_port_range": "1024\n"},
			tcp.Sysctls{tcp.PortRangeLow: 1024},
			`sys/net/ipv4/ip_local_port_range: line 1, column 5: ip_local_port_range:high: missing: "1024"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range test.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got, err := New(files, "net").Sysctls()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if message := errorText(err); message != test.err {
				t.Errorf("got\n%s, want\n%s", message, test.err)
			}
		})
	}
}

func FuzzSysctls(f *testing.F) {
	for _, seed := range []string{"15\n", "32768\t60999\n", "", "-1\n", "9223372036854775808\n", "1 2"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := New(fstest.MapFS{"sys/net/ipv4/ip_local_port_range": {Data: data}}, "net")
		settings, err := p.Sysctls()
		low, hasLow := settings[tcp.PortRangeLow]
		high, hasHigh := settings[tcp.PortRangeHigh]
		if (err == nil) != (hasLow && hasHigh) || low < 0 || high < 0 {
			t.Errorf("settings %v and error %v", settings, err)
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestKernelSysctls(t *testing.T) {
	settings, err := Self().Sysctls()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/proc/sys/net/ipv4/tcp_retries2")
	if err != nil {
		t.Fatal(err)
	}
	want, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if got, ok := settings[tcp.Retries2]; err != nil || !ok || got != want {
		t.Errorf("tcp_retries2 is %d, %t, want %d (%v)", got, ok, want, err)
	}
}

// The settings of another namespace are not to be had from here, and ours must
// not pass for them.
func TestSysctlsOfAnotherNamespace(t *testing.T) {
	child := exec.Command("cat")
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		child.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
	}
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		skip(t, "no new network namespace here (allow user namespaces, or run as root): %v", err)
	}
	defer child.Wait()
	defer stdin.Close()

	other := at("/proc", strconv.Itoa(child.Process.Pid)+"/net")
	if settings, err := other.Sysctls(); !errors.Is(err, ErrOtherNamespace) || settings != nil {
		t.Errorf("settings %v, error %v", settings, err)
	}
	if text, err := other.ReadFile("sys/net/ipv4/tcp_fin_timeout"); !errors.Is(err, ErrOtherNamespace) {
		t.Errorf("tcp_fin_timeout %q, error %v", text, err)
	}
	if sockets, errs := read(other, everything); len(sockets) != 0 || len(errs) > 0 {
		t.Errorf("%d sockets in an empty namespace, errors %v", len(sockets), errs)
	}
}
