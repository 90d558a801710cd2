package main

import (
	"net"
	"strconv"
	"time"
)

func init() {
	const watched Answer = "tcpstat --watch ESTABLISHED -d 1s --count 3"
	programs["keep-using"] = keepUsing
	register(Fault{
		Name: "peer-rebooted", Numbers: []int{23}, Quick: true, Needs: []string{"redis-server"},
		Title: "A peer that was rebooted",
		Story: `
A shop holds 60 connections to redis and uses each every 6 seconds. The machine of
redis is rebooted and knows none of them: it resets each one when it is used again.`,
		Stage: func(s *Scene) {
			shop, cache := s.Host("shop"), s.Host("cache")
			startCache := func() *Process {
				p := cache.Start(Command{Name: "redis-server", Args: []string{
					"--port", "6379", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "",
				}})
				s.Until("a listener", cache.Has(1, "state listening sport = :6379"))
				return p
			}
			redis := startCache()
			checkout := shop.Start(Command{Name: "checkout", Program: "keep-using", Args: []string{cache.Addr + ":6379", "60", "6s"}})
			s.Until("60 connections", cache.Has(60, "state established sport = :6379"))
			cache.Down()
			redis.Kill()
			cache.Run("ss", "-K", "sport", "=", ":6379")
			startCache()
			cache.Up()
			s.Until("5 resets", func() bool { return shop.Counter("EstabResets") >= 5 })
			s.Set("pid", checkout.PID)
			s.Set("target", cache.Addr)
			s.Ask(shop)
			s.Also(watched)
		},
		Cause: Expect{
			Full: `(WARNING|CRITICAL)[^\n]*(\breset\b|does not know)|\breset by (the |its |a )?peer|(ended|gone|left)[^\n]*\bby a reset|\breset by {target}|\bleft ESTABLISHED [^\n]*inferred=reset`,
			In:   []Answer{Check, watched},
		},
		Culprit: Expect{Full: `(WARNING|CRITICAL)[^\n]*{target}\b`, In: []Answer{Check}},
		Side:    Expect{Full: `\bside [^\n]*peer`, In: []Answer{Check}},
		Ends:    Expect{Full: `\bends [^\n]+`, In: []Answer{Check}},
		Advice: Expect{
			Full: `\bdo [^\n]*(restart|reboot|peer|keepalive|idle|firewall|NAT|balancer)`,
			In:   []Answer{Check},
		},
		Never: append([]string{
			`this machine (sends|resets)`,
			`refused`,
			`loses segments`,
			`checkout/{pid}[^\n]*(closed|resets)`,
		}, falseComfort...),
	})
}

// keepUsing ADDRESS N EVERY holds N connections to redis and uses each every so often. One
// that fails is replaced by another.
func keepUsing(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	every, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	failed := make(chan error)
	for i := range n {
		conn, err := dial(args[0])
		if err != nil {
			return err
		}
		go func() {
			time.Sleep(every * time.Duration(i) / time.Duration(n)) // not all at once
			failed <- useForever(conn, every)
		}()
	}
	return <-failed
}

func useForever(conn net.Conn, every time.Duration) (err error) {
	address := conn.RemoteAddr().String()
	for {
		for ping(conn) != nil {
			conn.Close()
			if conn, err = dial(address); err != nil {
				return err
			}
		}
		time.Sleep(every)
	}
}

// ping makes a request of redis.
func ping(conn net.Conn) error {
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 64))
	return err
}
