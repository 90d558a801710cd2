package main

import "regexp"

func init() {
	register(Fault{
		Name: "peer-vanished-keepalive", Numbers: []int{12}, Needs: []string{"redis-server"},
		Title: "An idle peer that vanished, with keepalive",
		Story: `
Two workers wait for a job of redis, whose tcp-keepalive is 15: 3 probes, 5 seconds
apart, after 15 seconds of silence. One worker loses its power. The kernel's own
settings, two hours and 9 probes, are not those of these connections, and no socket
tells the limits that its program has set.`,
		Stage: func(s *Scene) {
			server, gone := idleRedis(s, "15")
			s.Until("3 probes without an answer", func() bool {
				return thirdProbe.MatchString(server.Run("ss", "-Htno", "dst", gone.Addr))
			})
		},
		Cause: Expect{
			Full: `(probes?|keepalives?)[^\n]*(unanswered|not answered|no answer|without an answer)|(no answer|does not answer)[^\n]*(probe|keepalive)`,
			Half: `keepalive probe`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{
			Full: `(WARNING|CRITICAL)[^\n]*({gone}\b[^\n]*redis-server/{pid}|redis-server/{pid}[^\n]*{gone}\b)`,
			Half: `(WARNING|CRITICAL)[^\n]*{gone}\b`,
			In:   []Answer{Overview, Check},
		},
		Side: Expect{Full: `\bside [^\n]*(peer|path|way)`, In: []Answer{Overview, Check}},
		Ends: Expect{
			Full: `\bends [^\n]*(own|sooner|program|within \d|at most \d)`,
			Half: `(sooner|own (limit|setting|keepalive)|limits? of (the program's|its) own)`,
			In:   []Answer{Overview, Check},
		},
		Advice: Expect{
			Full: `\bdo [^\n]*(peer|path|alive|reach)`, Half: `\bdo `,
			In: []Answer{Overview, Check},
		},
		Never: append([]string{
			`gives up in (about )?\d+m`, // by settings that are not this socket's
			`(WARNING|CRITICAL)[^\n]*{lives}\b`,
			`{lives}:[^\n]*probes?[^\n]*unanswered`,
			`no keepalive`,
		}, falseComfort...),
	})
	register(Fault{
		Name: "peer-vanished-no-keepalive", Numbers: []int{12}, Needs: []string{"redis-server"},
		Title: "An idle peer that vanished, without keepalive",
		Story: `
The same with tcp-keepalive 0. Nothing is sent, so nothing tells that the peer is gone:
what can be said of each connection is how long nothing was heard, and that nobody
asks.`,
		Stage: func(s *Scene) {
			server, gone := idleRedis(s, "0")
			s.Until("11 s of silence", func() bool {
				return silence.MatchString(server.Run("ss", "-Htni", "dst", gone.Addr))
			})
			s.Also("tcpstat -anp --explain")
		},
		Cause: Expect{
			Full: `(nothing|no word)[^\n]* (for|since|in) (the last )?\d[^\n]*keepalive|keepalive[^\n]*(nothing|no word)[^\n]* (for|since) \d`,
			Half: `no keepalive|without keepalive|keepalive is off`,
		},
		Culprit: Expect{
			Full: `redis-server/{pid}[^\n]*no(thing)? [^\n]*(heard|received|came|come|keepalive)`,
			Half: `{gone}:\d+[^\n]*no(thing)? [^\n]*(heard|received|came|come|keepalive)`,
		},
		Side: Expect{Full: `{gone}:\d+[^\n]*redis-server[^\n]*keepalive|\bside [^\n]*program`},
		Ends: Expect{
			Full: `(nobody|no one)[^\n]* notices?|not(hing)? [^\n]*notic|never by itself|would not be noticed|go(es)? unnoticed|for ever`,
		},
		Advice: Expect{Full: `(set|let|turn on|use)[^\n]*(SO_KEEPALIVE|keepalive)`, Half: `SO_KEEPALIVE`},
		Never: []string{
			`(WARNING|CRITICAL)[^\n]*{lives}\b`,
			`gives up in`,
			`unanswered|not answered`,
		},
	})
}

var (
	thirdProbe = regexp.MustCompile(`timer:\(keepalive,[^,]+,3\)`)
	silence    = regexp.MustCompile(`lastrcv:(1[1-9]|[2-9]\d)\d{3}\b`)
)

// idleRedis starts redis and two workers that wait for jobs, of which the host of one
// vanishes, and asks at redis.
func idleRedis(s *Scene, keepalive string) (server, gone *Host) {
	server = s.Host("redis")
	redis := server.Start(Command{Name: "redis-server", Args: []string{
		"--port", "6379", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--tcp-keepalive", keepalive,
	}})
	s.Set("pid", redis.PID)
	s.Until("a listener", server.Has(1, "state listening sport = :6379"))
	for _, name := range []string{"lives", "gone"} {
		gone = s.Host(name)
		gone.Start(Command{Name: "redis-cli", Args: []string{"-h", server.Addr, "BLPOP", "jobs", "0"}})
		s.Until("a worker", server.Has(1, "state established dst "+gone.Addr))
		s.Set(name, gone.Addr)
	}
	gone.Down()
	s.Ask(server)
	return server, gone
}
