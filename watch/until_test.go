package watch_test

import (
	"errors"
	"testing"
	"time"

	"tcpstat/tcp"
	"tcpstat/watch"
)

func TestUntil(t *testing.T) {
	age := func(low, high time.Duration) (a tcp.Age) {
		a.Min = tcp.Some(low)
		if high > 0 {
			a.Max = tcp.Some(high)
		}
		return a
	}
	sum := func(count int, a tcp.Age) watch.Summary {
		return watch.Summary{Sample: watch.Sample{Count: count, Oldest: a, Appeared: 5, Left: 6, Brief: 7}}
	}
	none, bounded, open := sum(0, tcp.Age{}), sum(101, age(5*time.Minute, 6*time.Minute)), sum(100, age(4*time.Minute, 0))
	for _, test := range []struct {
		text string
		at   watch.Summary
		want bool
	}{
		{"count == 0", none, true},
		{"count==0", open, false},
		{"count=0", none, true},
		{" count  > 100 ", bounded, true},
		{"count > 100", open, false},
		{"count >= 100", open, true},
		{"count ge 100", open, true},
		{"count != 0", none, false},
		{"count ne 0", open, true},
		{"count < 101", open, true},
		{"count le 100", bounded, false},
		{"count lt 1", none, true},
		{"count gt 100", bounded, true},
		{"count eq 101", bounded, true},
		{"appeared >= 5", none, true},
		{"left > 6", none, false},
		{"left = 6", none, true},
		{"brief = 7", none, true},

		{"age > 299s", bounded, true},
		{"age > 300", bounded, false},
		{"age >= 5m", bounded, true},
		{"age < 6m1s", bounded, true},
		{"age < 6m", bounded, false},
		{"age <= 6m", bounded, true},
		{"age <= 359s", bounded, false}, // it may be older
		{"age <= 1h", open, false},
		{"age > 1s", none, false}, // there is none
		{"age < 1h", none, false},
		{"age < 1h", open, false}, // nobody knows
		{"age > 239", open, true},
		{"age > 239.5", open, true},
		{"age > 240.5", open, false},
		{"age >= 240.5", open, false},
	} {
		u, err := watch.ParseUntil(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got := u.Reached(&test.at); got != test.want {
			t.Errorf("%q with %+v: %v", test.text, test.at.Sample, got)
		}
	}
}

func TestUntilErrors(t *testing.T) {
	const forms = "'count == 0', 'count > 100' or 'age > 5m'; also appeared, left and brief, since the start"
	for text, want := range map[string]watch.UntilError{
		"":                {`"" begins with no word that --until knows`, "expected " + forms},
		"size > 1":        {`"size > 1" begins with no word that --until knows`, "expected " + forms},
		"Count > 1":       {`"Count > 1" begins with no word that --until knows`, "expected " + forms},
		"count":           {`no comparison after count in "count"`, "expected one of == != < <= > >=, as in " + forms},
		"count 5":         {`no comparison after count in "count 5"`, "expected one of == != < <= > >=, as in " + forms},
		"count > ":        {`"" is no number of sockets`, "expected " + forms},
		"count > -1":      {`"-1" is no number of sockets`, "expected " + forms},
		"count > 1 and 2": {`"1 and 2" is no number of sockets`, "expected " + forms},
		"count === 1":     {`"= 1" is no number of sockets`, "expected " + forms},
		"age > soon":      {`"soon" is no time`, "expected a time such as 500ms, 90s or 5m"},
		"age > -5s":       {`"-5s" is no time`, "expected a time such as 500ms, 90s or 5m"},
		"age > nan":       {`"nan" is no time`, "expected a time such as 500ms, 90s or 5m"},
		"age != 5m":       {"an age is known within bounds, and never equal", "expected 'age > 5m' or 'age < 5m'"},
		"age == 5m":       {"an age is known within bounds, and never equal", "expected 'age > 5m' or 'age < 5m'"},
	} {
		u, err := watch.ParseUntil(text)
		var mistake *watch.UntilError
		if !errors.As(err, &mistake) || *mistake != want || u != nil {
			t.Errorf("%q: %v, %+v", text, u, err)
		}
	}
}

func FuzzUntil(f *testing.F) {
	f.Add("count == 0")
	f.Add("age > 5m")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := watch.ParseUntil(text)
		if (u == nil) == (err == nil) {
			t.Fatalf("%q: both or neither of %v and %v", text, u, err)
		}
		if u != nil {
			u.Reached(&watch.Summary{})
		}
	})
}
