package tcp

import (
	"slices"
	"testing"
)

// figure5 is RFC 9293, figure 5, by the RFC's names, notes 1 and 2 included.
var figure5 = []string{
	"CLOSED LISTEN", "CLOSED SYN-SENT",
	"LISTEN SYN-RECEIVED", "LISTEN SYN-SENT", "LISTEN CLOSED",
	"SYN-SENT SYN-RECEIVED", "SYN-SENT ESTABLISHED", "SYN-SENT CLOSED",
	"SYN-RECEIVED ESTABLISHED", "SYN-RECEIVED FIN-WAIT-1", "SYN-RECEIVED LISTEN",
	"ESTABLISHED FIN-WAIT-1", "ESTABLISHED CLOSE-WAIT",
	"FIN-WAIT-1 FIN-WAIT-2", "FIN-WAIT-1 CLOSING", "FIN-WAIT-1 TIME-WAIT",
	"FIN-WAIT-2 TIME-WAIT", "CLOSING TIME-WAIT",
	"CLOSE-WAIT LAST-ACK", "LAST-ACK CLOSED", "TIME-WAIT CLOSED",
}

// note3 is what a RST does beside: every state but LISTEN ends.
var note3 = []string{
	"SYN-SENT CLOSED", "SYN-RECEIVED CLOSED", "ESTABLISHED CLOSED", "FIN-WAIT-1 CLOSED", "FIN-WAIT-2 CLOSED",
	"CLOSING CLOSED", "TIME-WAIT CLOSED", "CLOSE-WAIT CLOSED", "LAST-ACK CLOSED",
}

func TestGraph(t *testing.T) {
	for _, test := range []struct {
		name  string
		table []Transition
		want  []string
	}{
		{"Transitions", Transitions, figure5},
		{"Resets", Resets, note3},
	} {
		var got []string
		for _, move := range test.table {
			got = append(got, move.From.RFC()+" "+move.To.RFC())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s has\n%q, want\n%q", test.name, got, test.want)
		}
	}
}

func TestEveryStateIsReached(t *testing.T) {
	reached := SetOf(Close)
	for range States {
		for _, s := range reached.States() {
			for _, move := range s.Next() {
				reached = reached.With(move.To)
			}
		}
	}
	if want := AllStates.Without(Bound).Without(Unknown); reached != want {
		t.Errorf("from CLOSED one reaches %v, want %v", reached.States(), want.States())
	}
}

func TestNextAndPrevious(t *testing.T) {
	var count int
	for _, s := range States {
		for _, move := range s.Next() {
			if move.From != s {
				t.Errorf("%v.Next() has a move from %v", s, move.From)
			}
			if !slices.Contains(move.To.Previous(), move) {
				t.Errorf("%v.Previous() lacks the move from %v", move.To, s)
			}
			count++
		}
	}
	if want := len(figure5) + len(note3); count != want {
		t.Errorf("all moves: %d, want %d", count, want)
	}
	if moves := Bound.Next(); moves != nil {
		t.Errorf("BOUND has moves: %v", moves)
	}
}
