package main

import (
	"testing"

	"tcpstat/tcp"
)

func TestLanguage(t *testing.T) {
	type locales map[string]string
	for _, test := range []struct {
		flag string
		vars locales
		want tcp.Lang
	}{
		{"", nil, tcp.English},
		{"", locales{"LANG": "ko_KR.UTF-8"}, tcp.Korean},
		{"", locales{"LANG": "ko_KR.utf8"}, tcp.Korean},
		{"", locales{"LANG": "ko.UTF-8"}, tcp.Korean},
		{"", locales{"LANG": "ko_KR.UTF-8@hanja"}, tcp.Korean},
		{"", locales{"LANG": "ko_KR.eucKR"}, tcp.English},
		{"", locales{"LANG": "ko_KR"}, tcp.English}, // EUC-KR as well
		{"", locales{"LANG": "korean.UTF-8"}, tcp.English},
		{"", locales{"LANG": "C.UTF-8"}, tcp.English},
		{"", locales{"LANG": "POSIX"}, tcp.English},
		{"", locales{"LANG": "de_DE.UTF-8"}, tcp.English},
		{"", locales{"LANG": "..@@__"}, tcp.English},
		// The first that is set decides alone.
		{"", locales{"LC_MESSAGES": "ko_KR.UTF-8", "LANG": "en_US.UTF-8"}, tcp.Korean},
		{"", locales{"LC_MESSAGES": "en_US.UTF-8", "LANG": "ko_KR.UTF-8"}, tcp.English},
		{"", locales{"LC_ALL": "C", "LC_MESSAGES": "ko_KR.UTF-8", "LANG": "ko_KR.UTF-8"}, tcp.English},
		{"", locales{"LC_ALL": "ko_KR.UTF-8", "LC_MESSAGES": "C"}, tcp.Korean},
		{"", locales{"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ko_KR.UTF-8"}, tcp.Korean},
		{"", locales{"LC_CTYPE": "ko_KR.UTF-8"}, tcp.English},
		// The flag decides before any of them.
		{"en", locales{"LC_ALL": "ko_KR.UTF-8"}, tcp.English},
		{"ko", locales{"LC_ALL": "C"}, tcp.Korean},
	} {
		e := &env{getenv: func(name string) string { return test.vars[name] }}
		if got := e.language(test.flag); got != test.want {
			t.Errorf("--lang %q with %v: %d, want %d", test.flag, test.vars, got, test.want)
		}
	}
}

// Drawings keep to ASCII for a locale that has no more, but not beside Korean.
func TestASCII(t *testing.T) {
	for locale, want := range map[string]bool{"": true, "C": true, "en_US.UTF-8": false, "en_US.ISO-8859-1": true} {
		e := &env{getenv: func(string) string { return locale }}
		if got := e.ascii(tcp.English); got != want {
			t.Errorf("%q: %v, want %v", locale, got, want)
		}
		if e.ascii(tcp.Korean) {
			t.Errorf("%q: Korean with drawings in ASCII", locale)
		}
	}
}
