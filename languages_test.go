package tcpstat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tcpstat/tcp"
)

// englishOnly are the files whose texts may stay English, by pattern, with the
// reason.
var englishOnly = map[string]string{
	"explain/counter_*.go": "hundreds of counters, whose sentences follow those of netstat; not translated yet",
	"explain/counter.go":   "the pages of counters, whose texts are English still; only their line in the index is translated",
	"explain/reference.go": "the reference of the JSON keys is for those who write programs; only its line in the index is translated",
}

// sourceText is a tcp.Text as it stands in the source. What is not a literal in
// it, such as a constant, reads as an ellipsis.
type sourceText struct {
	file  string
	line  int
	langs []string
}

// Every text for people exists in every language. That goes for each tcp.Text in
// the source of the module, so that a new one cannot be forgotten.
func TestLanguages(t *testing.T) {
	complete, excused := 0, map[string]bool{}
	for _, text := range sourceTexts(t) {
		exception := text.exception()
		switch {
		case !text.missing():
			complete++
			for _, complaint := range text.complaints() {
				t.Errorf("%s:%d: %s:\n%q", text.file, text.line, complaint, text.langs)
			}
		case exception != "":
			excused[exception] = true
		default:
			t.Errorf("%s:%d: not in every language: %q", text.file, text.line, text.langs)
		}
	}
	if complete < 400 {
		t.Errorf("only %d texts in every language found", complete)
	}
	for pattern := range englishOnly {
		if !excused[pattern] {
			t.Errorf("%s needs no exception", pattern)
		}
	}
}

// exception is the pattern by which the text may stay English, or nothing.
func (s sourceText) exception() string {
	for pattern := range englishOnly {
		if matches, _ := path.Match(pattern, s.file); matches {
			return pattern
		}
	}
	return ""
}

func (s sourceText) missing() bool {
	return len(s.langs) != len(tcp.LangWords()) || slices.Contains(s.langs, "")
}

var (
	placeholder = regexp.MustCompile(`\{[^}]*\}|%[a-z]`)

	// particle is one whose form depends on the sound before it.
	particle = regexp.MustCompile(`\}(을|를|은|는|이|가|과|와|으로|로|이나|나)( |[.,;:]|$)`)

	// englishRun is what only an English sentence has; terms in brackets are shorter.
	englishRun = regexp.MustCompile(`\b[a-z]{2,}( [a-z]{2,}){3,}\b`)

	// quotation is what others say, such as a line of the kernel's log.
	quotation = regexp.MustCompile(`"[^"]*"`)
)

// complaints tells what is wrong with a text that is in every language.
func (s sourceText) complaints() (list []string) {
	complain := func(wrong bool, what string) {
		if wrong {
			list = append(list, what)
		}
	}
	english, korean := s.langs[tcp.English], s.langs[tcp.Korean]
	complain(!slices.Equal(placeholders(english), placeholders(korean)), "the placeholders differ")
	complain(endsInBlank(english) != endsInBlank(korean), "a blank at the end")
	complain(strings.Contains(korean, "  "), "two blanks")
	complain(particle.MatchString(korean), "a particle that depends on the value before it")
	complain(englishRun.MatchString(quotation.ReplaceAllString(korean, "")), "English in Korean")
	hangul := strings.ContainsFunc(korean, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
	complain(!hangul && english != korean, "no Korean, and not the same")
	complain(!hangul && strings.Contains(korean, " "), "a sentence, but no Korean")
	complain(strings.ContainsFunc(english, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }), "Korean in English")
	return list
}

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func endsInBlank(text string) bool { return strings.HasSuffix(text, " ") }

// sourceTexts lists the texts in the source, tests aside.
func sourceTexts(t *testing.T) (texts []sourceText) {
	t.Helper()
	err := filepath.WalkDir(".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, literal := range textLiterals(parsed) {
			text := sourceText{file: filepath.ToSlash(file), line: files.Position(literal.Pos()).Line}
			for _, element := range literal.Elts {
				text.langs = append(text.langs, valueOf(element))
			}
			if text.langs != nil { // an empty one is no text
				texts = append(texts, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// textLiterals finds the literals of type tcp.Text, those without the name of
// the type in lists and maps too.
func textLiterals(root ast.Node) (found []*ast.CompositeLit) {
	ast.Inspect(root, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if isText(literal.Type) {
			found = append(found, literal)
		}
		if isText(elementType(literal.Type)) {
			for _, element := range literal.Elts {
				if pair, ok := element.(*ast.KeyValueExpr); ok {
					element = pair.Value
				}
				if text, ok := element.(*ast.CompositeLit); ok && text.Type == nil {
					found = append(found, text)
				}
			}
		}
		return true
	})
	return found
}

func isText(expr ast.Expr) bool {
	switch e := expr.(type) {
	case *ast.Ident:
		return e.Name == "Text"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Text"
	}
	return false
}

// elementType is the type of the elements of a list or map.
func elementType(expr ast.Expr) ast.Expr {
	switch e := expr.(type) {
	case *ast.ArrayType:
		return e.Elt
	case *ast.MapType:
		return e.Value
	}
	return nil
}

func valueOf(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return valueOf(e.X) + valueOf(e.Y)
	}
	return "…"
}
