package inspect

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"tcpstat/internal/machine"
	"tcpstat/procnet"
)

// Counters are those of TCP. What cannot be read is told by file and reason, and said
// once.
func TestCounts(t *testing.T) {
	name := record(t, 0, func(w *machine.Writer) {
		w.File("net/snmp", []byte("Icmp: InMsgs\nIcmp: 9\nTcp: InSegs\nTcp: 7\n"))
		w.Unreadable("net/netstat", fs.ErrPermission)
	}, ownerless...)
	m, said := open(t, Options{Replay: name})
	for range 2 {
		c, err := m.Counts()
		if err != nil || len(c.Counters) != 1 || c.Counters[0].Name != "InSegs" || !c.Time.Equal(then) {
			t.Errorf("counts %+v, %v", c, err)
		}
		same(t, "missing", gapsOf(c.Missing), "counters.TcpExt no_permission ?")
	}
	said.check(t, "some counters are not known: open net/netstat: permission denied")
}

// Why a file of counters is not read, in one word.
func TestUncounted(t *testing.T) {
	m, _ := open(t, Options{Proc: tree(t, map[string]string{
		"net/snmp": "Tcp: InSegs OutSegs\nTcp: 7 many\n",
	})})
	c, err := m.Counts()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "missing", gapsOf(c.Missing), "counters malformed_line ?", "counters.TcpExt not_in_proc ?")
}

// No counters at all are an error, which helps where it is a record.
func TestNoCounts(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, place, ownerless...)})
	_, err := m.Counts()
	var e *Error
	if !errors.As(err, &e) || e.Error() != "no counters are in the record" || Advice(err) != e.Try {
		t.Errorf("error %v", err)
	}
	m, _ = open(t, Options{Proc: tree(t, map[string]string{"net/tcp": procTCP()})})
	if _, err = m.Counts(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// netstat is read before snmp, so that no kind of retransmission exceeds the sum.
func TestOrderOfCounts(t *testing.T) {
	files := &opens{FS: fstest.MapFS{"net/snmp": {}, "net/netstat": {}}}
	m, _ := open(t, Options{})
	m.proc = procnet.New(files, "net")
	_, _ = m.Counts()
	same(t, "opened", files.names, "net/netstat", "net/snmp")
}

// opens keeps what is opened, in order.
type opens struct {
	fs.FS
	names []string
}

func (o *opens) Open(name string) (fs.File, error) {
	o.names = append(o.names, name)
	return o.FS.Open(name)
}
