package document_test

import (
	"fmt"

	"tcpstat/document"
)

// What `tcpstat --watch CLOSE_WAIT --json` prints has documents of several kinds, one a
// line.
func ExampleDecode() {
	lines := []string{
		`{"schema":"tcpstat/v1","kind":"event","event":"appeared","to":"CLOSE_WAIT","socket":{"local":{"addr":"10.0.0.7","port":80},"age":{"min_ms":null,"max_ms":1500}}}`,
		`{"schema":"tcpstat/v1","kind":"sample","count":1,"growth_per_minute":null}`,
	}
	for _, line := range lines {
		decoded, err := document.Decode([]byte(line))
		if err != nil {
			fmt.Println(err)
			return
		}
		switch d := decoded.(type) {
		case *document.Event:
			fmt.Println(d.Event, d.To, d.Socket.Local.AddrPort(), "at most", d.Socket.Age.Max.Duration())
		case *document.Sample:
			fmt.Println(d.Count, "now; growth known:", d.GrowthPerMinute != nil)
		}
	}
	// Output:
	// appeared CLOSE_WAIT 10.0.0.7:80 at most 1.5s
	// 1 now; growth known: false
}
