package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tcpstat/filter"
	"tcpstat/internal/spelling"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// watchFlags are the flags of --watch as they stand on the command line, and what
// they come to.
type watchFlags struct {
	words, condition string
	longest          lasting

	states tcp.Set // 0: nothing is watched
	until  *watch.Until
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

// read weighs the flags of --watch.
func (f *watchFlags) read(flags *pflag.FlagSet, every interval) error {
	if !flags.Changed("watch") {
		return nil
	}
	if flags.Changed("interval") && time.Duration(every) < shortestInterval {
		return usagef("50ms at least; what happens in between is told by the kernel",
			"an interval of %v would be a load of its own", time.Duration(every))
	}
	if err := f.readStates(); err != nil {
		return err
	}
	if !flags.Changed("until") {
		return nil
	}
	until, err := watch.ParseUntil(f.condition)
	var mistake *watch.UntilError
	if errors.As(err, &mistake) {
		return &usageError{mistake.What, mistake.Try}
	}
	f.until = until
	return err
}

// allStates is the word of --watch for every state.
const allStates = "all"

// readStates reads the words of --watch.
func (f *watchFlags) readStates() error {
	for _, word := range strings.Split(f.words, ",") {
		state, known := tcp.ParseState(word)
		switch {
		case strings.EqualFold(word, allStates):
			f.states = tcp.AllStates
		case known:
			f.states = f.states.With(state)
		default:
			return unknownState(word)
		}
	}
	return nil
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

// fits refuses a filter that names states of its own, and what is more than one
// look at a time.
func (f *watchFlags) fits(expr *filter.Expr, everywhere bool) error {
	if everywhere {
		return usagef("in one: tcpstat --watch "+f.words+" --netns NAME|PID|PATH", "--watch looks into one network namespace")
	}
	if _, named := expr.States(); named && f.states != 0 {
		return usagef("tcpstat --watch "+f.words+" FILTER, without state and exclude", "--watch names the states, and so does the filter")
	}
	return nil
}
