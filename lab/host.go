package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// A Host is a machine of the scene: namespaces of its own that hang on one process,
// its PID 1.
type Host struct {
	Name string
	Addr string // without a port

	scene     *Scene
	init      *exec.Cmd
	pidfd     int
	links     *netlink.Handle
	port      netlink.Link // of the bridge, to which the host is plugged
	processes []*Process
}

// namespaces are those that a host has, and that the lab's own threads enter.
const namespaces = unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWUTS

func init() {
	// The first thread stays with the main goroutine: /proc/self shows what it is in.
	runtime.LockOSThread()
	programs["init"] = beInit
}

// beInit is the first process of a host. All others end with it.
func beInit(args []string) error {
	if err := unix.Sethostname([]byte(args[0])); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	signal.Ignore(unix.SIGCHLD) // the kernel buries those who have lost their parent
	fmt.Println("ready")
	return rest()
}

// boot starts the first process of a host.
func (s *Scene) boot(name string) *Host {
	h := &Host{Name: name, scene: s}
	h.init = s.bench.command("init", "init", name)
	h.init.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: namespaces | unix.CLONE_NEWPID,
		Pdeathsig:  unix.SIGKILL,
	}
	h.init.Stderr = os.Stderr
	out, err := h.init.StdoutPipe()
	s.Must(err)
	onLastingThread(func() { err = h.init.Start() })
	s.Must(err)
	s.hosts = append(s.hosts, h)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		s.Fail("the first process of host %s: %w", name, err)
	}
	h.pidfd, err = unix.PidfdOpen(h.init.Process.Pid, 0)
	s.Must(err)
	network, err := netns.GetFromPid(h.init.Process.Pid)
	s.Must(err)
	defer network.Close()
	h.links, err = netlink.NewHandleAt(network, unix.NETLINK_ROUTE)
	s.Must(err)
	return h
}

// onLastingThread runs f on a thread that lives as long as the lab: the kernel kills a
// child with Pdeathsig when the thread that started it ends, not the process.
func onLastingThread(f func()) {
	lastingThread.Do(func() {
		go func() {
			runtime.LockOSThread()
			for f := range lastingWork {
				f()
			}
		}()
	})
	done := make(chan struct{})
	lastingWork <- func() { defer close(done); f() }
	<-done
}

var (
	lastingThread sync.Once
	lastingWork   = make(chan func())
)

func (h *Host) end() {
	_ = h.init.Process.Kill() // it may have ended
	_ = h.init.Wait()
	for _, p := range h.processes {
		<-p.ended
	}
	if h.links != nil {
		h.links.Close()
	}
	if h.pidfd != 0 {
		unix.Close(h.pidfd)
	}
}

// Do runs f in the host, on a thread of its own: sockets that f opens are the host's,
// but belong to no process that is seen there. What f leaves to other goroutines runs
// outside.
func (h *Host) Do(f func() error) {
	h.scene.Must(h.enter(namespaces, f))
}

// enter runs f on a thread that moves to namespaces of the host and ends with f.
func (h *Host) enter(flags int, f func() error) (err error) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		runtime.LockOSThread()
		// A thread that shares its root and working directory may not change mounts.
		if err = unix.Unshare(unix.CLONE_FS); err != nil {
			return
		}
		if err = unix.Setns(h.pidfd, flags); err != nil {
			err = fmt.Errorf("enter host %s: %w", h.Name, err)
			return
		}
		err = f()
	}()
	if fault := <-done; fault != nil {
		panic(fault)
	}
	return err
}

// Sysctl sets "net/ipv4/tcp_syncookies" of the host.
func (h *Host) Sysctl(name, value string) {
	h.Do(func() error { return os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0) })
}

// Proc makes another /proc of the host for --proc, in which files have other contents:
// "sys/net/ipv4/tcp_mem" (which only the outermost network has), "1/net/sockstat".
func (h *Host) Proc(files map[string]string) (dir string) {
	dir, err := os.MkdirTemp(h.scene.dir, "proc-")
	h.scene.Must(err)
	h.Run("mount", "-t", "proc", "proc", dir)
	folders := map[string]bool{}
	for name := range files {
		folders[filepath.Dir(name)] = true
	}
	h.Do(func() (err error) {
		for folder := range folders {
			err = errors.Join(err, coverFolder(filepath.Join(dir, folder), filepath.Join("/proc", folder)))
		}
		for name, text := range files {
			path := filepath.Join(dir, name)
			_ = os.Remove(path) // not there if it is new
			err = errors.Join(err, os.WriteFile(path, []byte(text), 0o644))
		}
		return err
	})
	return dir
}

// coverFolder covers a folder with one that leads to what is there, file by file. A
// mount over a single file of /proc/PID/net would be gone at the next look.
func coverFolder(dir, original string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		return err
	}
	for _, entry := range entries {
		err = errors.Join(err, os.Symlink(filepath.Join(original, entry.Name()), filepath.Join(dir, entry.Name())))
	}
	return err
}

// Drop loses packets that come in or go out and match an expression of nft:
//
//	peer.Drop(In, "numgen random mod 1000 < 30")
//	peer.Drop(Out, "meta length > 1300")
//	peer.Drop(In, "")                             // all
func (h *Host) Drop(way Way, match string) {
	h.NFT(fmt.Sprintf(`
		add table inet lab
		add chain inet lab %[1]s { type filter hook %[1]s priority 0; }
		add rule inet lab %[1]s iifname != "lo" oifname != "lo" %[2]s drop`, way, match))
}

// Way is a hook of nft.
type Way string

// The ways of packets.
const (
	In  Way = "input"
	Out Way = "output"
)

// NFT runs commands of nft. "flush ruleset" ends every Drop.
func (h *Host) NFT(rules string) {
	h.Run("nft", "-f", h.scene.File("rules.nft", rules))
}

// Down pulls the plug: nothing reaches the host or leaves it, and nobody is told.
func (h *Host) Down() {
	h.scene.Must(h.scene.hosts[0].links.LinkSetDown(h.port))
}

// Up puts the plug in again, and waits until the link carries packets.
func (h *Host) Up() {
	h.scene.Must(h.scene.hosts[0].links.LinkSetUp(h.port))
	h.scene.Until("a link that carries", h.linked)
}

// linked reports whether both ends of the host's link carry packets: the kernel finds
// out a moment after it is told that they are up.
func (h *Host) linked() bool {
	bridge := h.scene.hosts[0].links
	return carries(h.links, "eth0") && carries(bridge, h.port.Attrs().Name)
}

func carries(links *netlink.Handle, name string) bool {
	link, err := links.LinkByName(name)
	return err == nil && link.Attrs().OperState == netlink.OperUp
}

// Sockets counts what ss finds by a filter: "state close-wait sport = :8080".
func (h *Host) Sockets(filter string) int {
	out := h.Run("ss", append([]string{"-Htan"}, strings.Fields(filter)...)...)
	return strings.Count(out, "\n")
}

// Has is the condition that ss finds at least n sockets by a filter, for [Scene.Until].
func (h *Host) Has(n int, filter string) func() bool {
	return func() bool { return h.Sockets(filter) >= n }
}

// Reach is the condition that ss shows for at least n sockets that it finds by a
// filter a number of at least least. The pattern's group is the number:
//
//	server.Reach(10, "state close-wait", `lastack:(\d+)`, 2000)            // silent for 2 s
//	server.Reach(1, "state established", `backoff:(\d+)`, 4)               // 3 s and more of probes
//	server.Reach(1, "state listening sport = :80", `skmem:.*,d(\d+)`, 40) // drops
func (h *Host) Reach(n int, filter, pattern string, least int) func() bool {
	number := regexp.MustCompile(pattern)
	args := append([]string{"-HtanOoim"}, strings.Fields(filter)...)
	return func() bool {
		reached := 0
		for line := range strings.Lines(h.Run("ss", args...)) {
			found := number.FindStringSubmatch(line)
			if found == nil {
				continue
			}
			value, err := strconv.Atoi(found[1])
			h.scene.Must(err)
			if value >= least {
				reached++
			}
		}
		return reached >= n
	}
}

// Counter reads "ListenOverflows", "RetransSegs" and their like.
func (h *Host) Counter(name string) int {
	for _, file := range []string{"snmp", "netstat"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", h.init.Process.Pid, file))
		h.scene.Must(err)
		if value, ok := findCounter(string(text), name); ok {
			return value
		}
	}
	h.scene.Fail("the kernel has no counter %s", name)
	return 0
}

// findCounter looks for a TCP counter in a text that has a line of names before each
// line of values.
func findCounter(text, name string) (value int, found bool) {
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		names, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
		for column, have := range names {
			if strings.HasPrefix(lines[i], "Tcp") && have == name {
				_, err := fmt.Sscan(values[column], &value)
				return value, err == nil
			}
		}
	}
	return 0, false
}
