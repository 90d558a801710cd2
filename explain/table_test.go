package explain

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcpstat/tcp"
)

// walkTexts calls visit for every Text below v, with the path to it.
func walkTexts(path string, v reflect.Value, visit func(path string, text tcp.Text)) {
	if text, ok := v.Interface().(tcp.Text); ok {
		visit(path, text)
		return
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walkTexts(fmt.Sprintf("%s[%d]", path, i), v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walkTexts(path+"."+v.Type().Field(i).Name, v.Field(i), visit)
		}
	}
}

var tables = map[string]any{
	"stateDocs": stateDocs, "timerDocs": timerDocs, "exchanges": exchanges(),
	"Transitions": tcp.Transitions, "Resets": tcp.Resets, "moverTexts": moverTexts,
}

// mayBeEmpty are the fields whose comment says so.
var mayBeEmpty = regexp.MustCompile(`\.(Reserve|Note|Action|Event)$`)

var (
	sysctlName  = regexp.MustCompile(`\btcp_[a-z0-9_]+`)
	placeholder = regexp.MustCompile(`\{[^}]*\}`)
)

// otherNames are names like a setting's that texts may use beside SysctlDocs.
var otherNames = []string{"tcp_syncookies", "tcp_states"}

func TestTextsAreComplete(t *testing.T) {
	for name, table := range tables {
		walkTexts(name, reflect.ValueOf(table), func(path string, text tcp.Text) {
			english := text[tcp.English]
			if english == "" && !mayBeEmpty.MatchString(path) {
				t.Errorf("%s is empty", path)
			}
			if english != strings.TrimSpace(english) || strings.Contains(english, "  ") || strings.ContainsAny(english, "\n\t`") {
				t.Errorf("%s has stray blanks, breaks or backquotes: %q", path, english)
			}
			if got := text.Expand(tcp.English, nil); strings.ContainsAny(got, "{}") {
				t.Errorf("%s has an unknown placeholder: %q", path, got)
			}
			for _, word := range sysctlName.FindAllString(placeholder.ReplaceAllString(english, ""), -1) {
				if tcp.Sysctls(nil).Setting(tcp.Sysctl(word)).Doc.Name == "" && !slices.Contains(otherNames, word) {
					t.Errorf("%s names %s, which is no setting that is known", path, word)
				}
			}
			if strings.Contains(english, "recycle") {
				t.Errorf("%s names tcp_tw_recycle, which no kernel since 4.12 has", path)
			}
		})
	}
}

func TestStateDocs(t *testing.T) {
	var order []tcp.State
	for _, doc := range stateDocs {
		order = append(order, doc.State)
		if len(doc.Causes) == 0 || len(doc.Advice) == 0 || len(doc.Ends) == 0 || len(doc.References) == 0 {
			t.Errorf("%v lacks causes, advice, ends or references", doc.State)
		}
		if strings.Count(doc.Meaning[tcp.English], ". ") > 0 || !strings.HasSuffix(doc.Meaning[tcp.English], ".") {
			t.Errorf("the meaning of %v is not one sentence: %s", doc.State, doc.Meaning[tcp.English])
		}
		if doc.Meaning.Sysctls() != nil || doc.Short.Sysctls() != nil {
			t.Errorf("%v: a meaning is the same on every machine", doc.State)
		}
		for _, e := range doc.Ends {
			checkSysctls(t, fmt.Sprintf("%v: %s", doc.State, e.When[tcp.English]), e.Sysctls, e.When, e.Then)
		}
		for _, a := range doc.Advice {
			checkCommand(t, doc.State.String(), a.Command)
		}
		checkReferences(t, doc.State.String(), doc.References)
		if State(doc.State) != &stateDocs[len(order)-1] {
			t.Errorf("State(%v) is another row", doc.State)
		}
	}
	if !slices.Equal(order, tcp.States) {
		t.Errorf("stateDocs has %v, want %v", order, tcp.States)
	}
	if got := State(27).State; got != tcp.Unknown {
		t.Errorf("a number that nobody knows has the row of %v", got)
	}
}

func TestTimerDocs(t *testing.T) {
	for i, kind := range tcp.TimerKinds {
		doc := Timer(kind)
		if doc.Kind != kind || &timerDocs[i] != doc {
			t.Errorf("Timer(%v) is the row of %v", kind, doc.Kind)
		}
		if len(doc.Netstat) == 0 || (len(doc.SS) == 0) != (kind == tcp.NoTimer) {
			t.Errorf("%v: names are missing: ss %q, netstat %q", kind, doc.SS, doc.Netstat)
		}
		checkSysctls(t, kind.String(), doc.Sysctls, doc.Waits, doc.Fires, doc.GivesUp)
		checkReferences(t, kind.String(), doc.References)
	}
	if got := Timer(200).Kind; got != tcp.UnknownTimer {
		t.Errorf("a kind that nobody knows has the row of %v", got)
	}
}

// checkSysctls holds a list of settings against those behind the texts.
func checkSysctls(t *testing.T, where string, listed []tcp.Sysctl, texts ...tcp.Text) {
	t.Helper()
	for _, s := range listed {
		if tcp.Sysctls(nil).Setting(s).Doc.Name == "" {
			t.Errorf("%s: no such setting: %s", where, s)
		}
	}
	for _, text := range texts {
		for _, s := range text.Sysctls() {
			if !slices.Contains(listed, s) {
				t.Errorf("%s: %s decides the text and is not listed", where, s)
			}
		}
	}
}

func checkCommand(t *testing.T, where, command string) {
	t.Helper()
	if command == "" {
		return
	}
	program, _, _ := strings.Cut(command, " ")
	if !slices.Contains([]string{"tcpstat", "ss", "nstat", "lsof", "strace", "sysctl", "tcpdump", "ip", "ls", "cat", "uname"}, program) {
		t.Errorf("%s: unexpected command %q", where, command)
	}
	if len(command) > 70 {
		t.Errorf("%s: %q is too long for a line", where, command)
	}
}

func checkReferences(t *testing.T, where string, references []string) {
	t.Helper()
	if len(references) == 0 || slices.Contains(references, "") {
		t.Errorf("%s: references are missing", where)
	}
}

// Advice must not name what does harm or does nothing.
func TestAdviceIsSound(t *testing.T) {
	for _, doc := range stateDocs {
		for _, a := range doc.Advice {
			advice := a.Do[tcp.English] + " " + a.Command
			for _, word := range []string{"tcp_max_tw_buckets", "tcp_max_orphans"} {
				if strings.Contains(advice, word) {
					t.Errorf("%v: advice names %s: %s", doc.State, word, advice)
				}
			}
			if doc.State == tcp.TimeWait && strings.Contains(advice, "tcp_fin_timeout") {
				t.Errorf("TIME_WAIT: advice names tcp_fin_timeout: %s", advice)
			}
			if strings.Contains(advice, "sysctl -w") || strings.Contains(advice, "kill -9") {
				t.Errorf("%v: advice changes the machine: %s", doc.State, advice)
			}
		}
	}
}

// The defaults are those of the documented table.
func TestEndingDefaults(t *testing.T) {
	for _, test := range []struct {
		state tcp.State
		sayer tcp.Sysctl
		says  string
	}{
		{tcp.SynSent, tcp.SynRetries, "2m11s, 10 retransmissions"},
		{tcp.SynRecv, tcp.SynAckRetries, "63 s, 5 SYN+ACKs"},
		{tcp.Established, tcp.Retries2, "15m25s"},
		{tcp.Established, tcp.KeepaliveTime, "2h11m15s: 2h idle, then 9 probes 75 s apart"},
		{tcp.FinWait1, tcp.OrphanRetries, "102 s"},
		{tcp.FinWait1, tcp.Retries2, "15m25s"},
		{tcp.FinWait2, tcp.FinTimeout, "after 60 s, without TIME_WAIT"},
		{tcp.Closing, tcp.OrphanRetries, "102 s"},
		{tcp.LastAck, tcp.OrphanRetries, "102 s"},
		{tcp.CloseWait, tcp.Retries2, "15m25s"},
	} {
		i := slices.IndexFunc(State(test.state).Ends, func(e Ending) bool { return slices.Contains(e.Sysctls, test.sayer) })
		if i < 0 {
			t.Errorf("no end of %v depends on %s", test.state, test.sayer)
			continue
		}
		if got := State(test.state).Ends[i].Then.Expand(tcp.English, nil); !strings.Contains(got, test.says) {
			t.Errorf("%v, %s: %q does not say %q", test.state, test.sayer, got, test.says)
		}
	}
}
