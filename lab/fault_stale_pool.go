package main

func init() {
	register(Fault{
		Name: "stale-pool", Quick: true, Needs: []string{"redis-server"},
		Title: "A pool whose idle members the server has closed",
		Story: `
An application keeps sixty idle connections to redis, which closes what is idle for a
second. The pool does not look at them before it needs one. The application may have
1024 files open.`,
		Stage: func(s *Scene) {
			app, cache := s.Host("app"), s.Host("cache")
			cache.Start(redisServer("--timeout", "1"))
			s.Until("redis", cache.Has(1, "state listening sport = :6379"))
			shop := app.Start(Command{
				Name: "shop", Program: "pool", Files: 1024,
				Args: []string{cache.Addr + ":6379", "60", "0", "PING\r\n"},
			})
			s.Until("60 sockets in CLOSE_WAIT for 2 s",
				app.Reach(60, "state close-wait dport = :6379", `lastack:(\d+)`, 2000))
			s.Set("pid", shop.PID)
			s.Set("cache", cache.Addr)
			s.Ask(app)
		},
		Cause: Expect{
			Full: `\bpool\b|idle.{0,80}(peer|server)s? (has |have )?closed|(peer|server)s? (has |have )?closed.{0,80}idle`,
			Half: `not closed`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `shop/{pid}\b[^\n]*{cache}|{cache}[^\n]*shop/{pid}\b|\b(why|do|numbers|peers?):? [^\n]*{cache}`, Half: `shop/{pid}\b`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends:    Expect{Full: `\bends:? .{0,200}(next use|uses|close\(\)|never by itself|reuse)`, Half: `\bends:? `},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(before use|test|idle time|sooner than)`, Half: `pool|idle`, In: []Answer{Overview, Check}},
		Never:   append([]string{`forgets to close`, `handler that hangs`, `has read the end`}, falseComfort...),
	})
}
