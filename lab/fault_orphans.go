package main

func init() {
	register(Fault{
		Name: "orphans", Numbers: []int{18}, Needs: []string{"nginx-light"},
		Title: "Orphans at their limit",
		Story: `
300 clients vanish with their network. nginx closes what is idle, and the kernel keeps
these connections as orphans until their FINs are acknowledged. The machine may have
320, has 310, and has reset 57 that were too many.

(tcp_max_orphans and the number of orphans are those of the whole machine: both are
put into a made /proc, and so is TCPAbortOnMemory.)`,
		Stage: func(s *Scene) {
			server, clients := s.Host("server"), s.Host("clients")
			server.Start(nginx(s, "", "listen 80; client_header_timeout 4s;"))
			server.listens(80)
			clients.Start(Command{Name: "browser", Program: "keep", Args: []string{server.Addr + ":80", "300"}})
			s.Until("300 connections", server.Has(300, "state established sport = :80"))
			clients.Down()
			s.Until("300 orphans", server.Has(300, "state fin-wait-1 sport = :80"))
			before := server.Counter("RetransSegs")
			s.Until("three repeats of each FIN", func() bool { return server.Counter("RetransSegs")-before >= 3*300 })
			server.MadeProc(map[string]int{"TCPAbortOnMemory": 57}, map[string]string{
				"sys/net/ipv4/tcp_max_orphans": "320\n",
				"1/net/sockstat":               sockstat(310, 20),
			})
			s.Set("peer", clients.Addr)
			s.Ask(server)
		},
		Cause: Expect{
			Full: within(`orphan`, `\b57\b`),
			Half: within(`orphan`, ``),
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{
			Full: within(``, `{peer}`),
			In:   []Answer{Overview, Check},
		},
		Side:   Expect{Full: `\bside [^\n]*(peer|way|path)`},
		Ends:   Expect{Full: `\bends [^\n]*(tcp_orphan_retries|100 s|1m4\ds)`, Half: `\bends `},
		Advice: Expect{Full: `\bdo [^\n]*(peer|path|way|firewall)`, Half: `tcp_max_orphans`},
		Never: append([]string{
			`\bside[^\n]*this machine: (the|its) program`, `lower[^\n]*tcp_max_orphans`, `does not read`,
		}, falseComfort...),
	})
}
