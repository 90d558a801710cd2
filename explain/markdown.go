package explain

import (
	"fmt"
	"io"
	"strings"

	"tcpstat/tcp"
)

// StatesMarkdown writes the documented table as a Markdown document: an overview
// of the states, then the page of every topic with the kernel's defaults.
func StatesMarkdown(w io.Writer, lang tcp.Lang) error {
	o := Options{Lang: lang, ASCII: true}
	s := &markdownSheet{o: o}
	s.printf("# %s\n\n%s\n\n", documentTitle.In(lang), documentIntro.In(lang))
	s.printf("| netstat | ss | RFC 9293 | | %s |\n|---|---|---|---|---|\n", headMove.In(lang))
	for _, state := range tcp.States {
		doc := State(state)
		s.printf("| %s | %s | %s | %s | %s |\n", state, state.SS(), state.RFC(), doc.Short.In(lang), doc.Mover.Text().In(lang))
	}
	for _, t := range Topics() {
		if t.Kind != DocumentTopic && t.Kind != CounterTopic {
			t.write(&page{sheet: s, o: o, anywhere: true})
		}
	}
	_, err := w.Write(s.out)
	return err
}

var (
	documentTitle = tcp.Text{"TCP states, timers and exchanges", "TCP 상태, 타이머, 통신 절차"}
	documentIntro = tcp.Text{
		"What `tcpstat explain` says, with the defaults of the Linux kernel in place of a machine's own settings. Generated from the tables of package tcp; edit those.",
		"`tcpstat explain`의 내용이며, 시스템의 설정값 대신 Linux 커널의 기본값을 담았습니다. tcp 패키지의 표에서 생성했으므로 그쪽을 고치십시오.",
	}
)

// markdownSheet is GitHub's Markdown.
type markdownSheet struct {
	o   Options
	out []byte
}

func (s *markdownSheet) printf(format string, args ...any) {
	s.out = fmt.Appendf(s.out, format, args...)
}

func (s *markdownSheet) title(name string, elsewhere []string) {
	s.printf("\n## %s\n\n", name)
	if elsewhere != nil {
		s.printf("%s\n\n", strings.Join(elsewhere, ", "))
	}
}

func (s *markdownSheet) section(heading string) { s.printf("\n**%s**\n\n", heading) }
func (s *markdownSheet) gap()                   { s.printf("\n") }
func (s *markdownSheet) paragraph(text string)  { s.printf("%s\n", text) }
func (s *markdownSheet) item(text string)       { s.printf("- %s\n", text) }

func (s *markdownSheet) command(line string) {
	if line != "" {
		s.printf("  `%s`\n", line)
	}
}

func (s *markdownSheet) lines(lines []string) {
	for _, line := range lines {
		s.item(line)
	}
}

func (s *markdownSheet) rows(rows []row) {
	s.printf("| | |\n|---|---|\n")
	for _, r := range rows {
		s.printf("| %s | %s |\n", cellText(r.left), cellText(r.right))
	}
}

// cellText keeps a text from ending its cell.
func cellText(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func (s *markdownSheet) scene(sc scene) {
	s.printf("```text\n")
	s.out = appendScene(s.out, sc, s.o, pageWidth)
	s.printf("```\n")
}
