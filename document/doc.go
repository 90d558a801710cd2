// Package document holds the JSON documents that tcpstat prints, as values to decode
// into:
//
//   - tcpstat --json prints an [Overview], and with any word that asks for a list, such
//     as -a, [Sockets]; with --by a [Rollup]
//   - tcpstat -s --json prints [Statistics], one document for each window
//   - tcpstat check --json prints a [Check]
//   - tcpstat --watch STATE --json prints an [Event] or a [Sample] a line, and a
//     [Summary] last
//
// [Decode] takes one document and finds its kind by itself. Split a stream with
// json.Decoder into json.RawMessage first.
//
// Every key of a document is always there. What is null in JSON is nil or, of a
// [State], empty: there is none (the comment of the field says so), or it is not known
// and [Look.Missing] says why. Null is never zero. Units are in the keys of the JSON, and here in the
// types or comments; what has none is a number of sockets, segments or the like. Texts
// for people are in the language of the run and no part of the contract.
//
// Within the schema v1 keys are only added, so that a program that was built with an
// older version of this package reads the documents of a newer tcpstat. `tcpstat
// explain json` is the reference of all keys.
package document
