// Package explain says what TCP means: its states, timers, exchanges and counters,
// the rules of tcpstat check and the keys of the JSON, each on a page for people.
// The pages stand together with their texts. It asks nothing of the world: the
// settings of a machine, the width of the screen and the language are arguments.
//
// The story of one word:
//
//   - [Find] takes a word in any spelling ("close-wait", "persist", a line of
//     netstat -s) to the [Topic]s that it means, or to those that were probably
//     meant. [Topics] lists them all.
//   - A topic is written from a table: [State], [Timer] and [Counter] give a row of
//     theirs, exchange.go has the conversations segment by segment, and the rules
//     are those of [tcpstat/health].
//   - [Page] writes a topic on a sheet. A sheet is text for a screen (sheet.go) or
//     Markdown (markdown.go), so that a page is laid out once; an exchange is drawn
//     as a ladder (ladder.go). [Index] writes the list of all words.
//   - [StatesMarkdown] and [CountersMarkdown] write the documents of docs/.
//
// Numbers in texts are placeholders for the settings of the machine that asks
// ([tcp.Text.Expand]).
//
// Nothing is made before it is asked for: the tables are data that the linker lays
// out, and the topics are made by the first look-up.
package explain
