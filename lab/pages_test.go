package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tcpstat/health"
	"tcpstat/tcp"
)

const stale = "it is stale: run make faults, some ten minutes"

// docs/faults.md holds what was said in one run of the lab. It is fresh while it tells
// of each fault as it is staged now, and its findings have titles that rules have.
func TestFaultsPage(t *testing.T) {
	text, err := os.ReadFile("../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, f := range faults {
		if !strings.Contains(page, heading(f)) {
			t.Errorf("%q does not stand in the page as it is staged now; %s", f.Title, stale)
		}
	}
	if n := strings.Count(page, "\n## "); n != len(faults) {
		t.Errorf("it has %d faults, not %d; %s", n, len(faults), stale)
	}
	titles := titles()
	for _, line := range regexp.MustCompile(`(?m)^(?:CRITICAL|WARNING|UNKNOWN):? (.*)`).FindAllStringSubmatch(page, -1) {
		if !begins(line[1], titles) {
			t.Errorf("no rule has the title of %q; %s", line[1], stale)
		}
	}
}

// titles are those of all findings that there can be.
func titles() (titles []string) {
	for _, rule := range health.Rules {
		titles = append(titles, rule.Title[tcp.English])
		for _, other := range rule.Cases {
			if title := other.Title[tcp.English]; title != "" {
				titles = append(titles, title)
			}
		}
	}
	return titles
}

func begins(line string, titles []string) bool {
	for _, title := range titles {
		// What a title says in braces is another value in each finding.
		parts := regexp.MustCompile(`\{\w+\}`).Split(title, -1)
		for i, part := range parts {
			parts[i] = regexp.QuoteMeta(part)
		}
		if regexp.MustCompile(`^` + strings.Join(parts, `.+`) + `(: |[ ;]|$)`).MatchString(line) {
			return true
		}
	}
	return false
}

// The page is of no single machine.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"/tmp/lab-1825665022/bin/audit 9000, user 0":                               "/lab/audit 9000, user 0",
		"--proc /tmp/lab-1825665022/memory-pressure-59339766/proc-1006834118":      "--proc /lab/memory-pressure/proc",
		"--state-file /var/tmp/lab-1/healthy-load-2/web.state":                     "--state-file /lab/healthy-load/web.state",
		"10.9.0.2:40252  10.9.0.1:6379  shop/6 0ms 4026532322 /usr/sbin/nginx -p ": "10.9.0.2:40252  10.9.0.1:6379  shop/6 0ms 4026532322 /usr/sbin/nginx -p ",
	} {
		same(t, text, plain(text), want)
	}
}

// A sentence that a terminal breaks is one sentence.
func TestUnwrapped(t *testing.T) {
	const text = "CRITICAL local ports used up\r\n    why      The program calls bind() before\r\n             connect().\r\n    side     this machine\r\n"
	same(t, "unwrapped", unwrapped(text), "CRITICAL local ports used up\r\n    why      The program calls bind() before connect().\r\n    side     this machine\r\n")
}
