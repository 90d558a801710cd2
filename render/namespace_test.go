package render

import (
	"strings"
	"testing"

	"tcpstat/document"
	"tcpstat/listing"
	"tcpstat/render/typeset"

	"github.com/google/go-cmp/cmp"
)

// everywhere are the namespaces of a list over all, one with a name that is not
// one word.
var everywhere = []listing.Namespace{
	{Inode: 4026531840, Name: "systemd/1", Path: "/proc/1/ns/net"},
	{Inode: 4026532177, Name: "blue", Path: "/run/netns/blue"},
	{Inode: 4026532300, Name: "Web \x1bContent/77", Path: "/proc/77/ns/net"},
}

// printEverywhere prints the same socket in each namespace.
func printEverywhere(p listPrinter) string {
	text := p.AppendHead(nil, listing.Head{Namespaces: everywhere})
	var counts listing.Counts
	for i := range everywhere {
		r := rows(server[:1])[0]
		r.Namespace = &everywhere[i]
		if i > 0 {
			text = p.AppendBetween(text)
		}
		text = p.AppendRow(text, r)
		counts.Add(r.Socket.State)
	}
	return string(p.AppendTail(text, listing.Tail{Source: "netlink", Counts: counts, Namespaces: everywhere}))
}

func TestJSONEverywhere(t *testing.T) {
	list := decode[document.Sockets](t, printEverywhere(&JSON{}))
	if list.NetNS != nil || len(list.Sockets) != len(everywhere) {
		t.Fatalf("read as %+v", list)
	}
	for i, s := range list.Sockets {
		if s.NetNS == nil || *s.NetNS != everywhere[i].Inode {
			t.Errorf("socket %d is in %v", i, s.NetNS)
		}
	}
	want := []document.Namespace{}
	for _, n := range everywhere {
		want = append(want, document.Namespace{NetNS: n.Inode, Name: n.Name, Path: n.Path})
	}
	if diff := cmp.Diff(want, list.Namespaces); diff != "" {
		t.Error(diff)
	}
	if list := decode[document.Sockets](t, printList(&JSON{}, rows(server), "netlink")); list.Namespaces != nil {
		t.Errorf("one namespace is listed as %v", list.Namespaces)
	}
}

// In a pipe the namespace is the first column, one word, and the others keep
// their places and widths.
func TestNetstatEverywhere(t *testing.T) {
	plain := strings.Split(printList(&Netstat{Header: true}, rows(server[:1]), "netlink"), "\n")
	got := strings.Split(printEverywhere(&Netstat{Header: true}), "\n")
	want := []string{
		plain[0], "Namespace             " + plain[1],
		"systemd/1             " + plain[2],
		"blue                  " + plain[2],
		`Web\x20\x1bContent/77 ` + plain[2],
		"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	n := &Netstat{Header: true}
	printEverywhere(n)
	if got := printList(n, rows(server[:1]), "netlink"); got != strings.Join(plain, "\n") {
		t.Errorf("the next list has the column too:\n%s", got)
	}
}

func TestTerminalEverywhere(t *testing.T) {
	for _, width := range []int{40, 60, 80, 200} {
		lines := strings.Split(printEverywhere(&Terminal{Width: width, Header: true}), "\n")
		if !strings.HasPrefix(lines[0], "Namespace           State ") {
			t.Errorf("%d columns: header %q", width, lines[0])
		}
		for i, n := range everywhere {
			if !strings.HasPrefix(lines[1+i], typeset.Escape(n.Name)+" ") {
				t.Errorf("%d columns: row %d is not of %s: %q", width, i, n.Name, lines)
			}
		}
		if !strings.Contains(strings.Join(lines, " "), "in 3 network namespaces") {
			t.Errorf("%d columns: the verdict counts no namespaces: %q", width, lines)
		}
	}
	overview := printEverywhere(&Overview{Width: 80})
	if !strings.Contains(overview, "3 TCP sockets in 3 network namespaces.") {
		t.Errorf("overview: %s", overview)
	}
}
