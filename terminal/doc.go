// Package terminal lets a program draw the whole of a terminal and read its keys. It
// does not know what is drawn.
//
// [Terminal.Enter] takes the terminal: the alternate screen, no cursor, keys instead
// of lines. [Terminal.Show] draws lines, and sends only those that changed.
// [Terminal.Listen] hands over keys, and answers to what concerns the terminal alone:
// its size, Ctrl-L, and Ctrl-Z, which gives it back until the program is continued.
// [Terminal.Leave] gives it back for good. [Terminal.Guard] does so in a panic, which
// else would leave a terminal without echo, and its message on a screen that is gone.
package terminal
