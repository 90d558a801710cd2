package tcp

import "slices"

// Lang is the language of a text for people.
type Lang uint8

// The languages. A text that lacks one falls back to English.
const (
	English Lang = iota
	Korean
	langCount
)

// langWords are the languages as users name them (ISO 639-1).
var langWords = [langCount]string{"en", "ko"}

// LangWords lists the words for --lang.
func LangWords() []string { return slices.Clone(langWords[:]) }

// ParseLang finds the language that a word names.
func ParseLang(word string) (Lang, bool) {
	i := slices.Index(langWords[:], word)
	return Lang(max(i, 0)), i >= 0
}

// Text is one text in every language, English first.
type Text [langCount]string

// In gives the text in a language, in English where that is missing.
func (t Text) In(lang Lang) string {
	if t[lang] == "" {
		return t[English]
	}
	return t[lang]
}
