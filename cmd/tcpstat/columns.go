package main

import (
	"strings"

	"github.com/spf13/cobra"

	"tcpstat/render"
)

func unknownColumn(name, near string) error {
	known, _ := render.ColumnNames()
	try := "known: " + strings.Join(known, " ") + ", and of tcp_info such as rtt_us (tcpstat explain json)"
	if near != "" {
		try = "did you mean " + near + "? " + try
	}
	return usagef(try, "unknown column %q", name)
}

// completeColumns offers the columns behind those that are typed already. It is a
// function so that no list of them is made at every start.
func completeColumns(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	names, info := render.ColumnNames()
	var lists []cobra.Completion
	for _, name := range append(names, info...) {
		lists = append(lists, before+name)
	}
	return lists, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
