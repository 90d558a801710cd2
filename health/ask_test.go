package health

import "testing"

func TestAsk(t *testing.T) {
	asked, err := Ask("accept-queue", "listener=443")
	if err != nil || len(asked) != 2 || asked[0] != (Asked{Rule: &acceptQueue}) || asked[1] != (Asked{&listenerMissing, 443}) {
		t.Errorf("%+v, %v", asked, err)
	}
	for word, want := range map[string]string{
		"accept":         `unknown rule "accept"`,
		"accept-queue=1": `accept-queue takes no argument: "accept-queue=1"`,
		"listener":       `listener takes a port, from 1 to 65535: "listener"`,
		"listener=0":     `listener takes a port, from 1 to 65535: "listener=0"`,
		"listener=65536": `listener takes a port, from 1 to 65535: "listener=65536"`,
	} {
		if asked, err := Ask("retrans", word); err == nil || err.Error() != want || asked != nil {
			t.Errorf("%+v, %v, want %s", asked, err, want)
		}
	}
}
