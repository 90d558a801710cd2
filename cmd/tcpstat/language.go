package main

import (
	"strings"

	"tcpstat/tcp"
)

// langUsage is the help of --lang.
const langUsage = "language of explanations: `en|ko`; else as\nLC_ALL, LC_MESSAGES or LANG say"

// language is what texts for people are written in: --lang, or else what the
// locale of messages says, as setlocale(3) finds it.
func (e *env) language(word string) tcp.Lang {
	if lang, ok := tcp.ParseLang(word); ok {
		return lang
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := e.getenv(name); locale != "" {
			return languageOf(locale)
		}
	}
	return tcp.English
}

// languageOf reads a locale such as ko_KR.UTF-8. Texts are UTF-8, so that another
// character set, or none, means English.
func languageOf(locale string) tcp.Lang {
	locale, _, _ = strings.Cut(locale, "@")
	name, charset, _ := strings.Cut(locale, ".")
	if !strings.EqualFold(strings.ReplaceAll(charset, "-", ""), "UTF8") {
		return tcp.English
	}
	word, _, _ := strings.Cut(name, "_")
	lang, _ := tcp.ParseLang(strings.ToLower(word))
	return lang
}
