package main

import (
	"errors"
	"testing"

	"tcpstat/filter"
)

// What could have been a rule goes by the kind of the mistake, however it is worded.
func TestPerhapsRule(t *testing.T) {
	for _, tt := range []struct {
		mistake filter.Error
		rule    bool
	}{
		{filter.Error{Word: "nonsense", Problem: "begins nothing that is known", Unknown: true}, true},
		{filter.Error{Word: "nosuch.example", Problem: "does not resolve: a name that is no condition"}, false},
	} {
		of := &usageError{what: tt.mistake.What(), try: tt.mistake.Try(), cause: &tt.mistake}
		want := [2]string{of.what, of.try}
		if tt.rule {
			want = [2]string{of.what + ", and no rule", of.try + "; tcpstat explain lists the rules"}
		}
		var got *usageError
		if err := perhapsRule(of, []string{"nonsense"}); !errors.As(err, &got) || [2]string{got.what, got.try} != want {
			t.Errorf("%q: %q, %q", of.what, got.what, got.try)
		}
	}
}

// A word that is neither a rule nor a condition is both mistakes, and a condition that
// is wrong further on is the one.
func TestNeitherRuleNorFilter(t *testing.T) {
	for word, want := range map[string]string{
		"nonsense":         `TCP UNKNOWN - filter, column 1: "nonsense" is no condition, and no rule`,
		"sport = nonsense": `TCP UNKNOWN - filter, column 9: "nonsense" is no port`,
	} {
		a := ask(t, "tcpstat", "check", word)
		if said := lines(a.stdout); a.code != 3 || len(said) != 2 || said[0] != want {
			t.Errorf("check %s: exit code %d, %q", word, a.code, a.stdout)
		}
	}
}
