// Package render turns values into what people and scripts read. It asks nothing
// of the world: whether there is a terminal, how wide it is, which colours are
// wanted and what time it is are arguments.
//
// By what is asked for, and for whom:
//
//	           in a pipe       on a terminal    as JSON
//	a list     Netstat         Terminal         JSON
//	--columns  Tabbed          Chosen           -
//	--by       RollupText      RollupTerminal   RollupJSON
//	overview   Overview        Overview         Check.AppendOverviewJSON
//	check      Check.AppendPlugin               Check.AppendJSON; Check.AppendPrometheus
//	-s         StatisticsText  StatisticsText   Statistics.AppendJSON
//	--watch    watch_text.go   package screen   watch_json.go
//
// Those of sockets are given a [listing.Head], a [listing.Row] for each socket, and a
// [listing.Tail]; those of --by a [rollup.Result] instead of the rows. The tables for
// a terminal share their columns (column.go, layout.go, place.go), the one that
// prints their lines (painter.go) and what stands below them (tally.go). The pages of
// tcpstat explain are [tcpstat/explain]'s.
package render
