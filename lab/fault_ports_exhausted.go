package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	programs["no-pool"] = noPool
	register(Fault{
		Name: "ports-exhausted", Numbers: []int{15}, Quick: true, Needs: []string{"redis-server"},
		Title: "Local ports exhausted by a client without a pool",
		Story: `
A shop keeps 20 connections to redis, and beside them opens one for each request and
closes it. Of its 500 local ports the rest is in TIME_WAIT, and connect() fails.`,
		Stage: func(s *Scene) {
			cache, shop := s.Host("cache"), s.Host("shop")
			cache.Start(redisServer())
			cache.listens(6379)
			shop.Sysctl("net/ipv4/ip_local_port_range", "40000 40499")
			client := shop.Start(Command{
				Name: "shop", Program: "no-pool",
				Args: []string{cache.Addr + ":6379", "20", "250"},
			})
			s.Until("EADDRNOTAVAIL", client.says(unix.EADDRNOTAVAIL))
			s.Set("pid", client.PID)
			s.Set("target", cache.Addr+":6379")
			s.Ask(shop)
		},
		Cause: Expect{
			Full: noPortsLeft + `[^\n]*(\b500 of( the)? 500\b|\b100 %)`,
			Half: `local ports`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: within(noPortsLeft, `{target}`) + inSameFinding + `shop/{pid}`, Half: within(noPortsLeft, `{target}`), In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside [^\n]*this machine: (the|its) program`, Half: `this machine`},
		Ends:    Expect{Full: `\bends [^\n]*(\b[1-6]?\ds\b|60 s)`, Half: `60 ?s`},
		Advice:  Expect{Full: `\bdo [^\n]*(reuse|keep|pool)`, Half: `reuse|pool`},
		Never:   append([]string{`\bside [^\n]*the peer`, `firewall`}, falseComfort...),
	})
}

// noPortsLeft is what is to be said where connect() or bind() finds no free port.
const noPortsLeft = `(local ports[^\n]*(run out|used up|exhausted|in use|taken)|no( free)? local ports?|out of( local)? ports|connect\(\) fails|EADDRNOTAVAIL)`

// says is the condition that a process has printed an error, for [Scene.Until].
func (p *Process) says(err error) func() bool {
	return func() bool { return strings.Contains(p.Output(), err.Error()) }
}

// noPool ADDRESS KEPT RATE keeps some connections to a redis, and opens another one
// for each request, RATE times a second. It goes on when that fails.
func noPool(args []string) error {
	kept, rate, err := twoNumbers(args[1:])
	if err != nil {
		return err
	}
	for range kept {
		conn, err := dial(args[0])
		if err != nil {
			return err
		}
		held = append(held, conn)
	}
	for range time.Tick(time.Second / time.Duration(rate)) {
		if err := pingOnce(args[0]); err != nil {
			fmt.Println(err)
		}
	}
	return nil
}

// pingOnce asks a redis, reads the answer and closes.
func pingOnce(address string) error {
	conn, err := dial(address)
	if err != nil {
		return err
	}
	return errors.Join(ping(conn), conn.Close())
}
