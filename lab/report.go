package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printTable prints the points of all faults, what is missing and what is wrong.
func printTable(w io.Writer, verdicts []verdict) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "fault\t%s\tsum\tmissing\n", strings.Join(questions[:], "\t"))
	for _, v := range verdicts {
		fmt.Fprintln(table, row(v))
	}
	table.Flush()
	total := add(verdicts)
	fmt.Fprintf(w, "\n%d of %d points, %d of %d causes named, %d answers that must not be given, %d faults not staged\n",
		total.points, total.most, total.causes, total.faults, total.wrong, total.failed)
	for _, v := range verdicts {
		for _, wrong := range v.wrong {
			fmt.Fprintf(w, "wrong  %s: %s\n", v.fault.Name, wrong)
		}
		if n := v.seen.observed; n > 0 {
			fmt.Fprintf(w, "%s: %d answers hold %d true findings and %d false ones\n", v.fault.Name, n, len(v.right), len(v.false))
		}
		printFindings(w, "true ", v.right)
		printFindings(w, "false", v.false)
		if v.err != nil {
			fmt.Fprintf(w, "error  %s: %v\n", v.fault.Name, v.err)
		}
		if v.skip != "" {
			fmt.Fprintf(w, "skip   %s: %s\n", v.fault.Name, v.skip)
		}
	}
}

func row(v verdict) string {
	cells := []string{strings.TrimSpace(numbers(v.fault) + " " + v.fault.Name)}
	for _, points := range v.points {
		cells = append(cells, cell(v, points))
	}
	what := strings.Join(v.missing(), ", ")
	switch {
	case v.err != nil:
		what = "not staged"
	case v.skip != "":
		what = "skipped"
	}
	if len(v.wrong)+len(v.false) > 0 {
		what = strings.TrimPrefix(what+"; wrong", "; ")
	}
	return strings.Join(append(cells, cell(v, v.sum()), what), "\t")
}

// cell is a number of points, where there are any.
func cell(v verdict, points int) string {
	if v.fault.Healthy || v.skip != "" {
		return "-"
	}
	return fmt.Sprint(points)
}

// numbers are the places of a fault in the list: "1,2".
func numbers(f Fault) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(f.Numbers), "[]"), " ", ",")
}

// totals are the last line of the table.
type totals struct{ points, most, causes, faults, wrong, failed, healthy int }

func add(verdicts []verdict) (t totals) {
	for _, v := range verdicts {
		t.wrong += len(v.wrong) + len(v.false)
		if v.err != nil {
			t.failed++
		}
		if v.skip != "" {
			continue
		}
		if v.fault.Healthy {
			t.healthy++
			continue
		}
		t.points += v.sum()
		t.most += v.fault.most()
		t.faults++
		if v.points[0] == 2 {
			t.causes++
		}
	}
	return t
}

// reached reports whether the points are at least percent of all, and nothing failed
// or is wrong.
func (t totals) reached(percent int) bool {
	return t.wrong == 0 && t.failed == 0 && t.faults+t.healthy > 0 && 100*t.points >= percent*t.most
}

// printAnswers prints what was asked and said; lists are cut.
func printAnswers(w io.Writer, v verdict) {
	fmt.Fprintf(w, "=== %s: %s\n", v.fault.Name, v.fault.Title)
	for _, said := range append(v.seen.shown, v.seen.answers...) {
		fmt.Fprintf(w, "$ %s\n%s\n", said.command, cut(said.text))
	}
}
