package render

import (
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// The sentences around a table, by language. Heads of columns, states and the
// words in a cell are the same in every language. Placeholders: {alarms},
// {notices} states with counts, {source}, {shown}, {columns}, {width}, {owners}.
var (
	wordsOneSocket    = tcp.Text{"1 TCP socket"}
	wordsSockets      = tcp.Text{"{n} TCP sockets"}
	wordsNamespaces   = tcp.Text{" in {n} network namespaces"}
	wordsShown        = tcp.Text{", {shown} shown"}
	wordsSource       = tcp.Text{" (from {source})"}
	wordsOneNamespace = tcp.Text{" in 1 network namespace"}
	wordsReservation  = tcp.Text{"Forecasts go by the kernel's settings; a program can set its own for a socket (TCP_USER_TIMEOUT and its like), which the kernel does not report."}
	wordsMore         = tcp.Text{"and {n} more"}
	wordsShared       = tcp.Text{"A socket that several processes hold counts for each of them."}
	wordsNoRoom       = tcp.Text{"No room for {columns} in {width} columns; --json has it."}
	wordsNotKnown     = tcp.Text{"Not known of any socket here: {columns}."}
	wordsOwnedBy      = tcp.Text{"owned by {owners}"}

	wordsBoth       = tcp.Text{"Needs attention: {alarms}; worth a look: {notices}. What to do:"}
	wordsAlarms     = tcp.Text{"Needs attention: {alarms}. What to do:"}
	wordsNotices    = tcp.Text{"Worth a look: {notices}. What it means:"}
	wordsNoSockets  = tcp.Text{"There are no TCP sockets here. What tcpstat can explain:"}
	wordsNoMatch    = tcp.Text{"No socket matches the filter. How many there are in which state:"}
	wordsNoneShown  = tcp.Text{"No sockets to show. All there are, listeners too:"}
	wordsCalmProc   = tcp.Text{"Nothing seen in this list needs attention, but /proc does not tell everything. What is missing:"}
	wordsCalmFilter = tcp.Text{"Nothing that the filter chose needs attention. What most of it means:"}
	wordsCalmList   = tcp.Text{"Nothing in this list needs attention. All sockets:"}
	wordsCalm       = tcp.Text{"Nothing here needs attention. What the states mean:"}
	wordsOverviewOf = tcp.Text{"TCP sockets of {host} at {time}"}
	wordsOverview   = tcp.Text{"TCP sockets at {time}"}
)

// The sentences of a check. Placeholders: {n}, {not} numbers of rules, {n} of
// subjects.
var (
	wordsWell       = tcp.Text{"{n} rules judged, nothing found"}
	wordsWellButFor = tcp.Text{"{n} rules judged, nothing found; {not} cannot be judged here"}
	wordsOthers     = tcp.Text{", and {n} more"}
)

// say fills the placeholders of a text with pairs of name and value.
func say(t tcp.Text, lang tcp.Lang, pairs ...string) string {
	text := t.In(lang)
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.Replace(text, "{"+pairs[i]+"}", pairs[i+1], 1)
	}
	return text
}

// decimal is a number for say.
func decimal(n int) string { return strconv.Itoa(n) }
