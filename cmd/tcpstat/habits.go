package main

import "github.com/spf13/pflag"

// byOtherName finds a flag by the name that netstat (net-tools 2.10) or ss (iproute2
// 6.1) has for it.
func byOtherName(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "program", "programs":
		name = "processes"
	case "extend":
		name = "extended"
	case "options":
		name = "timers"
	case "inet":
		name = "ipv4"
	case "inet6":
		name = "ipv6"
	case "numeric-hosts", "numeric-ports", "numeric-users":
		name = "numeric"
	case "oneline":
		name = "wide"
	}
	return pflag.NormalizedName(name)
}
