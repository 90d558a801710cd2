package main

func init() {
	register(Fault{
		Name: "time-wait-full-client", Numbers: []int{17}, Quick: true, Needs: []string{"redis-server"},
		Title: "TIME_WAIT table full on a client that closes first",
		Story: `
A shop opens a connection to redis for each request and closes it: TIME_WAIT is with
the shop. tcp_max_tw_buckets is 300 there.`,
		Stage: func(s *Scene) {
			cache, shop := s.Host("cache"), s.Host("shop")
			cache.Start(redisServer())
			cache.listens(6379)
			shop.Sysctl("net/ipv4/tcp_max_tw_buckets", "300")
			client := shop.Start(Command{
				Name: "shop", Program: "no-pool",
				Args: []string{cache.Addr + ":6379", "20", "200"},
			})
			s.Until("100 overflows", func() bool { return shop.Counter("TCPTimeWaitOverflow") >= 100 })
			s.Set("pid", client.PID)
			s.Set("target", cache.Addr+":6379")
			s.Ask(shop)
		},
		Cause: Expect{
			Full: within(tableFull, `\bwhy:? [^\n]*(opens?|opened|connect(s|ed)?)\b[^\n]*close`),
			Half: within(tableFull, ``),
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{
			Full: within(tableFull, `shop/{pid}`) + inSameFinding + `{target}`,
			Half: within(tableFull, `{target}|shop/{pid}`),
			In:   []Answer{Overview, Check},
		},
		Side:   Expect{Full: `\bside [^\n]*this machine: (the|its) program`, Half: `\bside [^\n]*this machine`},
		Ends:   Expect{Full: `\bends [^\n]*60 ?s`, Half: `\bends `},
		Advice: Expect{Full: `\bdo [^\n]*(reuse|pool|keep)`, Half: `tcp_max_tw_buckets`},
		Never:  append([]string{`let the (side that opened|clients?)[^\n]*close`, `lower[^\n]*tcp_max_tw_buckets`}, falseComfort...),
	})
}
