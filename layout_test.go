// Package tcpstat_test holds the walls between the packages of this module.
package tcpstat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A wall is what one package may reach and what it may not. A key is an import
// path ("tcpstat/tcp"), a path with all below it ("net/...") or one name of a
// package of the standard library ("time.Now"); the value is the reason.
//
// The standard library is free but for never; of everything else only may is
// allowed. Where both match, may wins.
type wall struct {
	may   map[string]string
	never map[string]string
}

// walls is the plan of the house. A new arrow is a new line here. Tests import
// what they like; internal/nettest, filtertest, rowtest, documenttest and golden are
// theirs alone and stand in nobody's may.
var walls = map[string]wall{
	"tcpstat/tcp": {
		may:   map[string]string{"net/netip": "addresses are values"},
		never: world,
	},
	"tcpstat/filter": {
		may: map[string]string{
			"tcpstat/tcp": "an expression is matched against a tcp.Socket",
			"net/netip":   "it holds addresses; looking names up is handed in",

			"tcpstat/internal/spelling": "a mistyped word is answered with what was meant",
		},
		never: world,
	},
	"tcpstat/diag": {
		may: map[string]string{
			"tcpstat/tcp":                       "the kernel's answer becomes a tcp.Socket",
			"tcpstat/filter":                    "an expression becomes the kernel's bytecode",
			"github.com/vishvananda/netlink/nl": "the netlink socket, its requests and constants",
			"github.com/vishvananda/netns":      "nl asks for a namespace, and none is meant",
			"golang.org/x/sys/unix":             "numbers and errnos of sock_diag",
		},
		never: printing,
	},
	"tcpstat/netns": {
		may: map[string]string{
			"tcpstat/procnet":              "a namespace is named after its oldest process, its container or service",
			"github.com/vishvananda/netns": "opening and entering a namespace",
			"golang.org/x/sys/unix":        "what tells namespaces apart, and their kind",
		},
		never: printing,
	},
	"tcpstat/procnet": {
		may: map[string]string{
			"tcpstat/tcp":                           "a row of /proc/net/tcp becomes a tcp.Socket",
			"github.com/shirou/gopsutil/v3/process": "details of the processes that own a socket",
			"github.com/shirou/gopsutil/v3/common":  "HOST_PROC for gopsutil",
			"golang.org/x/sys/unix":                 "the scan of descriptors relative to a directory",
		},
		never: printing,
	},
	"tcpstat/health": {
		may: map[string]string{
			"tcpstat/listing": "rows are counted",
			"tcpstat/tcp":     "rules judge its values",
			"net/netip":       "findings name peers",
		},
		never: world,
	},
	"tcpstat/watch": {
		may: map[string]string{
			"tcpstat/tcp": "snapshots are its sockets; clock and source are handed in",
			"net/netip":   "changes are counted per peer",
		},
		never: world,
	},
	"tcpstat/listing": {
		may:   map[string]string{"tcpstat/tcp": "a row is made of its values"},
		never: world,
	},
	"tcpstat/rollup": {
		may: map[string]string{
			"tcpstat/listing": "rows are added up",
			"tcpstat/tcp":     "groups are named by its values",
			"net/netip":       "and by peers",
		},
		never: world,
	},
	"tcpstat/render/typeset": {
		may: map[string]string{
			"tcpstat/tcp":            "sentences are in a language, tcp.Text",
			"net/netip":              "addresses are written here",
			"github.com/fatih/color": "the palette; no other package knows colours",

			"github.com/rivo/uniseg": "columns are padded by display width",
		},
		never: world,
	},
	"tcpstat/document": {
		may:   map[string]string{"net/netip": "addresses are decoded"},
		never: world,
	},
	"tcpstat/explain": {
		may: map[string]string{
			"tcpstat/document":          "the reference of the JSON tells its schema",
			"tcpstat/tcp":               "it documents its states, timers, counters and settings",
			"tcpstat/health":            "rules have pages, made of their own data",
			"tcpstat/render/typeset":    "pages are set",
			"tcpstat/internal/spelling": "a mistyped topic is answered with what was meant",
			"io":                        "where the page goes is handed in",
		},
		never: world,
	},
	"tcpstat/render": {
		may: map[string]string{
			"tcpstat/document":          "the JSON begins with its schema",
			"tcpstat/explain":           "what states and counters mean stands beside them",
			"tcpstat/listing":           "rows are shown",
			"tcpstat/render/typeset":    "text is set",
			"tcpstat/tcp":               "rows are made of its values",
			"tcpstat/health":            "findings are shown",
			"tcpstat/watch":             "changes are shown",
			"tcpstat/rollup":            "groups are shown",
			"tcpstat/internal/spelling": "a mistyped column is answered with what was meant",
			"net/netip":                 "addresses are formatted here",
		},
		never: world,
	},
	"tcpstat/inspect": {
		may: map[string]string{
			"tcpstat/tcp":               "sockets and what is concluded about them",
			"tcpstat/filter":            "rows are chosen by a filter",
			"tcpstat/listing":           "it makes rows",
			"tcpstat/health":            "it puts the facts together that the rules judge",
			"tcpstat/watch":             "it takes the samples of a watch",
			"tcpstat/diag":              "the first source of sockets",
			"tcpstat/procnet":           "the second, and all that sock_diag does not know",
			"tcpstat/netns":             "it looks into other network namespaces",
			"tcpstat/internal/machine":  "a look at a machine is kept and shown again",
			"tcpstat/internal/spelling": "a mistyped namespace is answered with what was meant",
			"golang.org/x/sys/unix":     "errnos that say that a socket is gone",
		},
		never: printing,
	},
	"tcpstat/terminal": {
		may: map[string]string{
			"golang.org/x/sys/unix": "waiting for keys; signals of a terminal",
			"golang.org/x/term":     "modes and size",
		},
		never: printing,
	},
	"tcpstat/screen": {
		may: map[string]string{
			"tcpstat/tcp":            "sockets and notes are its values",
			"tcpstat/listing":        "a socket that is seen is a row",
			"tcpstat/watch":          "samples, growth, and the compact socket",
			"tcpstat/filter":         "what is typed chooses sockets",
			"tcpstat/render":         "cells are worded as in a list",
			"tcpstat/render/typeset": "text is set",
			"tcpstat/terminal":       "keys",
			"net/netip":              "text is looked for in addresses",
			"io":                     "standard error is handed in, and held back",
		},
		never: world,
	},
	"tcpstat/cmd/tcpstat": {
		may: map[string]string{
			"tcpstat/tcp":               "states and languages on the command line",
			"tcpstat/filter":            "the words of the command line are a filter",
			"tcpstat/listing":           "rows go from the look to the printer",
			"tcpstat/inspect":           "what is looked at; no other package that reads",
			"tcpstat/health":            "rules on the command line, and the judgement",
			"tcpstat/watch":             "samples go from the watcher to the printer",
			"tcpstat/rollup":            "rows are added up",
			"tcpstat/document":          "the state file of a check has the schema of the JSON",
			"tcpstat/explain":           "the pages of explain",
			"tcpstat/render":            "what is printed",
			"tcpstat/render/typeset":    "colours, and messages made printable",
			"tcpstat/screen":            "a watch on a terminal",
			"tcpstat/terminal":          "which terminal",
			"tcpstat/internal/spelling": "a mistyped word is answered with what was meant",
			"github.com/spf13/cobra":    "commands and completions",
			"github.com/spf13/pflag":    "short flags in clusters",
			"golang.org/x/term":         "is it a terminal, and how wide",
		},
	},
	"tcpstat/internal/nettest": {
		may: map[string]string{
			"tcpstat/tcp":           "it says which states stand",
			"golang.org/x/sys/unix": "sockets made by hand, in a namespace of their own",
		},
	},
	"tcpstat/lab": {
		may: map[string]string{
			"tcpstat/internal/pty":              "answers are taken on a terminal",
			"github.com/vishvananda/netlink":    "hosts are joined by links",
			"github.com/vishvananda/netlink/nl": "the table of connection tracking is filled",
			"github.com/vishvananda/netns":      "links are made from outside of a host",
			"golang.org/x/sys/unix":             "namespaces, mounts, signals",
		},
	},
	"tcpstat/internal/pty": {
		may: map[string]string{"golang.org/x/sys/unix": "a terminal is asked for by ioctl"},
	},
	"tcpstat/internal/documenttest": {never: world},
	"tcpstat/internal/filtertest": {
		may: map[string]string{
			"tcpstat/filter": "a random filter says what it must judge",
			"tcpstat/tcp":    "random sockets",
			"net/netip":      "and their addresses",
		},
		never: world,
	},
	"tcpstat/internal/rowtest": {
		may: map[string]string{
			"tcpstat/listing": "it makes rows",
			"tcpstat/tcp":     "of random sockets",
			"net/netip":       "and their addresses",
		},
		never: world,
	},
	"tcpstat/internal/golden": {
		may: map[string]string{"github.com/google/go-cmp/cmp": "it shows what differs"},
	},
	"tcpstat/internal/herd": {
		may: map[string]string{"golang.org/x/sys/unix": "sockets made by hand, in a namespace of their own"},
	},
	"tcpstat/internal/compare":  {},
	"tcpstat/internal/machine":  {never: printing},
	"tcpstat/internal/spelling": {never: world},
}

// world is what a package of values must not reach: what prints never reads,
// and a test needs neither a kernel nor a clock.
var world = map[string]string{
	"os":                "the file system, the environment and processes are read elsewhere",
	"os/...":            "the file system, the environment and processes are read elsewhere",
	"io":                "values do no I/O",
	"io/...":            "values do no I/O",
	"net":               "sockets and names are read elsewhere",
	"net/...":           "sockets and names are read elsewhere",
	"syscall":           "the kernel is asked elsewhere",
	"log":               "it writes to stderr and reads the clock",
	"log/...":           "it writes to stderr and reads the clock",
	"fmt.Print":         "it writes to stdout",
	"fmt.Printf":        "it writes to stdout",
	"fmt.Println":       "it writes to stdout",
	"time.Now":          "the clock is an argument",
	"time.Since":        "the clock is an argument",
	"time.Until":        "the clock is an argument",
	"time.Sleep":        "the clock is an argument",
	"time.After":        "the clock is an argument",
	"time.AfterFunc":    "the clock is an argument",
	"time.NewTicker":    "the clock is an argument",
	"time.NewTimer":     "the clock is an argument",
	"time.Tick":         "the clock is an argument",
	"time.Local":        "the time zone is part of the machine",
	"time.LoadLocation": "the time zone is part of the machine",
}

// printing is what a reader must not reach: what reads never prints.
var printing = map[string]string{
	"fmt.Print":   "it writes to stdout",
	"fmt.Printf":  "it writes to stdout",
	"fmt.Println": "it writes to stdout",
	"os.Stdout":   "what was read is returned",
	"os.Stderr":   "what went wrong is returned",
	"log":         "what went wrong is returned",
	"log/...":     "what went wrong is returned",
}

// TestLayout holds every package of the module to its wall.
func TestLayout(t *testing.T) {
	reached := packages(t)
	broken, unused := checkLayout(walls, reached)
	for _, line := range broken {
		t.Error(line)
	}
	for _, line := range unused {
		t.Error(line + ": take the line out")
	}
}

// checkLayout compares what each package reaches with its wall. broken are the
// faults; unused are entries of may that their package does not reach. A wall
// whose package does not exist yet is neither.
func checkLayout(walls map[string]wall, reached map[string][]string) (broken, unused []string) {
	for _, pkg := range slices.Sorted(maps.Keys(reached)) {
		w, ok := walls[pkg]
		if !ok {
			broken = append(broken, fmt.Sprintf("%s has no wall: name it and its arrows in layout_test.go", pkg))
			continue
		}
		used := map[string]bool{}
		for _, ref := range reached[pkg] {
			may, allowed := match(w.may, ref)
			never, refused := match(w.never, ref)
			used[may] = true
			switch {
			case allowed:
			case refused:
				broken = append(broken, fmt.Sprintf("%s reaches %s: %s", pkg, ref, w.never[never]))
			case !standard(ref):
				broken = append(broken, fmt.Sprintf("%s reaches %s: a new arrow; if it must be, add it with its reason to layout_test.go", pkg, ref))
			}
		}
		for _, may := range slices.Sorted(maps.Keys(w.may)) {
			if !used[may] {
				unused = append(unused, fmt.Sprintf("%s may reach %s and does not", pkg, may))
			}
		}
	}
	return broken, unused
}

// match finds the key that covers ref, if any.
func match(keys map[string]string, ref string) (key string, ok bool) {
	for key := range keys {
		below, tree := strings.CutSuffix(key, "/...")
		if key == ref || tree && !isName(ref) && strings.HasPrefix(ref, below+"/") {
			return key, true
		}
	}
	return "", false
}

// isName reports whether ref is a name of a package ("time.Now") and not an
// import path.
func isName(ref string) bool {
	return standard(ref) && strings.Contains(path.Base(ref), ".")
}

// standard reports whether ref belongs to the standard library: only other
// modules have a dot in the first element of their path.
func standard(ref string) bool {
	first, _, below := strings.Cut(ref, "/")
	return first != "tcpstat" && (!below || !strings.Contains(first, "."))
}

// packages gives, by import path, what each package of the module reaches: its
// imports, and the names that it uses of the standard library ("time.Now").
// Test files do not count.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	watchTree(t)
	list := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	reached := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			ImportPath, Dir  string
			GoFiles, Imports []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(pkg.GoFiles) == 0 {
			continue
		}
		refs := pkg.Imports
		for _, name := range pkg.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, names(file)...)
		}
		slices.Sort(refs)
		reached[pkg.ImportPath] = slices.Compact(refs)
	}
	if len(reached) == 0 {
		t.Fatal("go list names no package")
	}
	return reached
}

// watchTree reads every directory, so that go test does not answer from its
// cache when a package or a file was added.
func watchTree(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// names lists what a file uses of the packages of the standard library, as
// "path.Name".
func names(file *ast.File) (refs []string) {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !standard(p) {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = p
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && imports[x.Name] != "" {
				refs = append(refs, imports[x.Name]+"."+sel.Sel.Name)
			}
		}
		return true
	})
	return refs
}

// TestCheckLayout shows that the walls can fall.
func TestCheckLayout(t *testing.T) {
	walls := map[string]wall{
		"tcpstat/tcp":    {may: map[string]string{"net/netip": "values"}, never: world},
		"tcpstat/diag":   {may: map[string]string{"tcpstat/tcp": "types", "example.org/netlink/...": "sockets"}, never: printing},
		"tcpstat/render": {may: map[string]string{"tcpstat/tcp": "types", "io": "a writer"}, never: world},
		"tcpstat/later":  {may: map[string]string{"tcpstat/tcp": "types"}},
	}
	for _, tt := range []struct {
		name           string
		pkg            string
		refs           []string
		broken, unused []string
	}{
		{name: "all allowed", pkg: "tcpstat/diag", refs: []string{"context", "os", "example.org/netlink/nl", "tcpstat/tcp", "time.Now"}},
		{name: "may beats never", pkg: "tcpstat/tcp", refs: []string{"net/netip", "net/netip.MustParseAddr"}},
		{
			name: "arrow between packages", pkg: "tcpstat/render", refs: []string{"io", "tcpstat/diag", "tcpstat/tcp"},
			broken: []string{"tcpstat/render reaches tcpstat/diag: a new arrow; if it must be, add it with its reason to layout_test.go"},
		},
		{
			name: "package for tests", pkg: "tcpstat/diag", refs: []string{"example.org/netlink/nl", "tcpstat/internal/nettest", "tcpstat/tcp"},
			broken: []string{"tcpstat/diag reaches tcpstat/internal/nettest: a new arrow; if it must be, add it with its reason to layout_test.go"},
		},
		{
			name: "third party", pkg: "tcpstat/render", refs: []string{"golang.org/x/sys/unix", "io", "tcpstat/tcp"},
			broken: []string{"tcpstat/render reaches golang.org/x/sys/unix: a new arrow; if it must be, add it with its reason to layout_test.go"},
		},
		{
			name: "standard library", pkg: "tcpstat/tcp", refs: []string{"io/fs", "net", "net/netip", "os", "strings"},
			broken: []string{
				"tcpstat/tcp reaches io/fs: values do no I/O",
				"tcpstat/tcp reaches net: sockets and names are read elsewhere",
				"tcpstat/tcp reaches os: the file system, the environment and processes are read elsewhere",
			},
		},
		{
			name: "one name", pkg: "tcpstat/render", refs: []string{"io", "tcpstat/tcp", "time", "time.Duration", "time.Now"},
			broken: []string{"tcpstat/render reaches time.Now: the clock is an argument"},
		},
		{
			name: "reader that prints", pkg: "tcpstat/diag", refs: []string{"example.org/netlink", "fmt", "fmt.Errorf", "fmt.Println", "tcpstat/tcp"},
			broken: []string{
				"tcpstat/diag reaches example.org/netlink: a new arrow; if it must be, add it with its reason to layout_test.go",
				"tcpstat/diag reaches fmt.Println: it writes to stdout",
			},
			unused: []string{"tcpstat/diag may reach example.org/netlink/... and does not"},
		},
		{
			name: "unknown package", pkg: "tcpstat/util", refs: []string{"strings"},
			broken: []string{"tcpstat/util has no wall: name it and its arrows in layout_test.go"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken, unused := checkLayout(walls, map[string][]string{tt.pkg: tt.refs})
			if diff := cmp.Diff(tt.broken, broken); diff != "" {
				t.Errorf("broken (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unused, unused); diff != "" {
				t.Errorf("unused (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNames shows that a renamed import hides nothing.
func TestNames(t *testing.T) {
	const source = `package p
import (
	"time"
	clock "time"
	"golang.org/x/sys/unix"
)
func f(x struct{ Now int }) { _ = time.Second; _ = clock.Now; _ = x.Now; _ = unix.Getpid }
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"time.Second", "time.Now"}, names(file)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
