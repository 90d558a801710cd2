// Package screen shows a watch on a terminal.
//
// Who takes the samples hands over a [Shot] after each, which nothing changes any
// more, and goes on: [Screen.Show] never waits. A goroutine of the screen takes the
// last shot and the keys, one after the other, on one straight line:
//
//	shot, key -> model -> view -> page -> terminal
//
// The model (model.go, choose.go) has the order, the filter and the place in the
// list. Its view is the shot, how it is looked at, and the rows of those sockets that
// may find room: of a hundred thousand only these are judged and worded. Drawing
// (draw.go, groups.go, sockets.go) makes a page of a view and asks for nothing more.
// How many sockets find room shows only there, and so the page tells the model where
// in the list it came to stand. The terminal sends the lines that changed.
package screen
