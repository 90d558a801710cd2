package render

import "tcpstat/internal/rowtest"

// The words that specimens are made with.
type specimen = rowtest.Specimen

var (
	rows     = rowtest.Rows
	socket   = rowtest.Socket
	queues   = rowtest.Queues
	backlog  = rowtest.Backlog
	device   = rowtest.Device
	timer    = rowtest.Timer
	owned    = rowtest.Owned
	hidden   = rowtest.Hidden
	unowned  = rowtest.Unowned
	mini     = rowtest.Mini
	fromProc = rowtest.FromProc
	info     = rowtest.Info
	since    = rowtest.Since

	everySocket, server, modern = rowtest.Every, rowtest.Server, rowtest.Modern
	newGenerator                = rowtest.NewGenerator
)

const (
	longV6     = rowtest.LongV6
	longV6Peer = rowtest.LongV6Peer
)
