package main

import (
	"context"
	"errors"
)

// anyOptions ask whether there is any such socket (-q).
type anyOptions struct{ lookOptions }

// anyMode weighs the flags of -q.
func (f *listFlags) anyMode(e *env, words []string) *anyOptions {
	o := &anyOptions{f.lookOptions(e, words)}
	o.query.One = true
	return o
}

// errNone is the answer of -q where no socket matches.
var errNone = errors.New("no socket matches")

// run answers. A socket of which the filter asks what is not known does not match.
func (o *anyOptions) run(ctx context.Context, e *env) error {
	m, q, err := o.prepare(ctx, e)
	if err != nil {
		return err
	}
	defer m.Close()
	for _, err := range m.Look(q).Rows(ctx) {
		return err
	}
	return errNone
}
