// Package filtertest writes random filters and makes random sockets, for tests
// of whatever judges sockets by a filter.
//
//   - [Gen.Filter] writes the text of a filter and gives its [Judge]: what the
//     filter must say of a socket, worked out beside the parser and its tree.
//   - [Gen.Subject] makes a socket that such filters divide.
//
// What a filter asks and what sockets have comes out of small pools, so that
// they often meet.
package filtertest
