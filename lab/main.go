package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	if name := os.Getenv(programVar); name != "" {
		os.Exit(runProgram(name))
	}
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "lab: %v\n", err)
	}
	os.Exit(code)
}

func run(ctx context.Context) (code int, err error) {
	verbose := flag.Bool("v", false, "print the answers")
	target := flag.Int("target", 95, "percent of the points below which the exit code is 1")
	healthy := flag.Duration("healthy", 0, "stage only the healthy load, and observe it for so long")
	docs := flag.String("docs", "", "write the page of all faults to this file; those not staged keep their place in it")
	flag.Parse()
	names := flag.Args()
	if *healthy > 0 {
		healthyFor, names = *healthy, []string{healthyLoad}
	}
	chosen, err := choose(names)
	if err != nil {
		return 2, err
	}
	b, err := newBench(ctx)
	if err != nil {
		return 2, err
	}
	defer b.clear()
	var verdicts []verdict
	for _, f := range chosen {
		if ctx.Err() != nil {
			return 2, errors.New("interrupted")
		}
		fmt.Fprintf(os.Stderr, "lab: %s\n", f.Name)
		v := b.give(ctx, f, os.Stderr)
		if *verbose {
			printAnswers(os.Stdout, v)
		}
		verdicts = append(verdicts, v)
	}
	printTable(os.Stdout, verdicts)
	if *docs != "" {
		if err := writePage(*docs, verdicts); err != nil {
			return 2, err
		}
	}
	if !add(verdicts).reached(*target) {
		return 1, nil
	}
	return 0, nil
}

// writePage writes the page of all faults anew, of those that were staged.
func writePage(path string, verdicts []verdict) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(page(string(old), verdicts)), 0o644)
}

// choose finds faults by their names; without names it takes all.
func choose(names []string) (chosen []Fault, err error) {
	if len(names) == 0 {
		return faults, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(faults, func(f Fault) bool { return f.Name == name })
		if i < 0 {
			var known []string
			for _, f := range faults {
				known = append(known, f.Name)
			}
			return nil, fmt.Errorf("no fault %q; there are: %s", name, strings.Join(known, " "))
		}
		chosen = append(chosen, faults[i])
	}
	return chosen, nil
}

// give tries a fault, and once more where the first try lost points: other work on the
// machine can spoil a staging. What the first try lost is said.
func (b *bench) give(ctx context.Context, f Fault, log io.Writer) verdict {
	first := b.try(ctx, f)
	if first.whole() || ctx.Err() != nil {
		return first
	}
	fmt.Fprintf(log, "lab: %s again, since the first try %s\n", f.Name, first.lost())
	return b.try(ctx, f)
}

// try stages a fault, asks and judges. What is not there to do so is a skip, and with
// CI=true an error.
func (b *bench) try(ctx context.Context, f Fault) verdict {
	if lack := lacks(f); lack != "" {
		if os.Getenv("CI") == "true" {
			return verdict{fault: f, err: fmt.Errorf("no fault may be skipped with CI=true: %s", lack)}
		}
		return verdict{fault: f, skip: lack}
	}
	seen, err := b.stage(ctx, f)
	if err != nil {
		return verdict{fault: f, err: err}
	}
	return judge(f, seen)
}

// always is what every fault needs.
var always = []string{"iproute2", "nftables", "util-linux"}

// packages are Debian's, and a file by which each is known.
var packages = map[string]string{
	"haproxy":      "/usr/sbin/haproxy",
	"iperf3":       "/usr/bin/iperf3",
	"iproute2":     "/usr/bin/ss",
	"nftables":     "/usr/sbin/nft",
	"nginx-light":  "/usr/sbin/nginx",
	"postgresql":   "/usr/lib/postgresql/*/bin/postgres",
	"redis-server": "/usr/bin/redis-server",
	"util-linux":   "/usr/bin/prlimit",
	"wrk":          "/usr/bin/wrk",
}

// lacks says what to do before a fault can be staged.
func lacks(f Fault) string {
	if os.Geteuid() != 0 {
		return "hosts are namespaces, which root may make: sudo go run ./lab"
	}
	var missing []string
	for _, name := range slices.Concat(always, f.Needs) {
		if !installed(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "apt-get install --no-install-recommends " + strings.Join(missing, " ")
}

// installed looks for the file of a package, or for a command of its name in $PATH.
func installed(name string) bool {
	if files, err := filepath.Glob(packages[name]); err == nil && len(files) > 0 {
		return true
	}
	_, err := exec.LookPath(filepath.Base(packages[name]))
	return err == nil
}
