package main

import (
	"fmt"
	"path/filepath"
)

// nginx answers "well", by one worker unless told otherwise. Directives are for the
// whole, as "worker_rlimit_nofile 24;", and for the server, as "listen 80;".
func nginx(s *Scene, whole, server string) Command {
	return Command{Name: "nginx", Args: []string{"-p", s.Dir(), "-e", "stderr", "-c", s.File("nginx.conf", `
		daemon off; user root; pid nginx.pid; error_log stderr; `+whole+`
		events { worker_connections 1024; }
		http { access_log off; server { return 200 "well\n"; `+server+` } }
	`)}}
}

// redisServer keeps nothing and listens on port 6379.
func redisServer(more ...string) Command {
	args := []string{"--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", "/"}
	return Command{Name: "redis-server", Args: append(args, more...)}
}

// listens waits until somebody listens on a port.
func (h *Host) listens(port int) {
	h.scene.Until("a listener", h.Has(1, fmt.Sprintf("state listening sport = :%d", port)))
}

// postgres makes a database and gives the command that serves it. It does not run as
// root.
func postgres(s *Scene, h *Host) Command {
	dir := s.path("database")
	h.Run("install", "-d", "-o", "postgres", dir)
	as := []string{"--reuid", "postgres", "--regid", "postgres", "--clear-groups"}
	h.Run("setpriv", append(as, s.postgresTool("initdb"), "-D", dir, "-A", "trust", "--no-sync")...)
	access := s.File("pg_hba.conf", "host all all 10.9.0.0/24 trust\n")
	return Command{Name: "setpriv", Args: append(as, s.postgresTool("postgres"), "-D", dir, "-k", dir, "-c", "listen_addresses=*", "-c", "hba_file="+access, "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap")}
}

// postgresTool is a program of PostgreSQL, which Debian keeps out of $PATH.
func (s *Scene) postgresTool(name string) string {
	files, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	s.Must(err)
	if len(files) == 0 {
		s.Fail("no %s in /usr/lib/postgresql", name)
	}
	return files[len(files)-1]
}

// haproxy serves what stands in its configuration after the times.
func haproxy(s *Scene, h *Host, config string) Command {
	return Command{Name: "haproxy", Args: []string{"-db", "-f", s.File(h.Name+".cfg", `
global
	maxconn 2000
defaults
	timeout connect 2s
	timeout client 1h
	timeout server 1h
	timeout http-keep-alive 10s
`+config+"\n")}}
}
