package tcp

// Lang is the language of a text for people.
type Lang uint8

// The languages. A text that lacks one falls back to English.
const (
	English Lang = iota
	langCount
)

// Text is one text in every language, English first.
type Text [langCount]string

// In gives the text in a language, in English where that is missing.
func (t Text) In(lang Lang) string {
	if t[lang] == "" {
		return t[English]
	}
	return t[lang]
}
