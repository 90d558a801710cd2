package main

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
