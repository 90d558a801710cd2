package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tcpstat/internal/spelling"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// watchFlags are the flags of --watch as they stand on the command line.
type watchFlags struct {
	words, condition string
	longest          lasting
}

// lasting is an interval without a default.
type lasting struct{ interval }

func (*lasting) String() string { return "" }

func (f *watchFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.words, "watch", "", "follow the sockets in `STATE`[,STATE], or in all")
	flags.StringVar(&f.condition, "until", "", "watch until `EXPR`: 'count == 0', 'count > 100',\n'age > 5m'; exit 3 if it ends before that")
	flags.Var(&f.longest, "for", "watch for `DUR` at most")
}

// shortestInterval is what a watch may ask of the machine.
const shortestInterval = 50 * time.Millisecond

// until reads the condition at which the watch ends, nil for none.
func (f *watchFlags) until(flags *pflag.FlagSet) (*watch.Until, error) {
	if !flags.Changed("until") {
		return nil, nil
	}
	until, err := watch.ParseUntil(f.condition)
	var mistake *watch.UntilError
	if errors.As(err, &mistake) {
		return nil, &usageError{what: mistake.What, try: mistake.Try}
	}
	return until, err
}

// allStates is the word of --watch for every state.
const allStates = "all"

// states reads the words of --watch.
func (f *watchFlags) states(flags *pflag.FlagSet, every interval) (set tcp.Set, err error) {
	if flags.Changed("interval") && time.Duration(every) < shortestInterval {
		return 0, usagef("50ms at least; what happens in between is told by the kernel",
			"an interval of %v would be a load of its own", time.Duration(every))
	}
	for _, word := range strings.Split(f.words, ",") {
		state, known := tcp.ParseState(word)
		switch {
		case strings.EqualFold(word, allStates):
			set = tcp.AllStates
		case known:
			set = set.With(state)
		default:
			return 0, unknownState(word)
		}
	}
	return set, nil
}

// watchWords are what --watch takes, as people complete it.
func watchWords() []string {
	words := []string{allStates}
	for _, s := range tcp.States {
		words = append(words, s.String())
	}
	return words
}

func unknownState(word string) error {
	known := []string{allStates}
	for _, s := range tcp.States {
		known = append(known, s.Spellings()...)
	}
	try := "known: " + strings.Join(watchWords(), " ")
	if near := spelling.Nearest(word, known); near != "" {
		if state, ok := tcp.ParseState(near); ok {
			near = state.String()
		}
		try = "did you mean " + near + "? " + try
	}
	return usagef(try, "unknown state %q", word)
}
