package health

import (
	"regexp"
	"slices"
	"testing"

	"tcpstat/tcp"
)

// Every rule says all that is asked of one.
func TestRulesAreWhole(t *testing.T) {
	snake := regexp.MustCompile(`^[a-z][a-z_]*[a-z]$`)
	kebab := regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)
	ids := map[string]bool{}
	for _, r := range Rules {
		if ids[r.ID] || !kebab.MatchString(r.ID) {
			t.Errorf("id %q is there twice or is none", r.ID)
		}
		ids[r.ID] = true
		for what, text := range map[string]string{
			"title": r.Title.In(tcp.English), "meaning": r.Meaning.In(tcp.English), "advice": r.Advice.In(tcp.English),
			"why": r.Why.In(tcp.English), "side": r.Side.Text().In(tcp.English), "end": r.Ends.In(tcp.English),
			"reference": r.Reference, "command": r.Command,
		} {
			if text == "" {
				t.Errorf("%s has no %s", r.ID, what)
			}
		}
		if r.Kind == 0 || r.judge == nil || len(r.Limits) == 0 {
			t.Errorf("%s is not whole: %+v", r.ID, r)
		}
		if r.Kind == Delta && !r.ForAll {
			t.Errorf("%s looks at counters, which are for all sockets together", r.ID)
		}
		for _, l := range r.Limits {
			if !snake.MatchString(l.Name) || l.Source.In(tcp.English) == "" || !l.Warning.IsSet() && !l.Critical.IsSet() {
				t.Errorf("%s: metric %q has no source or no threshold", r.ID, l.Name)
			}
		}
	}
}

// What explains away is a rule, and no rule explains itself away in the end.
func TestCauses(t *testing.T) {
	var follow func(r *Rule, path []string)
	follow = func(r *Rule, path []string) {
		if slices.Contains(path, r.ID) {
			t.Fatalf("a circle: %v", append(path, r.ID))
		}
		for _, c := range r.Causes {
			cause, ok := Find(c.Rule)
			if !ok {
				t.Errorf("%s: no rule is called %q", r.ID, c.Rule)
				continue
			}
			follow(cause, append(path, r.ID))
		}
	}
	for _, r := range Rules {
		follow(r, nil)
	}
}

// Advice does not name what is no cure.
func TestAdviceIsNoFolklore(t *testing.T) {
	folklore := regexp.MustCompile(`tcp_tw_recycle|tcp_fin_timeout|(?i:lower(ing)? )tcp_max_(tw_buckets|orphans)`)
	for _, r := range Rules {
		if found := folklore.FindString(r.Advice.In(tcp.English)); found != "" {
			t.Errorf("%s advises %s", r.ID, found)
		}
	}
}
