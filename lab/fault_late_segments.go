package main

import (
	"math/rand/v2"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	programs["road"] = beRoad
	register(Fault{
		Name: "delay-spikes", Numbers: []int{29}, Quick: true,
		Title: "Delays that come and go",
		Story: `
A server sends a short message to each of 200 clients every 250 ms. Every 2
seconds the way to them stands still for 700 ms, and nothing is lost: the server sends
again what is late, and the clients say that they have it twice (DSACK).`,
		Stage: func(s *Scene) {
			server := late(s, roadwork{every: 2 * time.Second, stands: 700 * time.Millisecond},
				Command{Name: "ticker", Program: "tick", Args: []string{"8000", "250ms"}},
				Command{Name: "reader", Program: "drink-many", Args: []string{"10.9.0.1:8000", "200"}})
			s.Until("segments that were needless", func() bool { return server.Counter("TCPDSACKRecv") >= 300 })
		},
		Cause:   lateCause,
		Culprit: lateCulprit,
		Side:    lateSide,
		Ends:    lateEnds,
		Advice:  lateAdvice,
		Never:   lateNever,
	})
	register(Fault{
		Name: "reordering", Numbers: []int{29}, Quick: true,
		Title: "Segments that overtake each other",
		Story: `
A server streams to a client. 5 % of the segments come 10 ms late, and others overtake
them; nothing is lost.`,
		Stage: func(s *Scene) {
			server := late(s, roadwork{slow: 50, by: 10 * time.Millisecond},
				Command{Name: "radio", Program: "stream", Args: []string{"8000", "2000000"}},
				Command{Name: "player", Program: "drink-many", Args: []string{"10.9.0.1:8000", "2"}})
			s.Until("segments that were needless", func() bool { return server.Counter("TCPDSACKRecv") >= 100 })
		},
		Cause:   lateCause,
		Culprit: lateCulprit,
		Side:    lateSide,
		Ends:    lateEnds,
		Advice:  lateAdvice,
		Never:   lateNever,
	})
}

// What is said of segments that come late.
var (
	lateCause = Expect{
		Full: `(needless|already|for nothing|twice)[^.]*(delay|reorder|overt)|(delay|reorder|overt)[^.]*(not los|needless|nothing is lost|already)`,
		Half: `(WARNING|CRITICAL)[^\n]*needless`,
		In:   []Answer{Check, Statistics},
	}
	lateCulprit = Expect{Full: `(WARNING|CRITICAL)[^\n]*{client}\b`, Half: `{client} has`, In: []Answer{Check}}
	lateSide    = Expect{Full: `\bside [^\n]*(path|way|network)`, In: []Answer{Check}}
	lateEnds    = Expect{Full: `\bends [^\n]+`, In: []Answer{Check}}
	lateAdvice  = Expect{
		Full: `\bdo [^\n]*(delay|reorder|latency|bufferbloat|several paths|load balanc|stall)`,
		In:   []Answer{Check},
	}
	lateNever = append([]string{
		`loses segments`,
		`segments to [^\n]* are lost`,
		`way back to this machine|way out is not at fault`, // it is the way out
		`are lost on the way`,
		`(duplex|full link|policer)`, // what loses segments
	}, falseComfort...)
)

// A roadwork says how a road delays: every so often it stands still, and of 1000
// packets some are slow.
type roadwork struct {
	every, stands time.Duration
	slow          int
	by            time.Duration
}

// late starts a server whose packets to a client take a road with a roadwork, and asks
// at the server.
func late(s *Scene, r roadwork, server, client Command) *Host {
	here, road, there := s.Host("server"), s.Host("road"), s.Host("client")
	road.Sysctl("net/ipv4/ip_forward", "0") // the program does it
	road.Start(Command{
		Name: "road", Program: "road",
		Args: []string{r.every.String(), r.stands.String(), strconv.Itoa(r.slow), r.by.String()},
	})
	here.Run("ip", "route", "add", there.Addr+"/32", "via", road.Addr)
	here.Start(server)
	s.Until("a listener", here.Has(1, "state listening sport = :8000"))
	there.Start(client)
	s.Set("client", there.Addr)
	s.Ask(here)
	return here
}

// beRoad EVERY STANDS SLOW BY forwards packets late, see roadwork.
func beRoad(args []string) error {
	work, err := parseRoadwork(args)
	if err != nil {
		return err
	}
	in, out, err := roadSockets()
	if err != nil {
		return err
	}
	begin := time.Now()
	for {
		p := make(packet, 2048)
		n, from, err := unix.Recvfrom(in, p, 0)
		if err != nil {
			return err
		}
		if link, ok := from.(*unix.SockaddrLinklayer); !ok || link.Pkttype != unix.PACKET_HOST {
			continue // what the road itself sends
		}
		time.Sleep(work.standsFor(time.Since(begin)))
		forward := func() { p[:n].sendFrom(out) }
		if rand.N(1000) < work.slow {
			time.AfterFunc(work.by, forward)
		} else {
			forward()
		}
	}
}

// roadSockets are one for what comes and one for what goes.
func roadSockets() (in, out int, err error) {
	const ip = unix.ETH_P_IP >> 8 & 0xff // in the order of the network
	in, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, ip)
	if err != nil {
		return 0, 0, err
	}
	// What waits while the road stands still waits in the socket.
	if err := unix.SetsockoptInt(in, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 32<<20); err != nil {
		return 0, 0, err
	}
	out, err = rawSocket()
	return in, out, err
}

// standsFor is for how long the road still stands at a time since its begin.
func (r roadwork) standsFor(now time.Duration) time.Duration {
	if r.every == 0 {
		return 0
	}
	return max(0, r.stands-now%r.every)
}

func parseRoadwork(args []string) (r roadwork, err error) {
	if r.every, err = time.ParseDuration(args[0]); err != nil {
		return r, err
	}
	if r.stands, err = time.ParseDuration(args[1]); err != nil {
		return r, err
	}
	if r.slow, err = strconv.Atoi(args[2]); err != nil {
		return r, err
	}
	r.by, err = time.ParseDuration(args[3])
	return r, err
}
