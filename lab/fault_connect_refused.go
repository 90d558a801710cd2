package main

func init() {
	register(Fault{
		Name: "connect-refused", Numbers: []int{7}, Quick: true,
		Title: "Connects to a port where nobody listens",
		Story: `
The database is not running. The service that needs it connects to its port 177 times
a second and is refused. No attempt lives long enough to be seen.`,
		Stage: func(s *Scene) {
			app, database := refused(s)
			s.Set("target", database.Addr+":5432")
			s.Ask(app)
		},
		Cause: Expect{
			Full: `refus|nobody listens (there|on|at)`,
			Half: `(attempts|connects?)[^\n]*fail`,
			In:   []Answer{Check},
		},
		Culprit: Expect{Full: `{target}`, In: []Answer{Check}},
		Side:    Expect{Full: `\bside [^\n]*(the peer|other end)`, In: []Answer{Check}},
		Ends:    Expect{Full: `\bends [^\n]*(listen|start|service)`, Half: `\bends `, In: []Answer{Check}},
		Advice: Expect{
			Full: `\bdo [^\n]*(start|listen|runs|running|the port|address)`, Half: `\bdo `,
			In: []Answer{Check},
		},
		Never: append([]string{
			`no answer|not answered|unanswered|nobody answers`,
			`firewall[^\n]*drops?`,
		}, falseComfort...),
	})
	register(Fault{
		Name: "refuses-connects", Numbers: []int{7}, Quick: true,
		Title: "A machine that refuses 177 connects a second",
		Story: `
The same, asked on the machine whose database is not running. Beside that a server on
it serves its clients well. No socket is left of what was refused.`,
		Stage: func(s *Scene) {
			_, database := refused(s)
			s.Ask(database)
		},
		Cause: Expect{
			Full: `(nobody|nothing|no (socket|program|one|listener))[^\n]* listens?|no listener|closed port`,
			Half: `resets? (are )?sent|refus`,
			In:   []Answer{Check},
		},
		Culprit: Expect{
			Full: `:5432\b|port 5432\b|(port|which)[^.]*(is not|are not|cannot be|can not be|do(es)? not|not) (known|told|tell|count|counted|say|seen|kept)|no(body| counter) (knows|counts|tells|keeps)[^.]*port`,
			In:   []Answer{Check},
		},
		Side: Expect{
			Full: `\bside [^\n]*(client|peer|this machine|cannot be told)`,
			In:   []Answer{Check},
		},
		Ends: Expect{Full: `\bends [^\n]*(listen|start|service|stop)`, Half: `\bends `, In: []Answer{Check}},
		Advice: Expect{
			Full: `\bdo [^\n]*(tcpdump|tcpstat trace|start|service)`, Half: `tcpdump|trace`,
			In: []Answer{Check},
		},
		Never: append([]string{
			`http/\d+ [^\n]*(resets?|refus)`,
			`(CRITICAL|WARNING)[^\n]*:8000\b`,
		}, falseComfort...),
	})
}

// refused starts a program that is refused 177 times a second, beside clients of
// another service.
func refused(s *Scene) (app, database *Host) {
	app, database = s.Host("app"), s.Host("database")
	database.Start(Command{Name: "http", Program: "stream", Args: []string{"8000", "100000"}})
	s.Until("a listener", database.Has(1, "state listening sport = :8000"))
	app.Start(Command{Name: "reader", Program: "drink", Args: []string{database.Addr + ":8000"}})
	app.Start(Command{Name: "orders", Program: "give-up", Args: []string{database.Addr + ":5432", "177", "2s"}})
	s.Until("200 attempts that were refused", func() bool { return app.Counter("AttemptFails") >= 200 })
	return app, database
}
