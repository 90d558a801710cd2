package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// group is some flags by their names.
type group []string

// The flags of the list in groups. Each stands in one.
var (
	choiceFlags = group{"all", "listening", "ipv4", "ipv6"}
	detailFlags = group{"timers", "extended", "info", "memory", "explain"} // more about each socket
	ownerFlags  = group{"processes"}
	orderFlags  = group{"sort", "top"}
	againFlags  = group{"continuous", "interval", "count"}
	otherFlags  = group{"udp", "raw", "unix"} // netstat's other sockets
	habitFlags  = group{"numeric", "tcp", "wide", "verbose"}
	lookFlags   = group{"no-header", "resolve", "color", "lang"}
	originFlags = group{"source", "proc", "netns"}
	keepFlags   = group{"record", "record-cmdline", "replay"}
	formFlags   = group{"json", "quiet", "by", "columns"}
	countFlags  = group{"statistics", "zeros"} // counters, not sockets
	watchFlag   = group{"watch"}
	endFlags    = group{"until", "for"} // of a watch
)

// flagGroups are all of them.
var flagGroups = []group{
	choiceFlags, detailFlags, ownerFlags, orderFlags, againFlags,
	otherFlags, habitFlags, lookFlags, originFlags, keepFlags, formFlags, countFlags,
	watchFlag, endFlags,
}

// A refusal is a row of the table of what does not go together: any of flags
// beside any of never, or any of flags without one of needs. What is not in the
// table goes together. {other} stands for the one of never that was given,
// {other=} for it with its value.
type refusal struct {
	flags, never, needs []group
	what, try           string // the two lines; the second has the command that was meant
}

// refusals is the table of the list. The first row that applies is said.
var refusals = []refusal{
	{
		flags: []group{{"quiet"}}, never: []group{{"json", "by", "columns"}},
		what: "-q prints nothing, and {other} says what to print",
		try:  "for the exit code: tcpstat -aq FILTER; to print: tcpstat -a {other=} FILTER",
	},
	{
		flags: []group{{"quiet"}}, never: []group{detailFlags, orderFlags},
		what: "-q prints nothing, and {other} is about what is printed",
		try:  "tcpstat -aq FILTER",
	},
	{
		flags: []group{{"quiet"}}, never: []group{againFlags},
		what: "-q answers once",
		try:  "to wait for a match: until tcpstat -aq FILTER; do sleep 1; done",
	},
	{
		flags: []group{{"by"}}, never: []group{{"columns"}},
		what: "--by prints groups, --columns sockets",
		try:  "tcpstat -a --by process, or tcpstat -a --columns state,process",
	},
	{
		flags: []group{{"by"}}, never: []group{detailFlags},
		what: "--by prints groups, and {other} is about single sockets",
		try:  "tcpstat -a --by process, or tcpstat -a {other}",
	},
	{
		flags: []group{{"columns"}}, never: []group{{"json"}},
		what: "JSON has every key; --columns is for text",
		try:  "tcpstat -a --json | jq -r '.sockets[] | [.state, .local.port] | @tsv'",
	},
	{
		flags: []group{{"columns"}}, never: []group{detailFlags},
		what: "--columns names all columns; {other} would add others",
		try:  "tcpstat -a --columns state,local,remote,user,inode,age,rtt_us,note",
	},
	{
		flags: []group{{"netns"}}, never: []group{{"proc"}},
		what: "--netns looks at this machine, --proc at another",
		try:  "tcpstat -a --netns NAME|PID|PATH, or tcpstat -a --proc DIR",
	},
	{
		flags: []group{{"replay"}}, never: []group{{"record"}},
		what: "--record looks at this machine, --replay (or TCPDIAG_FILE) at another",
		try:  "tcpstat -a --replay FILE, or tcpstat -a {other=}",
	},
	{
		flags: []group{{"replay"}}, never: []group{{"proc", "netns"}},
		what: "--replay (or TCPDIAG_FILE) and {other} are two machines",
		try:  "tcpstat -a --replay FILE, or tcpstat -a {other=}",
	},
	{
		flags: []group{{"replay", "record"}}, never: []group{againFlags},
		what: "a record is one look, and {other} asks for many",
		try:  "tcpstat -a --record FILE, then tcpstat -a --replay FILE",
	},
	{
		flags: []group{{"replay"}}, never: []group{{"resolve"}},
		what: "-r gives the names that this machine knows, and --replay (or TCPDIAG_FILE) shows another",
		try:  "tcpstat -an --replay FILE",
	},
	{
		flags: []group{{"record-cmdline"}}, needs: []group{{"record"}},
		what: "--record-cmdline goes with --record",
		try:  "tcpstat -anp --record FILE --record-cmdline",
	},
	{
		flags: []group{{"statistics"}}, never: []group{{"ipv4", "ipv6"}},
		what: "the kernel counts IPv4 and IPv6 together",
		try:  "tcpstat -s, or for the sockets: tcpstat {other}",
	},
	{
		flags: []group{{"statistics"}},
		never: []group{
			choiceFlags, ownerFlags, orderFlags,
			{"timers", "extended", "info", "memory", "no-header", "resolve", "quiet", "by", "columns"},
		},
		what: "-s prints counters, and {other} is about sockets",
		try:  "tcpstat -s, or for the sockets: tcpstat {other=}",
	},
	{
		flags: []group{{"zeros"}}, needs: []group{{"statistics"}},
		what: "-z goes with -s",
		try:  "tcpstat -s -z",
	},
	{
		flags: []group{watchFlag}, never: []group{{"all", "listening"}},
		what: "--watch names the states, and so does {other}",
		try:  "tcpstat --watch all, or tcpstat --watch LISTEN",
	},
	{
		flags: []group{watchFlag}, never: []group{{"continuous"}},
		what: "--watch tells what changes, -c lists all of it again",
		try:  "tcpstat --watch all -d 5s, or tcpstat -ac -d 5s",
	},
	{
		flags: []group{watchFlag}, never: []group{{"quiet"}},
		what: "-q answers once, and --watch goes on",
		try:  "tcpstat --watch CLOSE_WAIT --until 'count == 0' --for 1m >/dev/null",
	},
	{
		flags: []group{watchFlag}, never: []group{{"by", "columns", "sort", "top", "timers", "extended", "explain", "resolve"}},
		what: "{other} is about a list, and --watch prints events",
		try:  "tcpstat --watch CLOSE_WAIT -p, or tcpstat -a {other=}",
	},
	{
		flags: []group{watchFlag}, never: []group{keepFlags},
		what: "--watch takes many looks, and a record is one",
		try:  "tcpstat -a {other=}",
	},
	{
		flags: []group{watchFlag}, never: []group{countFlags},
		what: "--watch follows sockets, and {other} prints counters",
		try:  "tcpstat --watch CLOSE_WAIT, or tcpstat -s -d 5s",
	},
	{
		flags: []group{endFlags}, needs: []group{watchFlag},
		what: "--until and --for end a watch",
		try:  "tcpstat --watch CLOSE_WAIT --until 'count == 0' --for 1m",
	},
	{
		flags: []group{{"udp"}}, needs: []group{{"tcp", "listening"}},
		what: "tcpstat reads TCP, not UDP",
		try:  "for its TCP sockets: tcpstat -tan",
	},
	{
		flags: []group{{"unix"}}, needs: []group{{"tcp", "listening"}},
		what: "tcpstat reads TCP, not unix sockets",
		try:  "for its TCP sockets: tcpstat -tan",
	},
	{
		flags: []group{{"raw"}}, needs: []group{{"tcp", "listening"}},
		what: "tcpstat reads TCP, not raw sockets",
		try:  "for its TCP sockets: tcpstat -tan",
	},
	{
		flags: []group{{"interval", "count"}}, needs: []group{{"continuous", "statistics", "watch"}},
		what: "--interval and --count go with -c, -s or --watch",
		try:  "tcpstat -c -d 5s --count 3",
	},
	{
		flags: []group{{"top"}}, needs: []group{{"sort", "by"}},
		what: "--top needs --sort FIELD or --by SUBJECT",
		try:  "tcpstat -a --sort recvq --top 10, or tcpstat --by process --top 10",
	},
}

// checkRefusals is the table of check.
var checkRefusals = []refusal{
	{
		flags: []group{{"window"}}, never: []group{{"state-file"}},
		what: "--window waits between two looks, --state-file compares with the last run",
		try:  "tcpstat check --window 10s, or tcpstat check {other=}",
	},
	{
		flags: []group{{"netns"}}, never: []group{{"proc"}},
		what: "--netns looks at this machine, --proc at another",
		try:  "tcpstat check --netns NAME|PID|PATH, or tcpstat check {other=}",
	},
	{
		flags: []group{{"replay"}}, never: []group{{"proc", "netns"}},
		what: "--replay and {other} are two machines",
		try:  "tcpstat check --replay FILE, or tcpstat check {other=}",
	},
	{
		flags: []group{{"replay"}}, never: []group{{"window", "state-file"}},
		what: "a record is one look, and {other} compares two",
		try:  "tcpstat check --replay FILE",
	},
}

// together refuses flags that do not go together by a table.
func together(flags *pflag.FlagSet, table []refusal) error {
	for i := range table {
		if err := table[i].judge(flags); err != nil {
			return err
		}
	}
	return nil
}

// judge applies one row of the table.
func (r *refusal) judge(flags *pflag.FlagSet) error {
	flag, other := given(flags, r.flags), given(flags, r.never)
	switch {
	case flag == nil, r.never != nil && other == nil:
		return nil
	case r.never == nil && given(flags, r.needs) != nil:
		return nil
	}
	words := strings.NewReplacer("{other}", typed(other), "{other=}", withValue(other))
	return usagef(words.Replace(r.try), "%s", words.Replace(r.what))
}

// given finds the first of the flags that stands on the command line.
func given(flags *pflag.FlagSet, groups []group) *pflag.Flag {
	for _, names := range groups {
		for _, name := range names {
			if f := flags.Lookup(name); f != nil && f.Changed && f.Value.String() != "false" {
				return f
			}
		}
	}
	return nil
}

// typed is a flag as people type it.
func typed(f *pflag.Flag) string {
	switch {
	case f == nil:
		return ""
	case f.Shorthand != "":
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// withValue is typed with the value that was given.
func withValue(f *pflag.Flag) string {
	if f == nil || f.NoOptDefVal != "" {
		return typed(f)
	}
	return typed(f) + " " + f.Value.String()
}
