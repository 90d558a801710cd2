package explain

import (
	"slices"
	"strings"
	"sync"

	"tcpstat/health"
	"tcpstat/internal/spelling"
	"tcpstat/tcp"
)

// Topic is something that explain has a page for.
type Topic struct {
	Kind  TopicKind
	Name  string // as it is listed; other spellings find it too
	Short tcp.Text

	group string   // of a counter
	words []string // every spelling, folded
	write func(*page)
}

// TopicKind is what sort of thing a topic is.
type TopicKind uint8

// The kinds, in the order in which they are listed.
const (
	StateTopic TopicKind = iota
	TimerTopic
	ExchangeTopic
	RuleTopic
	CounterTopic
	DocumentTopic
)

// String gives the kind as it is written before a colon: state, timer,
// exchange, rule, counter, document.
func (k TopicKind) String() string {
	return [...]string{"state", "timer", "exchange", "rule", "counter", "document"}[k]
}

// Word gives the word that finds this topic and no other: its name, with the
// kind before it where another kind has the same, or with its group where
// another counter has.
func (t Topic) Word() string {
	found, _ := Find(t.Name)
	switch {
	case len(found) == 1:
		return t.Name
	case t.Kind == CounterTopic:
		return t.group + "." + t.Name
	}
	return t.Kind.String() + ":" + t.Name
}

var (
	topicsOnce sync.Once
	allTopics  []Topic
)

// Topics lists every topic, by kind. The list is shared: do not change it.
func Topics() []Topic {
	topicsOnce.Do(func() { allTopics = makeTopics() })
	return allTopics
}

func makeTopics() []Topic {
	var topics []Topic
	for _, s := range tcp.States {
		topics = append(topics, stateTopic(s))
	}
	for _, k := range tcp.TimerKinds {
		topics = append(topics, timerTopic(k))
	}
	for _, e := range exchanges() {
		topics = append(topics, exchangeTopic(&e))
	}
	for _, r := range health.Rules {
		topics = append(topics, ruleTopic(r))
	}
	for doc := range Counters() {
		topics = append(topics, counterTopic(doc))
	}
	return append(topics, countersTopic(), jsonTopic())
}

func stateTopic(s tcp.State) Topic {
	doc := State(s)
	words := append(s.Spellings(), stateWords[s]...)
	return Topic{Kind: StateTopic, Name: s.String(), Short: doc.Short, words: foldAll(words), write: func(p *page) { p.state(doc) }}
}

// stateWords are words of tcpstat's own that the page of a state explains.
var stateWords = [tcp.Unknown + 1][]string{
	tcp.CloseWait: {"verdict", "eof_read", "fin_unread", "data_unread", "not_accepted"},
	tcp.Listen:    {"accept queue", "backlog", "unaccepted"},
	tcp.FinWait1:  {"orphan"},
}

// timerWords are names of timers beside those of JSON, ss and netstat.
var timerWords = [tcp.UnknownTimer + 1][]string{
	tcp.RetransmitTimer: {"retrans", "retransmission timer", "rto"},
	tcp.TimeWaitTimer:   {"2msl"},
	tcp.WindowProbe:     {"zero window", "window", "persist timer"},
	tcp.DelayedAckTimer: {"delayed acknowledgment"},
}

func timerTopic(k tcp.TimerKind) Topic {
	doc := Timer(k)
	words := append([]string{k.String()}, timerWords[k]...)
	if k != tcp.FinWait2Timer { // it goes by the names of two other timers
		words = slices.Concat(words, doc.SS, doc.Netstat)
	}
	return Topic{Kind: TimerTopic, Name: k.String(), Short: doc.Short, words: foldAll(words), write: func(p *page) { p.timer(doc) }}
}

func exchangeTopic(e *exchange) Topic {
	words := append([]string{e.Name}, e.Aliases...)
	return Topic{Kind: ExchangeTopic, Name: e.Name, Short: e.Short, words: foldAll(words), write: func(p *page) { p.exchange(e) }}
}

// jsonWords are keys that people ask for by their own name.
var jsonWords = []string{
	"json", "schema", "missing", "recv-q", "send-q", "opener", "closer", "ownership", "completeness", "age", "cookie", "tcp_info",
}

func jsonTopic() Topic {
	return Topic{Kind: DocumentTopic, Name: "json", Short: jsonShort, words: foldAll(jsonWords), write: func(p *page) { p.reference() }}
}

// Find finds the topics that a word means, in any spelling: more than one
// where kinds share a word, as close is a state and an exchange. A kind and a
// colon before the word picks one: state:close. If there is none, near are the
// topics that may have been meant, the best first.
func Find(word string) (found, near []Topic) {
	kind, rest, picked := strings.Cut(word, ":")
	if !picked {
		rest = word
	}
	q := newQuery(rest)
	for _, t := range Topics() {
		if (!picked || foldWord(kind) == t.Kind.String()) && t.answers(q) {
			found = append(found, t)
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, nearTopics(q.folded)
}

// query is a word that is looked for, in the forms that topics compare.
type query struct {
	folded string
	bare   string // folded, without the value of a line copied from netstat
	state  string // the name of the state that it spells, empty for none
}

func newQuery(word string) query {
	q := query{folded: foldWord(word), bare: foldWord(withoutNumbers(word))}
	if s, ok := tcp.ParseState(word); ok {
		q.state = s.String()
	}
	return q
}

func (t Topic) answers(q query) bool {
	switch {
	case t.Kind == StateTopic && q.state != "":
		return t.Name == q.state
	case t.Kind == CounterTopic:
		return slices.Contains(t.words, q.bare)
	}
	return slices.Contains(t.words, q.folded)
}

// nearTopics lists the topics with a word at most a third of its letters away,
// nearest first, three at most.
func nearTopics(word string) []Topic {
	type candidate struct {
		topic    Topic
		distance int
	}
	var candidates []candidate
	for _, t := range Topics() {
		best, mistyped := 0, false
		for _, w := range t.words {
			if letters, near := spelling.Mistake(word, w); near && (!mistyped || letters < best) {
				best, mistyped = letters, true
			}
		}
		if mistyped {
			candidates = append(candidates, candidate{t, best})
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.distance - b.distance })
	var near []Topic
	for _, c := range candidates[:min(3, len(candidates))] {
		near = append(near, c.topic)
	}
	return near
}

// foldWord removes what differs between spellings.
func foldWord(word string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(word))
}

func foldAll(words []string) []string {
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = foldWord(w)
	}
	return folded
}
