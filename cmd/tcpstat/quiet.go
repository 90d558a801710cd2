package main

import (
	"context"
	"errors"

	"tcpstat/listing"
)

// errNone is the answer of -q where no socket matches.
var errNone = errors.New("no socket matches")

// errEnough ends a walk that need not go on.
var errEnough = errors.New("enough is known")

// ask answers -q: whether any socket matches. One of which the filter asks what
// is not known does not.
func (l *lister) ask(ctx context.Context) error {
	err := l.list(ctx)
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err == nil:
		return errNone
	}
	return err
}

// silent prints nothing.
type silent struct{}

func (silent) AppendHead(dst []byte, _ listing.Head) []byte { return dst }
func (silent) AppendRow(dst []byte, _ *listing.Row) []byte  { return dst }
func (silent) AppendBetween(dst []byte) []byte              { return dst }
func (silent) AppendTail(dst []byte, _ listing.Tail) []byte { return dst }
