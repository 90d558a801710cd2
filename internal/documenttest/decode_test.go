package documenttest

import (
	"strings"
	"testing"

	"tcpstat/document"
)

// A decoder that forgives would find every document right.
func TestDecodeIsStrict(t *testing.T) {
	const right = `{"schema":"tcpstat/v1","kind":"rollup","time":"2026-01-02T03:04:05.1Z","host":null,"netns":18446744073709551615,"source":"proc",
		"recorded_source":null,"namespaces":null,"missing":[{"field":"a","reason":"b","sockets":null}],"by":"state","groups":[],
		"summary":{"groups":0,"total":0,"states":{"LISTEN":0}}}`
	if _, err := Decode[document.Rollup]([]byte(right)); err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{
		`"host":null,`:         ``,                            // a key too few
		`"reason":"b",`:        ``,                            // below
		`"total":0,`:           ``,                            // in what is embedded
		`"netns"`:              `"x":1,"netns"`,               // a key too many
		`"field":"a"`:          `"field":"a","x":1`,           // below
		`18446744073709551615`: `"1"`,                         // another type
		`5.1Z`:                 `5.10Z`,                       // not as short as it can be
		`"by":"state"`:         `"by":null`,                   // null for what is never null
		`"groups":[]`:          `"groups":null,"groups":[{}]`, // an empty object
		`{"LISTEN":0}`:         `{"LISTEN":0.5}`,              // a fraction
		`0}}}`:                 `0}}} {}`,                     // another document
	} {
		text := strings.Replace(right, old, wrong, 1)
		if text == right {
			t.Fatalf("%s is nowhere", old)
		}
		if _, err := Decode[document.Rollup]([]byte(text)); err == nil {
			t.Errorf("%s in place of %s is no error", wrong, old)
		}
	}
}

func TestEqual(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"9007199254740993", "9007199254740992", false},
		{"18446744073709551615", "18446744073709551614", false},
		{"708.0", "708", true},
		{"0.1", "1e-1", true},
		{"-9223372036854775807", "-9223372036854775808", false},
		{"1.5", "1.25", false},
	} {
		if got := equal(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %t", test.a, test.b, got)
		}
	}
}
