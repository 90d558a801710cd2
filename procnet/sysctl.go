package procnet

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"

	"tcpstat/tcp"
)

// ErrOtherNamespace says that settings were asked for that /proc does not show:
// /proc/sys/net always shows the network namespace of the thread that opens it,
// whichever /proc it lies in.
var ErrOtherNamespace = errors.New("sysctls of another network namespace can only be read from inside it")

// Sysctls reads the settings that package tcp documents ([tcp.SysctlDocs]) from
// /proc/sys/net. One whose file is missing is absent: older kernels lack some,
// and tcp_max_orphans exists in the first network namespace only. The others are
// in the result even when the error, the first of all, is not nil. It needs no
// privilege.
//
// The error is ErrOtherNamespace, with no settings, when the running kernel's
// /proc shows another namespace than that of the calling thread.
func (p Proc) Sysctls() (tcp.Sysctls, error) {
	if p.live() && !p.entered() {
		return nil, fmt.Errorf("%s: %w", p.path("sys/net"), ErrOtherNamespace)
	}
	settings, l := tcp.Sysctls{}, newLines(context.Background(), "", nil)
	var first error
	for _, doc := range tcp.SysctlDocs {
		v, err := p.sysctl(l, doc)
		switch {
		case err == nil:
			settings[doc.Name] = v
		case !errors.Is(err, fs.ErrNotExist):
			first = cmp.Or(first, err)
		}
	}
	return settings, first
}

// sysctl reads one number of one file, through l. tcpstat knows no setting that the kernel
// prints with a sign.
func (p Proc) sysctl(l *lines, doc tcp.SysctlDoc) (int64, error) {
	name := path.Join("sys/net", doc.Path)
	f, err := p.open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	l.reset(p.path(name), f)
	line, err := l.next()
	if err == io.EOF {
		return 0, l.error(nil, 0, "empty")
	}
	if err != nil {
		return 0, err
	}
	c := cursor{line: bytes.ReplaceAll(line, []byte{'\t'}, []byte{' '})}
	var v uint64
	for range doc.Field + 1 {
		v = c.decimal(string(doc.Name), ' ', math.MaxInt64)
	}
	if c.reason != "" {
		return 0, l.error(line, c.at, c.reason)
	}
	return int64(v), nil
}
