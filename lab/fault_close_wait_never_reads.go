package main

func init() {
	register(Fault{
		Name: "close-wait-never-reads", Numbers: []int{1}, Quick: true,
		Title: "A server that neither reads nor closes",
		Story: `
A server accepts connections and forgets them. Clients send a request and close, 20 a
second. The server may have 1024 files open, of which about 300 are in use.`,
		Stage: leakInCloseWait("never-reads"),
		Cause: Expect{
			Full: `(not closed|leak)[^\n]*\n.*(not read|never read|neither read|unread)`,
			Half: `not closed|leak`,
			In:   []Answer{Overview, Check},
		},
		Culprit: leakCulprit, Side: leakSide, Ends: leakEnds,
		Advice: Expect{Full: `(find|fix|make)[^\n]* (clos|read)`, Half: `restart|clos(e|ing)`},
		Never:  append([]string{`forgets to close`}, falseComfort...),
	})
}

// falseComfort is what no answer to a fault may say: that all is well, or nonsense.
var falseComfort = []string{
	`rules find nothing`, `Nothing found by \d+ rules`,
	`TCP OK`,
	`nothing here needs attention`,
	`\{[a-z_]+\}`, // a word that was to be filled in
}
