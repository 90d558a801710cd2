package main

import "golang.org/x/sys/unix"

func init() {
	register(Fault{
		Name: "ports-reserved", Numbers: []int{15}, Quick: true, Needs: []string{"redis-server"},
		Title: "Local ports exhausted because most are reserved",
		Story: `
ip_local_port_range holds 500 ports, of which ip_local_reserved_ports takes 450 away. A
shop that leaks connections to redis is at the end of its ports with 50.`,
		Stage: func(s *Scene) {
			cache, shop := s.Host("cache"), s.Host("shop")
			cache.Start(redisServer())
			cache.listens(6379)
			shop.Sysctl("net/ipv4/ip_local_port_range", "40000 40499")
			shop.Sysctl("net/ipv4/ip_local_reserved_ports", "40050-40499")
			client := shop.Start(Command{
				Name: "shop", Program: "hoard",
				Args: []string{"100", "-", cache.Addr + ":6379"},
			})
			s.Until("EADDRNOTAVAIL", client.says(unix.EADDRNOTAVAIL))
			s.Set("pid", client.PID)
			s.Set("target", cache.Addr+":6379")
			s.Ask(shop)
		},
		Cause: Expect{
			Full: `(` + noPortsLeft + `.*reserved|reserved.*` + noPortsLeft + `)`,
			Half: `\b50 of( the)? 50\b|local ports`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: within(noPortsLeft, `{target}`) + inSameFinding + `shop/{pid}`, Half: within(noPortsLeft, `{target}`), In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside [^\n]*this machine`, Half: `this machine`},
		Ends:    Expect{Full: `\bends [^\n]*(connections? (end|close)|never by itself)`, Half: `\bends `},
		Advice: Expect{
			Full: `\bdo [^\n]*(ip_local_reserved_ports|reserve)`,
			Half: `\bdo [^\n]*(reuse|pool|ip_local_port_range)`,
		},
		Never: append([]string{`\bside [^\n]*the peer`, `firewall`, `50 of( the)? 500`}, falseComfort...),
	})
}
