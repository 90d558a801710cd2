package machine

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var looked = Meta{
	Time:    time.Date(2026, 11, 20, 12, 56, 32, 123456789, time.UTC),
	Program: "tcpstat (devel)\n-- end --", UID: 1000,
}

// write makes a record, as text.
func write(t testing.TB, fill func(w *Writer)) string {
	t.Helper()
	var text strings.Builder
	w := NewWriter(&text, looked)
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func open(t testing.TB, text string) *Record {
	t.Helper()
	rec, err := Open("look", strings.NewReader(text), int64(len(text)), false)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// names gives pairs of number and name.
func names(pairs ...any) iter.Seq2[uint64, string] {
	return func(yield func(uint64, string) bool) {
		for i := 0; i < len(pairs); i += 2 {
			if !yield(uint64(pairs[i].(int)), pairs[i+1].(string)) {
				return
			}
		}
	}
}

// sample has a section of each kind.
func sample(w *Writer) {
	w.Devices(names(1, "lo", 12, "evil\x1b[31m"))
	w.Cgroups(names(1<<40, "/system.slice/a b.service"))
	w.File("sys/net/ipv4/tcp_retries2", []byte("15\n"))
	w.Unreadable("sys/net/ipv4/tcp_max_orphans", fs.ErrPermission)
	w.Message([]byte("\x14\x00\x00\x00first message."))
	w.Message([]byte("\x14\x00\x00\x00second message"))
	w.File("net/tcp", []byte("  sl  local_address\n   0: 0100007F\n"))
	w.Links("ns")
	w.Link("net", "net:[4026531840]")
	w.File("7/comm", []byte("-- end --\n"))
	w.File("7/cmdline", []byte("-- end --\n-- proc/8/comm --\nroot\x00"))
	w.Links("7/fd")
	w.Link("3", "socket:[4711]")
	w.Link("12", "socket:[4712]")
	w.Unreadable("1/fd", fs.ErrPermission)
	w.Unreadable("9/fd", errors.New("input/output error\n"))
}

func TestRecord(t *testing.T) {
	text := write(t, sample)
	rec := open(t, text)
	if rec.Damage != nil {
		t.Error(rec.Damage)
	}
	if diff := cmp.Diff(looked, rec.Meta); diff != "" {
		t.Errorf("meta (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[uint64]string{1: "lo", 12: "evil\x1b[31m"}, rec.Devices); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[uint64]string{1 << 40: "/system.slice/a b.service"}, rec.Cgroups); diff != "" {
		t.Errorf("cgroups (-want +got):\n%s", diff)
	}
	proc := rec.Proc()
	for name, want := range map[string]string{
		"sys/net/ipv4/tcp_retries2": "15\n",
		"net/tcp":                   "  sl  local_address\n   0: 0100007F\n",
		"7/comm":                    "-- end --\n",
		"7/cmdline":                 "-- end --\n-- proc/8/comm --\nroot\x00",
	} {
		if got, err := fs.ReadFile(proc, name); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"ns/net": "net:[4026531840]", "7/fd/3": "socket:[4711]", "7/fd/12": "socket:[4712]"} {
		if got, err := fs.ReadLink(proc, name); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{".": "1 7 9 net ns sys", "7/fd": "12 3", "1": "fd"} {
		if got := list(t, proc, name); got != want {
			t.Errorf("%s holds %q, not %q", name, got, want)
		}
	}
	if err := rec.Dump(); err != nil {
		t.Errorf("no dump: %v", err)
	}
	got, faults := messages(t, rec)
	if diff := cmp.Diff([]string{"\x14\x00\x00\x00first message.", "\x14\x00\x00\x00second message"}, got); diff != "" || faults != 0 {
		t.Errorf("%d faults, messages (-want +got):\n%s", faults, diff)
	}
}

func list(t *testing.T, fsys fs.FS, name string) string {
	t.Helper()
	entries, err := fs.ReadDir(fsys, name)
	if err != nil {
		t.Error(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// messages collects what sock_diag said, and counts what was no message.
func messages(t *testing.T, rec *Record) (all []string, faults int) {
	t.Helper()
	for message, err := range rec.Messages() {
		var line *LineError
		switch {
		case err == nil:
			all = append(all, string(message))
		case errors.As(err, &line):
			faults++
		default:
			t.Fatal(err)
		}
	}
	return all, faults
}

// What could not be read cannot be read again, and says why.
func TestUnreadable(t *testing.T) {
	proc := open(t, write(t, sample)).Proc()
	if _, err := fs.ReadFile(proc, "sys/net/ipv4/tcp_max_orphans"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("forbidden file: %v", err)
	}
	if _, err := fs.ReadDir(proc, "1/fd"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("forbidden directory: %v", err)
	}
	if _, err := fs.ReadDir(proc, "9/fd"); errors.Is(err, fs.ErrPermission) || !strings.HasSuffix(err.Error(), "input/output error\n") {
		t.Errorf("broken directory: %v", err)
	}
	for _, name := range []string{"7/fd/4", "8/comm", "7/comm/x", "proc", "meta"} {
		if _, err := fs.ReadFile(proc, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, refusal := range []string{"operation not supported", "permission denied"} {
		rec := open(t, write(t, func(w *Writer) { w.NoDump(errors.New(refusal)) }))
		if got, _ := messages(t, rec); rec.Dump() == nil || rec.Dump().Error() != refusal || got != nil {
			t.Errorf("sock_diag: %v, %q", rec.Dump(), got)
		}
	}
	if rec := open(t, write(t, func(*Writer) {})); rec.Dump() == nil {
		t.Error("a dump that was not recorded")
	}
}

// It is a file system as others are.
func TestFileSystem(t *testing.T) {
	rec := open(t, write(t, func(w *Writer) {
		w.File("net/tcp", []byte("text\n"))
		w.File("7/cmdline", []byte("a\x00"))
		w.File("7/comm", nil)
		w.File("sys/kernel/hostname", []byte("host\n"))
	}))
	if err := fstest.TestFS(rec.Proc(), "net/tcp", "7/cmdline", "7/comm", "sys/kernel/hostname"); err != nil {
		t.Error(err)
	}
}

// Whoever reads txtar reads a record.
func TestTxtar(t *testing.T) {
	archive := txtar.Parse([]byte(write(t, sample)))
	if comment, _, _ := strings.Cut(string(archive.Comment), "\n"); comment != "tcpstat record 1" {
		t.Errorf("first line %q", comment)
	}
	var names []string
	for _, file := range archive.Files {
		names = append(names, file.Name)
	}
	want := []string{
		"meta", "devices", "cgroups", "proc/sys/net/ipv4/tcp_retries2", "proc/sys/net/ipv4/tcp_max_orphans unreadable",
		"sock_diag", "proc/net/tcp", "proc/ns links", "proc/7/comm quoted", "proc/7/cmdline quoted",
		"proc/7/fd links", "proc/1/fd unreadable", "proc/9/fd unreadable", "end",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
	if text := string(archive.Files[9].Data); text != `"-- end --\n"`+"\n"+`"-- proc/8/comm --\n"`+"\n"+`"root\x00"`+"\n" {
		t.Errorf("quoted: %s", text)
	}
}

// What is no record says so; nothing of it is used.
func TestForeign(t *testing.T) {
	text := write(t, sample)
	big := strings.Replace(text, "byte order: little", "byte order: big", 1)
	for name, test := range map[string]struct{ text, want string }{
		"empty":     {"", `look: line 1: not a record that can be read: it begins with ""`},
		"prose":     {"Dear all,\nthis is no record\n", `look: line 1: not a record that can be read: it begins with "Dear all,"`},
		"binary":    {"\x7fELF\x02\x01\x01\x00", `look: line 1: not a record that can be read: it begins with "\x7fELF\x02\x01\x01\x00"`},
		"one line":  {strings.Repeat("x", 1<<20), `look: line 1: not a record that can be read: it begins with "` + strings.Repeat("x", maxText) + `"`},
		"newer":     {strings.Replace(text, "record 1", "record 2", 1), `look: line 1: not a record that can be read: it is of version "2", and this program knows version 1`},
		"elsewhere": {big, `look: not a record that can be read: it is of a big-endian machine, and this one is little-endian`},
	} {
		rec, err := Open("look", strings.NewReader(test.text), int64(len(test.text)), false)
		if rec != nil || err == nil || err.Error() != test.want || !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v, %v", name, rec, err)
		}
	}
	if _, err := Open("look", failingAt{}, 10, false); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

type failingAt struct{}

func (failingAt) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

// What makes no sense is told with its place, and the rest is used.
func TestDamage(t *testing.T) {
	text := write(t, sample)
	for name, test := range map[string]struct{ old, new, want string }{
		"no name":       {"-- proc/7/comm quoted --", "-- ../comm --", `look: line 26: no name of a section, or one that was there: "../comm"`},
		"unknown kind":  {"-- proc/7/comm quoted --", "-- proc/7/comm zipped --", `look: line 26: no name of a section, or one that was there: "proc/7/comm zipped"`},
		"twice":         {"-- proc/7/comm quoted --", "-- proc/net/tcp --", `look: line 26: no name of a section, or one that was there: "proc/net/tcp"`},
		"no meta":       {"-- meta --", "-- data --", `look: line 1: no section meta`},
		"no time":       {"time: 2026", "time: soon", `look: line 5: no value of time: "time: soon-11-20T12:56:32.123456789Z"`},
		"no user":       {"uid: 1000", "uid: root", `look: line 7: no value of uid: "uid: root"`},
		"device":        {`1 "lo"`, `one "lo"`, `look: line 10: want a number and a name: "one \"lo\""`},
		"quoted device": {`1 "lo"`, `1 lo`, `look: line 10: want a number and a name: "1 lo"`},
	} {
		damaged := strings.Replace(text, test.old, test.new, 1)
		rec := open(t, damaged)
		if rec.Damage == nil || rec.Damage.Error() != test.want {
			t.Errorf("%s: %v", name, rec.Damage)
		}
		if got, err := fs.ReadFile(rec.Proc(), "net/tcp"); string(got) != "  sl  local_address\n   0: 0100007F\n" || err != nil {
			t.Errorf("%s: net/tcp is %q, %v", name, got, err)
		}
	}

	rec := open(t, strings.Replace(text, "3 socket", "3socket", 1))
	if got, err := fs.ReadDir(rec.Proc(), "7/fd"); len(got) != 1 || err == nil || err.Error() != `look: line 33: want a name and its target: "3socket:[4711]"` {
		t.Errorf("%v, %v", got, err)
	}
	rec = open(t, strings.Replace(text, "\n14000000", "\n1400000", 1))
	if got, faults := messages(t, rec); len(got) != 1 || faults != 1 {
		t.Errorf("messages %q, %d faults", got, faults)
	}
	rec = open(t, strings.Replace(text, `root\x00"`, `root\x0"`, 1))
	if got, err := fs.ReadFile(rec.Proc(), "7/cmdline"); string(got) != "-- end --\n-- proc/8/comm --\n" || err == nil {
		t.Errorf("%q, %v", got, err)
	}
}

// Wherever a record is cut off, what was whole is there and nothing else, and
// the cut is told.
func TestTruncated(t *testing.T) {
	text := write(t, sample)
	whole := open(t, text)
	for n := range text {
		rec, err := Open("look", strings.NewReader(text[:n]), int64(n), false)
		if err != nil {
			if n > len("tcpstat record 1") || rec != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			continue
		}
		if rec.Damage == nil && n < len(text)-1 {
			t.Fatalf("%d bytes: the cut is not seen", n)
		}
		for name := range whole.sections {
			name, below := strings.CutPrefix(name, "proc/")
			if !below {
				continue
			}
			want, _ := fs.ReadFile(whole.Proc(), name)
			got, err := fs.ReadFile(rec.Proc(), name)
			if !bytes.HasPrefix(want, got) || err == nil && !bytes.Equal(want, got) {
				t.Fatalf("%d bytes: %s is %q, %v", n, name, got, err)
			}
			all, _ := fs.ReadDir(whole.Proc(), name)
			some, err := fs.ReadDir(rec.Proc(), name)
			if len(some) > len(all) || err == nil && len(some) < len(all) {
				t.Fatalf("%d bytes: %s holds %v, %v", n, name, some, err)
			}
		}
		want, _ := messages(t, whole)
		got, cut := messages(t, rec)
		if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) || len(got) < len(want) && rec.sections[sockDiagName] != nil && cut == 0 {
			t.Fatalf("%d bytes: messages %q, %d faults", n, got, cut)
		}
	}
}

// What is written is what is read, whatever it is.
func FuzzFile(f *testing.F) {
	for _, text := range []string{"", "\n", "plain\n", "no newline", "-- x --\n", "--  --\n", "-- end --", "-- --\n", "a\x00b", "\xff\n\xfe", "tab\there\n", "cr\r\n", "\u202e\n", "-- \t --\n", "-- x --\r\n", "\u2028\n"} {
		f.Add([]byte(text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		text := write(t, func(w *Writer) {
			w.File("1/comm", first)
			w.Message(first)
			w.Unreadable("1/fd", errors.New(string(first)))
			w.File("2/comm", second)
		})
		rec := open(t, text)
		if rec.Damage != nil {
			t.Fatalf("%v\n%s", rec.Damage, text)
		}
		if isPlain(first) != strings.Contains(text, "-- proc/1/comm --\n") {
			t.Fatalf("plain is %t in\n%s", isPlain(first), text)
		}
		for name, want := range map[string][]byte{"1/comm": first, "2/comm": second} {
			if got, err := fs.ReadFile(rec.Proc(), name); !bytes.Equal(got, want) || err != nil {
				t.Fatalf("%s is %q, %v, not %q", name, got, err, want)
			}
		}
		if got, faults := messages(t, rec); len(got) != 1 || got[0] != string(first) || faults != 0 {
			t.Fatalf("messages %q, %d faults", got, faults)
		}
		if got := len(txtar.Parse([]byte(text)).Files); got != 6 {
			t.Fatalf("%d sections for txtar:\n%s", got, text)
		}
	})
}

// Whatever a file is, reading it comes to an end, and errors are in one line.
func FuzzOpen(f *testing.F) {
	text := write(f, sample)
	f.Add([]byte(text))
	f.Add([]byte(text[:len(text)/2]))
	f.Add([]byte("tcpstat record 1\n-- proc/a --\n-- proc/a/b --\n-- proc/a/b/c links --\nd e\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rec, err := Open("look", bytes.NewReader(text), int64(len(text)), false)
		if (rec == nil) == (err == nil) {
			t.Fatalf("%v, %v", rec, err)
		}
		if err == nil {
			err = rec.Damage
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b\x00") {
			t.Fatalf("error %q", err)
		}
		if rec == nil {
			return
		}
		messages(t, rec)
		fs.WalkDir(rec.Proc(), ".", func(name string, _ fs.DirEntry, err error) error {
			if !fs.ValidPath(name) {
				t.Errorf("path %q", name)
			}
			fs.ReadFile(rec.Proc(), name)
			fs.ReadLink(rec.Proc(), name)
			return nil
		})
	})
}

// Lines longer than any buffer are cut, and what comes after is found.
func TestLongLine(t *testing.T) {
	long := make([]byte, 100<<10)
	for i := range long {
		long[i] = byte(rand.Uint32())
	}
	rec := open(t, write(t, func(w *Writer) {
		w.Message(long)
		w.File("1/comm", []byte(strings.Repeat("x", 2*maxLine)))
		w.File("2/comm", []byte("two\n"))
	}))
	if got, _ := messages(t, rec); len(got) != 1 || got[0] != string(long) {
		t.Error("a message of 100 KiB is lost")
	}
	if text, err := fs.ReadFile(rec.Proc(), "1/comm"); err == nil {
		t.Errorf("%d bytes", len(text))
	}
	if text, err := fs.ReadFile(rec.Proc(), "2/comm"); string(text) != "two\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// A machine with very many processes is read in the time that its record takes,
// and not in its square.
func TestManyProcesses(t *testing.T) {
	const many = 60_000
	text := write(t, func(w *Writer) {
		for pid := range many {
			w.File(strconv.Itoa(pid)+"/comm", []byte("x\n"))
		}
	})
	began := time.Now()
	entries, err := fs.ReadDir(open(t, text).Proc(), ".")
	if len(entries) != many || err != nil {
		t.Errorf("%d processes, %v", len(entries), err)
	}
	if took := time.Since(began); took > 10*time.Second { // it is a tenth of one
		t.Errorf("it takes %v", took)
	}
}

// No folder is made for a name that is none of /proc.
func TestDeepName(t *testing.T) {
	deep := strings.Repeat("a/", 50_000) + "b"
	text := strings.Replace(write(t, func(w *Writer) { w.File("net/tcp", []byte("text\n")) }),
		"-- end --", "-- proc/"+deep+" --\n-- end --", 1)
	rec := open(t, text)
	if rec.Damage == nil {
		t.Error("it is no damage")
	}
	if entries, _ := fs.ReadDir(rec.Proc(), "."); len(entries) != 1 {
		t.Errorf("%v", entries)
	}
	if text, err := fs.ReadFile(rec.Proc(), "net/tcp"); string(text) != "text\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// Of a file that is quoted no more is read than is asked for.
func TestQuotedPiecemeal(t *testing.T) {
	text := write(t, func(w *Writer) {
		w.File("1/cmdline", bytes.Repeat([]byte("a\x00b\n"), 1<<20))
	})
	in := &counting{ReaderAt: strings.NewReader(text)}
	rec, err := Open("look", in, int64(len(text)), false)
	if err != nil {
		t.Fatal(err)
	}
	in.read = 0
	file, err := rec.Proc().Open("1/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(file, make([]byte, 10)); n != 10 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if in.read > 1<<20 {
		t.Errorf("%d bytes of the record are read for 10 of the file", in.read)
	}
}

// counting counts what is read.
type counting struct {
	io.ReaderAt
	read int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.read += n
	return n, err
}

// What cannot be written down is an error, not a broken record.
func TestWriterRefuses(t *testing.T) {
	for name, fill := range map[string]func(w *Writer){
		"blank in a name":   func(w *Writer) { w.File("a b", nil) },
		"name above":        func(w *Writer) { w.File("../a", nil) },
		"newline in a name": func(w *Writer) { w.Links("a\nb") },
		"link":              func(w *Writer) { w.Links("a"); w.Link("a link", "file") },
	} {
		w := NewWriter(io.Discard, looked)
		fill(w)
		if w.Close() == nil {
			t.Errorf("%s is no error", name)
		}
	}
	full := NewWriter(brokenPipe{}, looked)
	full.File("net/tcp", make([]byte, 1<<20))
	if err := full.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a full disk: %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
