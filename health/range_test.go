package health

import (
	"math"
	"strings"
	"testing"
)

// The table of the monitoring plugins' guidelines, section 2.5.1.
func TestRange(t *testing.T) {
	for _, tt := range []struct {
		text       string
		calm, bad  []float64
		normalized string
	}{
		{"10", []float64{0, 5, 10}, []float64{-1, 10.5, 11}, "10"},
		{"10:", []float64{10, 11, 1e9, math.Inf(1)}, []float64{9.9, 0, -1}, "10:"},
		{"~:10", []float64{-1e9, 0, 10}, []float64{10.1, 11}, "~:10"},
		{"10:20", []float64{10, 15, 20}, []float64{9, 21}, "10:20"},
		{"@10:20", []float64{9, 21}, []float64{10, 15, 20}, "@10:20"},
		{"@10:", []float64{9.99, 0}, []float64{10, 1e9, math.Inf(1)}, "@10:"},
		{"0", []float64{0}, []float64{1, -1}, "0"},
		{"0:", []float64{0, 1e9}, []float64{-1}, "0:"},
		{"0:5", []float64{0, 5}, []float64{6}, "5"},
		{"@0:0", []float64{1}, []float64{0}, "@0"},
		{"0.5", []float64{0.5}, []float64{0.6}, "0.5"},
		{"~:", []float64{-1, 0, 1}, nil, "~:"},
		{"-5:-1", []float64{-3}, []float64{0, -6}, "-5:-1"},
	} {
		r, err := ParseRange(tt.text)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, v := range tt.calm {
			if r.Alerts(v) {
				t.Errorf("%s alerts at %v", tt.text, v)
			}
		}
		for _, v := range tt.bad {
			if !r.Alerts(v) {
				t.Errorf("%s does not alert at %v", tt.text, v)
			}
		}
		if got := r.String(); got != tt.normalized {
			t.Errorf("%s is written %s, want %s", tt.text, got, tt.normalized)
		}
	}
	if (Range{}).Alerts(1) || (Range{}).String() != "" {
		t.Error("no threshold alerts, or has a text")
	}
}

func TestRangeMistakes(t *testing.T) {
	for _, text := range []string{"", "@", ":", ":10", "x", "10:x", "20:10", "@~", "1e3", "NaN", "Inf:", "10:~", "1:2:3", "0x10", " 1"} {
		if r, err := ParseRange(text); err == nil {
			t.Errorf("%q is %v, want an error", text, r)
		} else if !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v does not quote it", text, err)
		}
	}
}

// What can be read can be written and read back, and alerts at the same values.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"10", "10:", "~:10", "@10:20", "-1:", "0.25:0.5", "@0:0", "~:"} {
		f.Add(seed, 10.0)
	}
	f.Fuzz(func(t *testing.T, text string, value float64) {
		r, err := ParseRange(text)
		if err != nil {
			if r != (Range{}) {
				t.Errorf("%q: a range beside the error", text)
			}
			return
		}
		again, err := ParseRange(r.String())
		if err != nil || again != r {
			t.Errorf("%q is written %q, which reads as %v, %v", text, r, again, err)
		}
		if !math.IsNaN(value) && r.Alerts(value) != again.Alerts(value) {
			t.Errorf("%q and %q differ at %v", text, r, value)
		}
	})
}
