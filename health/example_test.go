package health_test

import (
	"fmt"
	"net/netip"

	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// Rows are counted, listeners first, and rules judge the numbers.
func ExampleCheck() {
	census := health.NewCensus(health.RuleAges)
	machine := new(tcp.Machine)
	listener := &tcp.Socket{
		State: tcp.Listen, Local: netip.MustParseAddrPort("0.0.0.0:8080"),
		Backlog: tcp.Backlog{Used: 129, Limit: tcp.Some[uint32](128)},
	}
	machine.Listeners.Add(listener)
	census.Add(&listing.Row{Socket: listener, Machine: machine})

	rules, err := health.Ask("accept-queue", "listener=8080", "retrans")
	if err != nil {
		fmt.Println(err)
		return
	}
	report := health.Check(&health.Facts{Census: census, Details: true}, health.Options{Rules: rules})
	fmt.Println(report.Status)
	for _, result := range report.Results {
		fmt.Println(result.Rule.ID, result.Status, result.Subject.String())
	}
	for _, rule := range report.NotJudged {
		fmt.Println(rule.Rule.ID, rule.Reason.Text().In(tcp.English))
	}
	// Output:
	// CRITICAL
	// accept-queue CRITICAL *:8080
	// listener OK :8080
	// retrans it takes two looks: --window DUR, or --state-file FILE
}

// A threshold as monitoring plugins have it.
func ExampleParseRange() {
	for _, text := range []string{"10", "@10:", "5:10"} {
		r, err := health.ParseRange(text)
		fmt.Println(text, r.Alerts(7), r.Alerts(10), r.Alerts(11), err)
	}
	// Output:
	// 10 false false true <nil>
	// @10: false true true <nil>
	// 5:10 false false true <nil>
}
