package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

// nginx is one worker that answers "well". Directives are for the whole, as
// "worker_rlimit_nofile 24;", and for the server, as "listen 80;".
func nginx(s *Scene, whole, server string) Command {
	return Command{Name: "nginx", Args: []string{"-p", s.Dir(), "-e", "stderr", "-c", s.File("nginx.conf", `
		daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr; `+whole+`
		events { worker_connections 1024; }
		http { access_log off; server { return 200 "well\n"; `+server+` } }
	`)}}
}

// redisServer keeps nothing and listens on port 6379.
func redisServer(more ...string) Command {
	args := []string{"--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", "/"}
	return Command{Name: "redis-server", Args: append(args, more...)}
}

// Nginx starts nginx with what stands in its http block. Its folder is that of the
// scene, so that there is one for each host at most.
func (h *Host) Nginx(workers int, http string) *Process {
	return h.Start(Command{Name: "nginx", Args: h.nginxArgs(workers, http)})
}

// nginxArgs are the command line of nginx. Its configuration is h.Name.conf.
func (h *Host) nginxArgs(workers int, http string) []string {
	config := h.scene.File(h.Name+".conf", fmt.Sprintf(`
		daemon off; user root; worker_processes %d; pid %s.pid; error_log stderr;
		events { worker_connections 2048; }
		http { access_log off; %s }
	`, workers, h.Name, http))
	return []string{"-p", h.scene.Dir(), "-e", "stderr", "-c", config}
}

// Redis starts redis and waits until it listens.
func (h *Host) Redis(port int) *Process {
	text := strconv.Itoa(port)
	p := h.Start(Command{Name: "redis-server", Args: []string{
		"--port", text, "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no",
	}})
	h.listens(port)
	return p
}

// listens waits until somebody listens on a port.
func (h *Host) listens(port int) {
	h.scene.Until("a listener", h.Has(1, fmt.Sprintf("state listening sport = :%d", port)))
}

// Postgres starts PostgreSQL, whose user postgres needs no password, and waits until it
// listens.
func (h *Host) Postgres(port int) *Process {
	data := filepath.Join(h.scene.Dir(), h.Name+"-postgres")
	h.Run("install", "-d", "-o", "postgres", data)
	h.Run("setpriv", asPostgres(h.scene.postgresTool("initdb"), "-D", data, "-A", "trust", "--no-sync")...)
	access := h.scene.File(h.Name+".hba", "host all all 10.9.0.0/24 trust\nlocal all all trust\n")
	p := h.Start(Command{Name: "setpriv", Args: asPostgres(h.scene.postgresTool("postgres"),
		"-D", data, "-k", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=*", "-c", "hba_file="+access, "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap",
	)})
	h.listens(port)
	return p
}

// asPostgres are the arguments of setpriv that run a command as user postgres: it
// refuses to be run by root.
func asPostgres(command ...string) []string {
	return slices.Concat([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups"}, command)
}

// postgresTool is a program of PostgreSQL, which Debian keeps out of $PATH.
func (s *Scene) postgresTool(name string) string {
	files, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	s.Must(err)
	if len(files) == 0 {
		return name
	}
	return files[len(files)-1]
}

// Haproxy starts haproxy with what stands in its configuration after the times.
func (h *Host) Haproxy(config string) *Process {
	return h.Start(Command{Name: "haproxy", Args: []string{"-db", "-f", h.scene.File(h.Name+".cfg", `
global
	maxconn 2000
defaults
	timeout connect 2s
	timeout client 1h
	timeout server 1h
	timeout http-keep-alive 10s
`+config+"\n")}})
}
