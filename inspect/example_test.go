package inspect_test

import (
	"context"
	"fmt"

	"tcpstat/filter"
	"tcpstat/health"
	"tcpstat/inspect"
)

// recorded is a dump of sock_diag. The zero Options look at this machine.
var recorded = inspect.Options{Replay: "../diag/testdata/ss1.dump"}

// Rows come one after the other. The tail tells where they are from, and what of them is
// not known.
func ExampleLook_Rows() {
	machine, err := inspect.Open(recorded)
	if err != nil {
		fmt.Println(err, inspect.Advice(err))
		return
	}
	connected, err := filter.Parse("state connected", filter.Names{})
	if err != nil {
		fmt.Println(err)
		return
	}
	look := machine.Look(inspect.Query{Filter: connected, View: true})
	for row, err := range look.Rows(context.Background()) {
		if err != nil {
			fmt.Println(err, inspect.Advice(err))
			return
		}
		fmt.Println(row.Socket.State, row.Socket.Local, row.Socket.Remote, row.View.Ownership)
	}
	tail := look.Tail()
	fmt.Println(tail.Counts.Total(), "sockets from", tail.Source)
	// Output:
	// ESTABLISHED 10.0.0.1:22 10.0.0.1:36266 process
	// ESTABLISHED 10.0.0.1:36266 10.0.0.1:22 process
	// ESTABLISHED 10.0.0.1:22 10.0.0.2:50312 process
	// ESTABLISHED [fec0:42::24]:40520 [fec0:42::1]:22 process
	// ESTABLISHED [fec0:42::24]:22 [fec0:42::1]:44248 process
	// 5 sockets from netlink
}

// The facts of a look are what the rules judge.
func ExampleLook_Facts() {
	machine, err := inspect.Open(recorded)
	if err != nil {
		fmt.Println(err)
		return
	}
	facts, err := machine.Look(inspect.Query{For: inspect.Judgement}).Facts(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := health.Check(facts, health.Options{})
	fmt.Println(report.Status)
	for _, rule := range report.NotJudged[:2] {
		fmt.Println(rule.Rule.ID, rule.Reason)
	}
	// Output:
	// OK
	// close-wait-leak not_recorded
	// closed-held not_recorded
}
