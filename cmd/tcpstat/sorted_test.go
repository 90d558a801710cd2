package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
)

// numbered prints a row as the number that stands in its user id.
type numbered struct{ printer }

func (numbered) AppendRow(dst []byte, r *listing.Row) []byte {
	return fmt.Appendf(dst, "%d ", r.Socket.UID.Or(0))
}

// A list that is cut prints the rows that a whole one begins with, and keeps
// little more than those.
func TestSortedRows(t *testing.T) {
	const n = 5_000
	mixed, falling := make([]uint32, n), make([]uint32, n)
	for i := range uint32(n) {
		mixed[i] = rand.Uint32N(n / 4) // many are equal
		falling[i] = 2 * (n - i)
	}
	late := append(falling, 2*n-15) // the ninth comes when the others were cut
	for _, queues := range [][]uint32{mixed, late} {
		order := make([]int, len(queues))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return int(queues[b]) - int(queues[a]) })
		for _, top := range []int{0, 1, 10, 1_000, n - 1, n, n + 1, n + 2} {
			shown := order
			if top > 0 {
				shown = order[:min(top, len(order))]
			}
			if got, want := topOf(t, queues, top), fmt.Sprint(shown); got != want {
				t.Errorf("top %d: %.80s, want %.80s", top, got, want)
			}
		}
	}
}

// topOf gives the numbers of the rows that are printed, as fmt does.
func topOf(t *testing.T, queues []uint32, top int) string {
	t.Helper()
	rows := &sortedRows{field: render.SortRecvQueue, top: top}
	for i, queue := range queues {
		s := &tcp.Socket{State: tcp.Established, RecvQueue: queue, UID: tcp.Some(uint32(i))}
		rows.add(&listing.Row{Socket: s}, numbered{})
		if top > 0 && len(rows.rows) > 2*top+spareRows {
			t.Fatalf("top %d keeps %d rows", top, len(rows.rows))
		}
	}
	var got []byte
	err := rows.print(func(row func([]byte) []byte) error {
		got = row(got)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return "[" + strings.TrimSuffix(string(got), " ") + "]"
}

// To be sorted by process, a list needs no -p.
func TestSortByProcess(t *testing.T) {
	dir := t.TempDir()
	rows := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	for i, name := range []string{"zeta", "alpha", "beta"} {
		rows += fmt.Sprintf("   %d: 0100007F:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 %d 1 0 100 0 0 10 0\n", i, i+1, 100+i)
		process := filepath.Join(dir, strconv.Itoa(i+1))
		if err := os.MkdirAll(filepath.Join(process, "fd"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(fmt.Sprintf("socket:[%d]", 100+i), filepath.Join(process, "fd", "3")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(process, "comm"), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "net"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "net/tcp"), []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	a := answerOf(t, "tcpstat", "-l", "--proc", dir, "--sort", "process", "--columns", "local")
	if want := "local\n127.0.0.1:2\n127.0.0.1:3\n127.0.0.1:1\n"; a.stdout != want || a.stderr != "" {
		t.Errorf("%+v, want %q", a, want)
	}
	a = answerOf(t, "tcpstat", "-lH", "--proc", dir, "--sort", "process", "--top", "1")
	if !strings.Contains(a.stdout, "127.0.0.1:2 ") {
		t.Errorf("the first is %+v", a)
	}
}
