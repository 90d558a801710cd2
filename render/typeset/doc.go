// Package typeset sets text: it escapes what is foreign, measures and fills
// columns of a terminal, wraps lines, colours them, and writes numbers and
// addresses fast. It knows nothing of TCP.
//
// Text that comes from outside passes one function, [AppendEscaped], before it can
// reach a terminal.
package typeset
