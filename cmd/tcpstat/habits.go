package main

import "github.com/spf13/pflag"

// otherNames are the long flags of netstat (net-tools 2.10) and ss (iproute2 6.1)
// that have another name here.
var otherNames = map[string]string{
	"program":       "processes",
	"programs":      "processes",
	"extend":        "extended",
	"options":       "timers",
	"inet":          "ipv4",
	"inet6":         "ipv6",
	"numeric-hosts": "numeric",
	"numeric-ports": "numeric",
	"numeric-users": "numeric",
	"oneline":       "wide",
}

// byOtherName finds a flag by the name that netstat or ss has for it.
func byOtherName(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if ours, ok := otherNames[name]; ok {
		name = ours
	}
	return pflag.NormalizedName(name)
}
