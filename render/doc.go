// Package render turns values into what people and scripts read: netstat's
// table for a pipe, the annotated table for a terminal, JSON, and the pages of
// explain. It asks nothing of the world: whether there is a terminal, how wide
// it is, which colours are wanted and what time it is are arguments.
//
// Text that comes from outside passes one function, [AppendEscaped], before it
// can reach a terminal.
package render
