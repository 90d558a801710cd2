package main

import (
	"runtime"
	"runtime/debug"
)

// version says which build this is, from what the Go toolchain recorded.
func version() string {
	text := "tcpstat (unknown version)"
	if info, ok := debug.ReadBuildInfo(); ok {
		text = "tcpstat " + info.Main.Version
	}
	return text + " " + runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version()
}
