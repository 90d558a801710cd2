package procnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// mount is one line of mountinfo.
type mount struct {
	root  string // what of the file system is mounted
	point string // where
}

// mounts lists the mounts of one type of file system, in the order in which they
// were made. Lines that cannot be read are passed over.
func (p Proc) mounts(ctx context.Context, fsType string) ([]mount, error) {
	name := path.Join(path.Dir(p.net), "mountinfo")
	f, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []mount
	for l := newLines(ctx, p.path(name), f); ; {
		line, err := l.next()
		var bad *LineError
		switch {
		case err == io.EOF:
			return list, nil
		case errors.As(err, &bad):
		case err != nil:
			return list, err
		default:
			if m, ok := parseMount(line, fsType); ok {
				list = append(list, m)
			}
		}
	}
}

// parseMount reads a line of mountinfo (show_mountinfo() in fs/proc_namespace.c):
//
//	36 35 98:0 ROOT POINT rw,noatime master:1 - TYPE SOURCE OPTIONS
func parseMount(line []byte, fsType string) (m mount, ok bool) {
	const rootAt, pointAt, optionalAt = 3, 4, 6
	fields := bytes.Split(line, []byte{' '})
	if len(fields) < optionalAt {
		return mount{}, false
	}
	dash := slices.IndexFunc(fields[optionalAt:], func(f []byte) bool { return string(f) == "-" })
	if dash < 0 || optionalAt+dash+1 >= len(fields) || string(fields[optionalAt+dash+1]) != fsType {
		return mount{}, false
	}
	return mount{unescapeOctal(string(fields[rootAt])), unescapeOctal(string(fields[pointAt]))}, true
}

// unescapeOctal undoes the kernel's mangle_path(): \040 for a blank.
func unescapeOctal(text string) string {
	const length = 3
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(text, `\`)
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		digits := after[:min(length, len(after))]
		if n, err := strconv.ParseUint(digits, 8, 8); err == nil && len(digits) == length {
			plain.WriteByte(byte(n))
			after = after[length:]
		} else {
			plain.WriteByte('\\')
		}
		text = after
	}
}
