package main

import (
	"context"
	"fmt"

	"tcpstat/filter"
	"tcpstat/health"
	"tcpstat/inspect"
)

func main() {
	ctx, machine := context.Background(), must(inspect.Open(inspect.Options{}))
	closed := must(filter.Parse("state CLOSE_WAIT", filter.Names{}))
	for row, err := range machine.Look(inspect.Query{Filter: closed, Owners: true}).Rows(ctx) {
		fmt.Println(must(row, err).Socket.Local, row.Socket.Remote, row.Holders)
	}
	facts := must(machine.Look(inspect.Query{For: inspect.Judgement}).Facts(ctx, nil))
	rules := must(health.Ask("close-wait-leak", "accept-queue"))
	for _, result := range health.Check(facts, health.Options{Rules: rules}).Results {
		fmt.Println(result.Rule.ID, result.Status, result.Subject.String())
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
