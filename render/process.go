package render

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// appendProcessDetails appends the keys that tell processes of one name apart.
func appendProcessDetails(dst []byte, p *tcp.Process) []byte {
	cmdline, known := p.Cmdline.Get()
	if !known && p.Exe == "" && p.User == "" && p.Started.IsZero() {
		return append(dst, `,"exe":null,"cmdline":null,"user":null,"started":null`...)
	}
	dst = appendOptString(append(dst, `,"exe":`...), p.Exe)
	if dst = append(dst, `,"cmdline":`...); known {
		dst = appendJSONString(dst, cmdline)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendOptString(append(dst, `,"user":`...), p.User)
	if dst = append(dst, `,"started":`...); p.Started.IsZero() {
		return append(dst, "null"...)
	}
	return appendTime(dst, p.Started)
}

// appendJSONProcess appends a process without a descriptor, null for none.
func appendJSONProcess(dst []byte, p *tcp.Process) []byte {
	if p == nil {
		return append(dst, "null"...)
	}
	dst = strconv.AppendInt(append(dst, `{"pid":`...), int64(p.PID), 10)
	dst = appendOptString(append(dst, `,"name":`...), p.Name)
	return append(appendProcessDetails(dst, p), '}')
}

// commandRoom is the most columns that people get to see of a command line.
const commandRoom = 160

// commandOf is what people read of a process below a row or a finding: the command
// line, or where that is not known the executable, the user and the start. It is empty
// where nothing of that is known.
func commandOf(p *tcp.Process, lang tcp.Lang) string {
	var parts []string
	if command := cmp.Or(p.Cmdline.Or(""), p.Exe); command != "" {
		parts = append(parts, typeset.Truncate(typeset.Escape(command), commandRoom, "..."))
	}
	if p.User != "" {
		parts = append(parts, typeset.Say(wordsUser, lang, "user", typeset.Escape(p.User)))
	}
	if !p.Started.IsZero() {
		parts = append(parts, typeset.Say(wordsStarted, lang, "time", p.Started.UTC().Format(stampFormat)))
	}
	return strings.Join(parts, ", ")
}

// withoutOptions leaves out what follows the first option of a command line: a plugin's
// answer goes to mailboxes and logs, and options may hold secrets.
func withoutOptions(p *tcp.Process) *tcp.Process {
	less := *p
	if program, _, options := strings.Cut(p.Cmdline.Or(""), " -"); options {
		less.Cmdline = tcp.Some(program + " ...")
	}
	return &less
}

// commandsShown is the most processes of one socket of which people get to see the
// command.
const commandsShown = 3

// commandsOf gives a line for each process that holds a socket. One process alone
// needs no name.
func commandsOf(holders []tcp.Holder, lang tcp.Lang) (lines []string) {
	processes := processesOf(holders)
	for i, p := range processes {
		command := commandOf(p, lang)
		switch {
		case command == "":
			continue
		case i == commandsShown:
			return append(lines, typeset.Say(wordsMore, lang, "n", typeset.Decimal(len(processes)-i)))
		case len(processes) > 1:
			command = typeset.Escape(p.Name) + "/" + typeset.Decimal(int(p.PID)) + ": " + command
		}
		lines = append(lines, command)
	}
	return lines
}

// processesOf gives the processes of holders, each once.
func processesOf(holders []tcp.Holder) (processes []*tcp.Process) {
	for i, h := range holders {
		if !slices.ContainsFunc(holders[:i], func(b tcp.Holder) bool { return b.PID == h.PID }) {
			processes = append(processes, h.Process)
		}
	}
	return processes
}

// detailColumn is the column of a detail of the processes that hold a socket: each
// value once. detail gives an empty text for a process without it.
func detailColumn(name, title string, detail func(p *tcp.Process) (text string, known bool)) Column {
	return Column{
		Name: name, title: title, table: columnCount, Needs: ColumnNeeds{Owners: true, Details: true},
		value: func(dst []byte, r *listing.Row) []byte {
			if r.HoldersKnown && len(r.Holders) == 0 {
				return append(dst, noneWord...)
			}
			return typeset.AppendEscaped(dst, joinDetails(r.Holders, detail))
		},
	}
}

// joinDetails is empty where nothing is known.
func joinDetails(holders []tcp.Holder, detail func(p *tcp.Process) (string, bool)) string {
	var values []string
	some := false
	for _, p := range processesOf(holders) {
		value, known := detail(p)
		switch some = some || known; {
		case !known:
			value = unknownWord
		case value == "":
			value = noneWord
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	if !some {
		return ""
	}
	return strings.Join(values, ", ")
}

func exeOf(p *tcp.Process) (string, bool)     { return p.Exe, p.Exe != "" }
func cmdlineOf(p *tcp.Process) (string, bool) { return p.Cmdline.Get() }
func userOf(p *tcp.Process) (string, bool)    { return p.User, p.User != "" }

func startedOf(p *tcp.Process) (string, bool) {
	return p.Started.UTC().Format(time.RFC3339), !p.Started.IsZero()
}
