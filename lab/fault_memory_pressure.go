package main

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	programs["sip"] = sip
	programs["send-and-wait"] = sendAndWait
	register(Fault{
		Name: "memory-pressure", Numbers: []int{21},
		Title: "TCP memory short, beside a program that does not read",
		Story: `
40 clients of a report server read slowly, and its send buffers take more than tcp_mem
allows without pressure. Beside it an audit server has not read 80 bytes of one
connection for half a minute: a fault of its own, which explains none of it.

(tcp_mem and the pages in use are those of the whole machine: both are put into a made
/proc, after what the sockets here hold.)`,
		Stage: func(s *Scene) {
			server, clients := s.Host("server"), s.Host("clients")
			audit := server.Start(Command{Name: "audit", Program: "never-reads", Args: []string{"9000"}})
			reports := server.Start(Command{Name: "reports", Program: "stream", Args: []string{"8080", "1000000"}})
			server.listens(9000)
			server.listens(8080)
			clients.Start(Command{Name: "logger", Program: "send-and-wait", Args: []string{server.Addr + ":9000"}})
			clients.Start(Command{Name: "browser", Program: "sip", Args: []string{server.Addr + ":8080", "40", "50000"}})
			s.Until("an unread request", server.Has(1, "state established sport = :9000"))
			unread := time.Now()
			s.Until("half a minute", func() bool { return time.Since(unread) > 31*time.Second })
			pages := server.bufferPages()
			server.MadeProc(map[string]int{"TCPMemoryPressures": 1, "TCPMemoryPressuresChrono": 25_000}, map[string]string{
				"sys/net/ipv4/tcp_mem": fmt.Sprintf("%d\t%d\t%d\n", pages/2, pages*3/4, 2*pages),
				"1/net/sockstat":       sockstat(0, pages),
			})
			s.Set("audit", audit.PID)
			s.Set("pid", reports.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: within(memoryShort, ``),
			Half: `TCP memory|memory pressure`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{
			Full: within(memoryShort, `reports/{pid}`),
			Half: within(``, `reports/{pid}`),
			In:   []Answer{Overview, Check},
		},
		Side: Expect{Full: within(memoryShort, `\bside:? [^\n]*(peer|this machine)`)},
		Ends: Expect{Full: within(memoryShort, `\bends:? [^\n]*(read|acknowledge|ACK)`), Half: within(memoryShort, `\bends`)},
		Advice: Expect{
			Full: within(memoryShort, `\bdo:? [^\n]*(send buffers?|sendq|SO_SNDBUF|tcp_wmem)`),
			Half: within(memoryShort, `\bdo:? [^\n]*tcp_mem`),
		},
		Never: append([]string{within(memoryShort, `audit/{audit}`), within(`audit/{audit}`, memoryShort), `the peer is not reading`}, falseComfort...),
	})
}

// memoryShort is what the title must name.
const memoryShort = `TCP memory|tcp_mem`

// sent finds what a socket holds of data that was received and sent, as ss tells.
var sent = regexp.MustCompile(`skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+),`)

// bufferPages is how many pages the TCP sockets of the host hold.
func (h *Host) bufferPages() (pages int) {
	for _, match := range sent.FindAllStringSubmatch(h.Run("ss", "-Htanm"), -1) {
		for _, number := range match[1:] {
			bytes, err := strconv.Atoi(number)
			h.scene.Must(err)
			pages += bytes / unix.Getpagesize()
		}
	}
	return pages
}

// sip ADDRESS N RATE reads from N connections RATE bytes a second each.
func sip(args []string) error {
	n, rate, err := twoNumbers(args[1:])
	if err != nil {
		return err
	}
	for range n {
		conn, err := dial(args[0])
		if err != nil {
			return err
		}
		held = append(held, conn)
	}
	const times = 10 // a second
	gulp := make([]byte, rate/times)
	for range time.Tick(time.Second / times) {
		for _, conn := range held {
			if _, err := io.ReadFull(conn, gulp); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendAndWait ADDRESS sends a request and waits for ever.
func sendAndWait(args []string) error {
	conn, err := dial(args[0])
	if err != nil {
		return err
	}
	if _, err := conn.Write(orderRequest); err != nil {
		return err
	}
	held = append(held, conn)
	return rest()
}
