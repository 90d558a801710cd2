package render

import "tcpstat/internal/rowtest"

// The words that specimens are made with.
type specimen = rowtest.Specimen

var (
	machine  = rowtest.Sysctls
	rows     = rowtest.Rows
	socket   = rowtest.Socket
	queues   = rowtest.Queues
	backlog  = rowtest.Backlog
	cgroup   = rowtest.Cgroup
	v6only   = rowtest.V6Only
	device   = rowtest.Device
	timer    = rowtest.Timer
	owned    = rowtest.Owned
	hidden   = rowtest.Hidden
	unowned  = rowtest.Unowned
	mini     = rowtest.Mini
	fromProc = rowtest.FromProc
	info     = rowtest.Info
	since    = rowtest.Since
	memory   = rowtest.Memory
	count    = rowtest.Count

	everySocket, server, modern = rowtest.Every, rowtest.Server, rowtest.Modern
	newGenerator                = rowtest.NewGenerator
)

const (
	longV6     = rowtest.LongV6
	longV6Peer = rowtest.LongV6Peer
)
