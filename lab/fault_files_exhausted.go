package main

func init() {
	register(Fault{
		Name: "files-exhausted", Numbers: []int{27}, Quick: true, Needs: []string{"nginx-light"},
		Title: "A server out of descriptors does not accept",
		Story: `
A worker of nginx may have 24 files open (worker_rlimit_nofile) and has: clients keep
their connections. accept4() fails with EMFILE, and 60 more wait in the accept queue.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			master := server.Start(nginx(s, "worker_rlimit_nofile 24;", "listen 80; client_header_timeout 1h;"))
			s.Until("a worker", func() bool { return len(server.Children(master)) == 1 })
			client.Start(Command{Name: "shop", Program: "keep", Args: []string{server.Addr + ":80", "74"}})
			s.Until("5 s in the queue", server.Reach(74, "state established sport = :80", `lastack:(\d+)`, 5100))
			s.Set("worker", server.Children(master)[0])
			s.Set("master", master.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `2[45] of 24\b|24 open files|all (of )?(its )?24|no (file )?descriptors? left`,
			Half: `accept|open files|descriptors`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `nginx/{worker}\b`, Half: `:80\b|nginx`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine`, Half: `its program|this (side|machine)`},
		Ends:    Expect{Full: `\bends:? .{0,200}(close|raise|limit|descriptor|files)`, Half: `\bends:? `},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(raise|higher|RLIMIT_NOFILE|LimitNOFILE|ulimit|limit of open files)`, Half: `limit|descriptors|open files`},
		Never: append([]string{
			`(WARNING|CRITICAL)[^\n]*nginx/{master}\b`,
			`nginx/{master}\b[^\n]{0,80}24`,
			`has ended`,
			`is blocked`,
			`raise [^\n]{0,40}backlog`,
		}, falseComfort...),
	})
}
