package main

func init() {
	register(Fault{
		Name: "close-wait-never-closes", Numbers: []int{2}, Quick: true,
		Title: "A server that forgets to close",
		Story: `
A server reads each request and the end of the stream, and forgets the connection.
Clients come 20 a second. The server may have 1024 files open, of which about 300 are
in use.`,
		Stage: leakInCloseWait("never-closes"),
		Cause: Expect{
			Full: `(not closed|leak).*(reads|has read|read) the end`,
			Half: `not closed|leak`,
			In:   []Answer{Overview, Check},
		},
		Culprit: leakCulprit, Side: leakSide, Ends: leakEnds,
		Advice: Expect{Full: `forgets to close|(find|fix|call)[^\n]* close`, Half: `restart|clos(e|ing)`},
		Never:  append([]string{`(does not|never) reads?\b`, `the FIN unread`}, falseComfort...),
	})
}
