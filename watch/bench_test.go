package watch_test

import (
	"fmt"
	"testing"
	"time"

	"tcpstat/tcp"
	"tcpstat/watch"
)

// BenchmarkSample takes samples in which nothing changes.
func BenchmarkSample(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			now := time.Now()
			w := watch.New(watch.Options{States: tcp.AllStates}, now)
			s := &tcp.Socket{State: tcp.Established, Local: addrPort("10.0.0.1", 80), Remote: addrPort("10.0.0.2", 81)}
			for b.Loop() {
				w.Begin(now, nil)
				for cookie := range uint64(n) {
					s.Cookie = tcp.Some(cookie + 1)
					w.Add(now, s, true)
				}
				w.Vanished(now, 256)
				w.End(now, func(watch.Event) {})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/socket")
		})
	}
}
