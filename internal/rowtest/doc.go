// Package rowtest makes rows for the tests of what shows them: specimens of every
// state, timer and ownership, and random ones that no kernel would make.
package rowtest
