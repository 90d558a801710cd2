package main

import "github.com/spf13/cobra"

// newExplainCommand makes `tcpstat explain [WORD]`.
func newExplainCommand(e *env) *cobra.Command {
	return &cobra.Command{Use: "explain [WORD]"}
}
