package machine

import (
	"bytes"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The first line, and the sections with a meaning of their own.
const (
	magic   = "tcpstat record "
	version = "1"

	metaName     = "meta"
	devicesName  = "devices"
	cgroupsName  = "cgroups"
	sockDiagName = "sock_diag"
	procName     = "proc" // and all below it
	endName      = "end"
)

// kind says what the lines of a section are.
type kind string

const (
	plain      kind = ""
	quoted     kind = "quoted"
	links      kind = "links"
	unreadable kind = "unreadable"
)

const markerStart, markerEnd = "-- ", " --"

// marker is the head of a section.
func marker(name string, k kind) string {
	if k != plain {
		name += " " + string(k)
	}
	return markerStart + name + markerEnd
}

// isMarker reports whether a line heads a section, and gives what stands in it.
func isMarker(line []byte) (inside string, ok bool) {
	if len(line) < len(markerStart+markerEnd) {
		return "", false
	}
	rest, start := bytes.CutPrefix(line, []byte(markerStart))
	rest, end := bytes.CutSuffix(rest, []byte(markerEnd))
	inside = string(bytes.TrimSpace(rest))
	return inside, start && end && inside != ""
}

// parseMarker takes the head of a section apart. ok is false for a name that no
// [Writer] gives and for a kind that nobody knows.
func parseMarker(inside string) (name string, k kind, ok bool) {
	name, word, _ := strings.Cut(inside, " ")
	switch k = kind(word); k {
	case plain, quoted, links, unreadable:
		return name, k, validName(name)
	}
	return name, k, false
}

// maxName bounds a name, and so how deep the folders are that are made around
// it. Those of /proc have less than 100 bytes.
const maxName = 1 << 10

// validName reports whether a name is a path that can stand in a marker.
func validName(name string) bool {
	return len(name) <= maxName && fs.ValidPath(name) && name != "." && !strings.ContainsFunc(name, func(r rune) bool {
		return r == ' ' || r == utf8.RuneError || !unicode.IsPrint(r)
	})
}

// isPlain reports whether text can stand in a section as it is. No line of it may
// begin as the head of a section does, be it one or not: not every reader of
// txtar copes with a line such as "-- --".
func isPlain(text []byte) bool {
	if len(text) > 0 && text[len(text)-1] != '\n' || !utf8.Valid(text) {
		return false
	}
	for line := range bytes.Lines(text) {
		line = line[:len(line)-1]
		if bytes.HasPrefix(line, []byte(markerStart)) || bytes.ContainsFunc(line, isControl) {
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }

// appendQuoted appends text as Go strings, one a line.
func appendQuoted(dst, text []byte) []byte {
	for line := range bytes.Lines(text) {
		dst = append(strconv.AppendQuote(dst, string(line)), '\n')
	}
	return dst
}
