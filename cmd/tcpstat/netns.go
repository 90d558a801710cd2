package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tcpstat/internal/spelling"
	"tcpstat/netns"
)

// namespaceAdvice says what to try where a namespace cannot be looked into.
func namespaceAdvice(e *netns.Error) string {
	switch {
	case errors.Is(e, fs.ErrPermission):
		return "run as root: to look into another namespace takes CAP_SYS_ADMIN"
	case errors.Is(e, netns.ErrAmbiguous):
		return fmt.Sprintf("say which: --netns /run/netns/%s or --netns /proc/%[1]s/ns/net", e.Word)
	case errors.Is(e, netns.ErrNoName):
		return knownNamespaces(e.Word)
	}
	return "--netns takes a name of ip netns, the number of a process or a path such as /proc/PID/ns/net"
}

// knownNamespaces tells the names that would have done.
func knownNamespaces(word string) string {
	names := netns.Names()
	if len(names) == 0 {
		return "no namespace has a name here; give the number of a process in it, or a path to it"
	}
	known := "known: " + strings.Join(names, " ")
	if near := spelling.Nearest(word, names); near != "" {
		return "did you mean " + near + "? " + known
	}
	return known
}
