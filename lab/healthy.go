package main

import (
	"fmt"
	"strings"
	"time"
)

// healthyFor is how long the healthy load is observed: long enough for a restart.
var healthyFor = 75 * time.Second

const healthyLoad = "healthy-load"

func init() {
	register(Fault{
		Name: healthyLoad, Healthy: true,
		Needs: []string{"haproxy", "iperf3", "nginx-light", "postgresql", "redis-server", "wrk"},
		Title: "A healthy load",
		Story: `
nginx serves kept and short connections, and is reloaded every 20 s and restarted every
60 s. redis has 500 idle clients and one that opens a connection for each request. A
pool of pgbench works on PostgreSQL through haproxy, which checks the health of its
servers each second and is checked itself. iperf3 sends bursts. On none of the four
machines is anything wrong.`,
		Stage: func(s *Scene) {
			web, proxy, store, client := s.Host("web"), s.Host("proxy"), s.Host("store"), s.Host("client")
			s.serve(web, proxy, store)
			s.load(web, proxy, store, client)
			restarts := s.restartNginx(web)
			s.Observe(healthyFor, web, proxy, store, client)
			s.besideRestarts(restarts)
			s.Show("ss -s")
			s.Ask(web)
		},
		True: []string{
			// Where nginx is restarted nobody listens for a moment.
			`^(CRITICAL|WARNING):? [^\n]*(refused|resets?).*\nnginx was restarted`,
			// Packets that several processors handle overtake each other.
			`^(CRITICAL|WARNING):? [^\n]*(needless|reorder)`,
			`^Retransmission: .*no loss of data`,
		},
	})
}

// serve starts all servers but nginx.
func (s *Scene) serve(web, proxy, store *Host) {
	store.Start(redisServer())
	store.Start(postgres(s, store))
	store.Start(Command{Name: "iperf3", Args: []string{"-s"}})
	proxy.Start(haproxy(s, proxy, fmt.Sprintf(`
listen web
	bind :80
	mode http
	option httpchk GET /
	server web %s:80 check inter 1s
listen database
	bind :5432
	mode tcp
	server store %[2]s:5432 check inter 1s
listen cache
	bind :6379
	mode tcp
	server store %[2]s:6379 check inter 1s`, web.Addr, store.Addr)))
	for _, port := range []int{80, 5432, 6379} {
		proxy.listens(port)
	}
	for _, port := range []int{5201, 5432, 6379} {
		store.listens(port)
	}
}

// load starts all clients.
func (s *Scene) load(web, proxy, store, client *Host) {
	client.Run(s.postgresTool("pgbench"), "-i", "-q", "-h", store.Addr, "-U", "postgres", "postgres")
	client.Start(Command{Name: s.postgresTool("pgbench"), Args: []string{
		"-n", "-c", "8", "-R", "50", "-T", "86400", "-h", proxy.Addr, "-U", "postgres", "postgres",
	}})
	client.Start(Command{Name: "idle", Program: "keep", Args: []string{store.Addr + ":6379", "500"}})
	client.Start(Command{Name: "counter", Program: "no-pool", Args: []string{proxy.Addr + ":6379", "5", "20"}})
	client.Start(Command{Name: "browser", Program: "fetch", Args: []string{web.Addr + ":80", "50"}})
	client.Start(haproxy(s, client, fmt.Sprintf(`
listen edge
	bind :8080
	mode tcp
	server proxy %s:80 check inter 1s`, proxy.Addr)))
	s.forever(client, fmt.Sprintf("wrk -t1 -c20 -d3s http://%s/; sleep 5; wrk -t1 -c20 -d3s http://%s/; sleep 5", web.Addr, proxy.Addr))
	s.forever(client, fmt.Sprintf("wrk -t1 -c4 -d1s -H 'Connection: close' http://%s/; sleep 29", web.Addr))
	s.forever(client, fmt.Sprintf("iperf3 -c %[1]s -t 3 -b 100M; sleep 7; iperf3 -c %[1]s -R -t 3 -b 100M; sleep 7", store.Addr))
}

// forever runs a script again and again.
func (s *Scene) forever(h *Host, script string) *Process {
	return h.Start(Command{Name: "sh", Args: []string{"-c", "while :; do " + script + "; done"}})
}

// restartNginx starts nginx under one who starts it again when it ends, and lets it be
// reloaded and restarted. It gives who does that.
func (s *Scene) restartNginx(web *Host) *Process {
	nginx := nginx(s, "worker_processes 2;", "listen 80;").line()
	s.forever(web, nginx)
	web.listens(80)
	var script strings.Builder
	for _, order := range []string{"reload", "reload", "quit"} {
		fmt.Fprintf(&script, "sleep 20; echo %[2]s $(date +%%s); %[1]s -s %[2]s; ", nginx, order)
	}
	return s.forever(web, strings.TrimSuffix(script.String(), "; "))
}

// besideRestarts marks the findings whose time holds a restart of nginx: an answer looks
// at up to some seconds before it was asked for, and after.
func (s *Scene) besideRestarts(by *Process) {
	const before, after = 8 * time.Second, 7 * time.Second
	for line := range strings.Lines(by.Output()) {
		var seconds int64
		if _, err := fmt.Sscanf(line, "quit %d", &seconds); err != nil {
			continue
		}
		at := time.Unix(seconds, 0)
		for i := range s.findings {
			if f := &s.findings[i]; at.After(f.time.Add(-before)) && at.Before(f.time.Add(after)) {
				f.beside = "\nnginx was restarted at " + at.Format(time.TimeOnly)
			}
		}
	}
}
