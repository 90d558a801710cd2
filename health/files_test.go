package health

import (
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
)

// What is said of a process's files follows from what they are, and how many are left.
func TestFilesDiagnosis(t *testing.T) {
	connections := map[tcp.State]int{tcp.Established: 600, tcp.CloseWait: 20, tcp.Listen: 1}
	listening := func(f *Facts) {
		f.Owners[1] = []*Owner{{Process: tcp.Process{PID: 4711, Name: "java"}}}
	}
	growing := func(f *Facts) {
		f.Window, f.Before.Files = 10*time.Second, map[int32]uint64{4711: 880}
	}
	waiting := []tcp.Socket{socket(tcp.Listen, queue(17, 100))}
	for _, tt := range []struct {
		name, rule string
		facts      *Facts
		cause      string
		title, why tcp.Text
		ends       tcp.Text
	}{
		{"connections", "open-files", facts(nil, opened(900, 1000, 0, connections)), "connections", openFiles.Title, openFiles.Why, openFiles.Ends},
		{"other files", "open-files", facts(nil, opened(900, 1000, 100, nil)), "other_files", openFiles.Title, openFiles.Why, openFiles.Ends},
		{"neither", "open-files", facts(nil, opened(900, 1000, 200, map[tcp.State]int{tcp.Established: 300})), "", openFiles.Title, openFiles.Why, openFiles.Ends},
		{"not looked through", "open-files", facts(nil, opened(900, 1000, 0, nil), func(f *Facts) { f.Files.Processes[0].Searched = false }), "", openFiles.Title, openFiles.Why, openFiles.Ends},
		{"more each second", "open-files", facts(nil, opened(900, 1000, 0, connections), growing), "connections", openFiles.Title, openFiles.Why, endsGrowing},
		{"none left", "open-files", facts(nil, opened(1000, 1000, 0, connections), growing), "connections", titleNoneLeft, whyNoneLeft, endsNoneLeft},
		{"none left to accept", "open-files", facts(waiting, listening, opened(1000, 1000, 0, connections)), "connections", titleNoneLeft, whyNotAccepting, endsNoneLeft},
		{"a leak", "closed-held", facts(nil, opened(900, 1000, 500, nil)), "", closedHeld.Title, closedHeld.Why, endsLimited},
		{"a leak that grows", "closed-held", facts(nil, opened(900, 1000, 500, nil), growing), "", closedHeld.Title, closedHeld.Why, endsLeaking},
		{"a leak without a limit", "closed-held", facts(nil, opened(900, 1<<64-1, 500, nil), growing), "", closedHeld.Title, closedHeld.Why, closedHeld.Ends},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := outcome(t, tt.facts, tt.rule)
			if r.Cause != tt.cause {
				t.Errorf("cause %q, want %q", r.Cause, tt.cause)
			}
			for _, text := range [][2]tcp.Text{{r.Title, tt.title}, {r.Why, tt.why}, {r.Ends, tt.ends}} {
				if text[0] != text[1] {
					t.Errorf("%q\nwant %q", text[0], text[1])
				}
			}
		})
	}
}

// The evidence tells what the files are, and how long they last.
func TestFilesEvidence(t *testing.T) {
	f := facts([]tcp.Socket{socket(tcp.Listen, queue(17, 100)), socket(tcp.Listen, queue(3, 100), local("0.0.0.0:8081"))},
		opened(900, 1000, 100, map[tcp.State]int{tcp.Established: 600, tcp.CloseWait: 20}),
		func(f *Facts) { f.Window, f.Before.Files = 10*time.Second, map[int32]uint64{4711: 875} })
	r := outcome(t, f, "open-files")
	for key, want := range map[string]float64{
		"open_files": 900, "open_files_limit": 1000, "established": 600, "close_wait": 20, "closed_held": 100,
		"other_files": 180, "files_per_s": 2.5, "full_in_ms": 40_000,
	} {
		if got := r.evidence(key); got != want {
			t.Errorf("%s %v, want %v", key, got, want)
		}
	}
	f.Files.Processes[0].Open = 1000
	r = outcome(t, f, "open-files")
	if r.evidence("waiting") != 17 || r.name("listener") != "*:8080" || r.name("pid") != "4711" {
		t.Errorf("%v %v", r.Evidence, r.Names)
	}
	if slices.ContainsFunc(r.Evidence, func(e Evidence) bool { return e.Key == "full_in_ms" }) {
		t.Errorf("full already: %v", r.Evidence)
	}
}
