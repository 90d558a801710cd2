package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Options say how a page is to look, and for whom.
type Options struct {
	Lang    tcp.Lang
	Sysctls tcp.Sysctls      // this machine's; what is missing is said to be unknown
	Width   int              // columns; 0 means 80
	ASCII   bool             // draw without box characters
	Palette *typeset.Palette // nil for plain text
}

// Page writes the page of a topic.
func Page(w io.Writer, t Topic, o Options) error {
	s := newTextSheet(o)
	t.write(&page{sheet: s, o: o})
	_, err := w.Write(s.out)
	return err
}

// Index writes the list of all topics, each with a few words. Counters
// are so many that they have a list of their own, the document counters.
func Index(w io.Writer, o Options) error {
	s := newTextSheet(o)
	for _, kind := range []TopicKind{StateTopic, TimerTopic, ExchangeTopic, RuleTopic, DocumentTopic} {
		var rows []row
		for _, t := range Topics() {
			if t.Kind == kind {
				rows = append(rows, row{left: t.Name, right: t.Short.In(o.Lang)})
			}
		}
		s.section(kindHeadings[kind].In(o.Lang))
		s.rows(rows)
	}
	s.gap()
	for _, line := range typeset.Wrap(indexFoot.In(o.Lang), s.width) {
		s.line(typeset.Faint, 0, line)
	}
	_, err := w.Write(s.out)
	return err
}

var kindHeadings = [...]tcp.Text{
	StateTopic:    {"States", "상태"},
	TimerTopic:    {"Timers", "타이머"},
	ExchangeTopic: {"Exchanges", "통신 절차"},
	RuleTopic:     {"Rules of tcpstat check", "tcpstat check의 규칙"},
	CounterTopic:  {"Counters", "카운터"},
	DocumentTopic: {"Documents", "문서"},
}

var (
	indexFoot = tcp.Text{
		"Every spelling is understood. Where two kinds share a word, both are shown, and state:close or exchange:close picks one.",
		"어떤 표기든 인식합니다. 두 종류가 같은 단어를 쓰면 둘 다 보여 주며, state:close나 exchange:close처럼 쓰면 하나만 고릅니다.",
	}
	exchangeLegend = tcp.Text{
		"x and y are the first sequence numbers of the two sides, m and n the next ones of a connection in use. The states stand beside each segment as they are once it has been sent and, unless lost, received.",
		"x와 y는 양쪽의 초기 시퀀스 번호, m과 n은 사용 중인 연결의 다음 시퀀스 번호입니다. 세그먼트 옆의 상태는 그 세그먼트를 보내고, 유실되지 않았다면 받은 뒤의 상태입니다.",
	}
)

// The headings of pages.
var (
	headMove     = tcp.Text{"Whose move", "다음 차례"}
	headEndsHere = tcp.Text{"How it ends here", "이 시스템에서 끝나는 경우"}
	headEnds     = tcp.Text{"How it ends", "끝나는 경우"}
	headMany     = tcp.Text{"When many are normal", "많아도 정상인 경우"}
	headCauses   = tcp.Text{"Likely causes", "가능한 원인"}
	headAdvice   = tcp.Text{"What to do", "조치 방법"}
	headEntered  = tcp.Text{"Entered from", "이전 상태"}
	headLeft     = tcp.Text{"Left for", "다음 상태"}
	headFires    = tcp.Text{"When it fires", "타이머가 만료되면"}
	headGivesUp  = tcp.Text{"When the kernel gives up", "커널이 포기하는 시점"}
	headNotes    = tcp.Text{"Notes", "설명"}
	headSettings = tcp.Text{"Settings behind the numbers", "위 값을 정하는 설정"}
	headSee      = tcp.Text{"See also", "함께 볼 항목"}
	headRefs     = tcp.Text{"References", "참고 문헌"}

	settingDefault = tcp.Text{"the default", "기본값"}
	settingDiffers = tcp.Text{"default %s", "기본값 %s"}
	settingSized   = tcp.Text{"the default depends on the machine", "기본값은 시스템에 따라 다름"}
	settingUnknown = tcp.Text{"not known here", "이 시스템의 값은 알 수 없음"}
	nothingShown   = tcp.Text{"not shown", "표시 없음"}
)

// page writes one topic onto a sheet.
type page struct {
	sheet
	o        Options
	anywhere bool // for readers on any machine, not for the user of this one
}

func (p *page) in(t tcp.Text) string     { return t.In(p.o.Lang) }
func (p *page) expand(t tcp.Text) string { return t.Expand(p.o.Lang, p.o.Sysctls) }

func (p *page) state(doc *StateDoc) {
	p.title(doc.State.String(), stateNames(doc.State))
	p.paragraph(p.expand(doc.Meaning))

	p.section(p.in(headMove))
	p.paragraph(upperFirst(p.in(doc.Mover.Text())) + ". " + p.expand(doc.Move))
	p.section(p.in(headAdvice))
	for _, a := range doc.Advice {
		p.item(p.expand(a.Do))
		p.command(a.Command)
	}

	if len(p.o.Sysctls) > 0 && !p.anywhere {
		p.section(p.in(headEndsHere))
	} else {
		p.section(p.in(headEnds))
	}
	var ends []row
	var sysctls []tcp.Sysctl
	for _, e := range doc.Ends {
		ends = append(ends, row{left: p.expand(e.When), right: p.expand(e.Then)})
		sysctls = append(sysctls, e.Sysctls...)
	}
	p.rows(ends)
	p.reserve(doc.Reserve)
	sysctls = append(sysctls, textSysctls(doc.Causes...)...)
	sysctls = append(sysctls, doc.ManyNormal.Sysctls()...)
	for _, a := range doc.Advice {
		sysctls = append(sysctls, a.Do.Sysctls()...)
	}
	p.settings(sysctls)

	p.section(p.in(headMany))
	p.paragraph(p.expand(doc.ManyNormal))
	p.items(headCauses, doc.Causes)
	p.moves(headEntered, doc.State.Previous(), func(t tcp.Transition) tcp.State { return t.From })
	p.moves(headLeft, doc.State.Next(), func(t tcp.Transition) tcp.State { return t.To })
	p.further(doc.See, doc.References)
}

// stateNames gives the state's names where it is shown.
func stateNames(s tcp.State) []string {
	switch s {
	case tcp.Unknown:
		return nil
	case tcp.Bound:
		return []string{"ss: " + s.SS(), "RFC 9293: " + s.RFC(), fmt.Sprintf("Linux: %d (reported as %d)", s, tcp.Close)}
	}
	return []string{"netstat: " + s.String(), "ss: " + s.SS(), "RFC 9293: " + s.RFC(), fmt.Sprintf("Linux: %d", s)}
}

func (p *page) moves(heading tcp.Text, moves []tcp.Transition, other func(tcp.Transition) tcp.State) {
	if len(moves) == 0 {
		return
	}
	p.section(p.in(heading))
	var rows []row
	for _, t := range moves {
		what := p.expand(t.Event)
		if action := p.expand(t.Action); action != "" {
			what += ": " + action
		}
		if note := p.expand(t.Note); note != "" {
			what += " (" + note + ")"
		}
		rows = append(rows, row{left: other(t).String(), right: what})
	}
	p.rows(rows)
}

func (p *page) timer(doc *TimerDoc) {
	p.title(doc.Kind.String(), []string{"ss: " + p.names(doc.SS), "netstat: " + p.names(doc.Netstat)})
	p.paragraph(p.expand(doc.Waits))
	p.section(p.in(headFires))
	p.paragraph(p.expand(doc.Fires))
	p.section(p.in(headGivesUp))
	p.paragraph(p.expand(doc.GivesUp))
	p.reserve(doc.Reserve)
	p.settings(doc.Sysctls)
	p.further(doc.See, doc.References)
}

func (p *page) names(names []string) string {
	if len(names) == 0 {
		return p.in(nothingShown)
	}
	return strings.Join(names, ", ")
}

func (p *page) exchange(e *exchange) {
	p.title(e.Name, nil)
	p.paragraph(p.expand(e.Summary))
	var sysctls []tcp.Sysctl
	for _, scene := range e.Scenes {
		p.section(p.in(scene.Title))
		p.scene(scene)
		for _, step := range scene.Steps {
			sysctls = append(sysctls, step.Event.Sysctls()...)
		}
	}
	p.items(headNotes, append([]tcp.Text{exchangeLegend}, e.Notes...))
	p.settings(append(sysctls, textSysctls(e.Notes...)...))
	p.further(e.See, e.References)
}

func (p *page) items(heading tcp.Text, texts []tcp.Text) {
	p.section(p.in(heading))
	for _, t := range texts {
		p.item(p.expand(t))
	}
}

func (p *page) reserve(t tcp.Text) {
	if text := p.expand(t); text != "" {
		p.gap()
		p.paragraph(text)
	}
}

func (p *page) further(see, references []string) {
	if len(see) > 0 {
		p.section(p.in(headSee))
		words := make([]string, len(see))
		for i, word := range see {
			words[i] = seeWord(word)
		}
		p.paragraph("tcpstat explain: " + strings.Join(words, ", "))
	}
	p.section(p.in(headRefs))
	p.lines(references)
}

// seeWord shortens a word with its kind where the name alone finds the same.
func seeWord(word string) string {
	if found, _ := Find(word); len(found) == 1 {
		return found[0].Word()
	}
	return word
}

// settings lists settings with this machine's values, each file once.
func (p *page) settings(names []tcp.Sysctl) {
	var rows []row
	var paths []string
	for _, name := range names {
		if path := p.o.Sysctls.Setting(name).Doc.Path; !slices.Contains(paths, path) {
			paths = append(paths, path)
			rows = append(rows, p.settingRow(path))
		}
	}
	if rows == nil {
		return
	}
	p.section(p.in(headSettings))
	p.rows(rows)
}

// settingRow says what the file of a setting holds and by default would hold;
// the difference stands out.
func (p *page) settingRow(path string) row {
	var here, kernel []string
	var first tcp.Setting
	for _, doc := range tcp.SysctlDocs {
		if doc.Path == path {
			s := p.o.Sysctls.Setting(doc.Name)
			here = append(here, withUnit(s.Value, doc.Unit))
			kernel = append(kernel, withUnit(doc.Default, doc.Unit))
			if first.Doc.Name == "" {
				first = s
			}
		}
	}
	value := strings.Join(here, " ")
	usual := fmt.Sprintf(p.in(settingDiffers), strings.Join(kernel, " "))
	if first.Doc.Sized() {
		usual = p.in(settingSized)
	}
	r := row{left: "net." + strings.ReplaceAll(path, "/", ".")}
	switch {
	case p.anywhere:
		r.right = usual
	case !first.Known:
		r.right = p.in(settingUnknown) + "; " + usual
	case !first.Doc.Sized() && slices.Equal(here, kernel):
		r.right = value + " (" + p.in(settingDefault) + ")"
	default:
		r.right = value + " (" + usual + ")"
		if !first.Doc.Sized() {
			r.style = typeset.Notice
		}
	}
	return r
}

// withUnit writes a setting as its file has it. Only times have a unit worth
// showing; what the others count, their names say.
func withUnit(value int64, unit string) string {
	if unit == "s" || unit == "ms" {
		return fmt.Sprintf("%d %s", value, unit)
	}
	return fmt.Sprint(value)
}

func textSysctls(texts ...tcp.Text) []tcp.Sysctl {
	var names []tcp.Sysctl
	for _, t := range texts {
		names = append(names, t.Sysctls()...)
	}
	return names
}

func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
