package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(programVar); name != "" {
		os.Exit(runProgram(name))
	}
	os.Exit(m.Run())
}

// The quick faults get all points but one.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute; runs without -short")
	}
	b, err := newBench(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.clear)
	for _, f := range faults {
		if !f.Quick {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			check(t, b.give(t.Context(), f, t.Output()))
		})
	}
}

func check(t *testing.T, v verdict) {
	switch {
	case v.err != nil:
		t.Fatal(v.err)
	case v.skip != "":
		t.Skip(v.skip)
	}
	if v.sum() < v.fault.most()-1 {
		t.Errorf("%d points, not %d; missing: %s", v.sum(), v.fault.most(), strings.Join(v.missing(), ", "))
	}
	for _, wrong := range v.wrong {
		t.Error(wrong)
	}
	for _, finding := range v.false {
		t.Error(finding)
	}
	if t.Failed() {
		var answers strings.Builder
		printAnswers(&answers, v)
		t.Log(answers.String())
	}
}
