package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const stale = "it is stale: run make faults, or go run ./lab -docs docs/faults.md NAME"

// docs/faults.md holds what was said in one run of the lab. It is fresh while it tells
// of each fault as it is staged now, and its findings have titles that rules have.
func TestFaultsPage(t *testing.T) {
	text, err := os.ReadFile("../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, f := range faults {
		if !strings.Contains(page, heading(f)) {
			t.Errorf("%q does not stand in the page as it is staged now; %s", f.Title, stale)
		}
	}
	if n := strings.Count(page, "\n## "); n != len(faults) {
		t.Errorf("it has %d faults, not %d; %s", n, len(faults), stale)
	}
	titles := titles(t)
	for _, line := range regexp.MustCompile(`(?m)^(?:CRITICAL|WARNING):? (.*)`).FindAllStringSubmatch(page, -1) {
		if !slices.ContainsFunc(titles, func(title *regexp.Regexp) bool { return title.MatchString(line[1]) }) {
			t.Errorf("no rule has the title of %q; %s", line[1], stale)
		}
	}
}

// titles finds what may be a title: every text in the source of the rules. Some have
// another one for each degree.
func titles(t *testing.T) (titles []*regexp.Regexp) {
	files, err := filepath.Glob("../health/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for node := range ast.Preorder(file) {
			if text, is := english(node); is {
				titles = append(titles, titled(text))
			}
		}
	}
	return titles
}

// english is the first text of a tcp.Text.
func english(node ast.Node) (text string, is bool) {
	of, is := node.(*ast.CompositeLit)
	if !is || len(of.Elts) == 0 {
		return "", false
	}
	if kind, is := of.Type.(*ast.SelectorExpr); !is || kind.Sel.Name != "Text" {
		return "", false
	}
	literal, is := of.Elts[0].(*ast.BasicLit)
	if !is {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil && text != ""
}

var inBraces = regexp.MustCompile(`\{\w+\}`)

// titled matches the first line of a finding of that title. What the title has in
// braces is another value in each finding.
func titled(title string) *regexp.Regexp {
	parts := inBraces.Split(title, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile(`^` + strings.Join(parts, `.+`) + `(: |[ ;]|$)`)
}

// The page is of no single machine.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"/tmp/lab-1825665022/bin/audit 9000, user 0":                               "/lab/audit 9000, user 0",
		"--proc /tmp/lab-1825665022/memory-pressure-59339766/proc-1006834118":      "--proc /lab/memory-pressure/proc",
		"--state-file /var/tmp/lab-1/healthy-load-2/web.state":                     "--state-file /lab/healthy-load/web.state",
		"10.9.0.2:40252  10.9.0.1:6379  shop/6 0ms 4026532322 /usr/sbin/nginx -p ": "10.9.0.2:40252  10.9.0.1:6379  shop/6 0ms 4026532322 /usr/sbin/nginx -p ",
	} {
		same(t, text, plain(text), want)
	}
}

// A sentence that a terminal breaks is one sentence.
func TestUnwrapped(t *testing.T) {
	const text = "CRITICAL local ports used up\r\n    why      The program calls bind() before\r\n             connect().\r\n    side     this machine\r\n"
	same(t, "unwrapped", unwrapped(text), "CRITICAL local ports used up\r\n    why      The program calls bind() before connect().\r\n    side     this machine\r\n")
}

// A page that some faults are written to anew keeps the others, in the order of all.
func TestPageInParts(t *testing.T) {
	first, last := faults[0], faults[len(faults)-1]
	said := func(f Fault, text string) verdict {
		return verdict{fault: f, seen: seen{answers: []said{{Overview, text}}}}
	}
	both := page("", []verdict{said(last, "all is well"), said(first, "nothing")})
	same(t, "page", page(both, []verdict{said(last, "not so well")}), strings.ReplaceAll(both, "all is well", "not so well"))
}
