package main

import (
	"net"
	"strconv"
	"time"
)

func init() {
	programs["give-up"] = giveUp
	register(Fault{
		Name: "syn-black-hole", Numbers: []int{6}, Quick: true,
		Title: "Nobody answers, and clients give up soon",
		Story: `
A firewall before the payment service drops all SYNs to port 9090. Clients try 10
times a second and give up after 2 seconds, long before the kernel would.`,
		Stage: func(s *Scene) {
			payment, shop := s.Host("payment"), s.Host("shop")
			payment.Drop(In, "tcp dport 9090")
			checkout := shop.Start(Command{
				Name: "checkout", Program: "give-up",
				Args: []string{payment.Addr + ":9090", "10", "2s"},
			})
			// AttemptFails counts those that the kernel gives up, and none of these.
			s.Until("20 attempts that have failed", func() bool {
				return shop.Counter("ActiveOpens")-shop.Sockets("state syn-sent") >= 20
			})
			s.Set("pid", checkout.PID)
			s.Set("target", payment.Addr+":9090")
			s.Ask(shop)
		},
		Cause: Expect{
			Full: `no answer|not answered|unanswered|nobody answers`,
			Half: `connection attempts|SYN_SENT sockets are stuck`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `({target}.*checkout/{pid}|checkout/{pid}.*{target})`, Half: `{target}`, In: []Answer{Check}},
		Side:    Expect{Full: `\bside [^\n]*(the peer|the way|firewall)`, Half: `firewall|the way`},
		Ends: Expect{
			Full: `\b(ends|give up|gives? up|given up)[^\n]* ((about|after|within) )?(2s|2\.\d+s|1\.9\d*s|two seconds)`,
			Half: `\bends |gives up`,
		},
		Advice: Expect{Full: `\bdo [^\n]*(firewall|route|drop)`, Half: `firewall|route`},
		Never:  append([]string{`refused`}, falseComfort...),
	})
}

// giveUp ADDRESS RATE TIMEOUT connects RATE times a second, and gives up after a time.
func giveUp(args []string) error {
	rate, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	patience, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	dialer := net.Dialer{Timeout: patience, KeepAlive: -1}
	for range time.Tick(time.Second / time.Duration(rate)) {
		go func() {
			if conn, err := dialer.Dial("tcp4", args[0]); err == nil {
				conn.Close()
			}
		}()
	}
	return nil
}
