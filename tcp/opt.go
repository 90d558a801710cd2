package tcp

// Opt is a value that may be absent: the source did not or could not tell it.
// Absent is not zero; it prints as a word and is null in JSON. The zero Opt is
// absent.
type Opt[T any] struct {
	value   T
	present bool
}

// Some makes a present value.
func Some[T any](value T) Opt[T] { return Opt[T]{value, true} }

// Get returns the value and whether there is one.
func (o Opt[T]) Get() (T, bool) { return o.value, o.present }

// Or returns the value, or instead where there is none.
func (o Opt[T]) Or(instead T) T {
	if o.present {
		return o.value
	}
	return instead
}
