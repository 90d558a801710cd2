package inspect

import (
	"os"
	"testing"

	"tcpstat/internal/nettest"
)

func TestMain(m *testing.M) { os.Exit(nettest.Run(m)) }
