package main

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func init() {
	programs["bind-only"] = bindOnly
	const asked = "tcpstat check listener=8443"
	register(Fault{
		Name: "bind-in-use", Numbers: []int{16}, Quick: true, Needs: []string{"nginx-light"},
		Title: "bind: address already in use, and nobody listens",
		Story: `
An agent has bound port 8443 and does not listen there. nginx, which ought to, fails
with "Address already in use" and is started again and again. No list of listeners
shows who has the port.`,
		Stage: func(s *Scene) {
			server := s.Host("server")
			agent := server.Start(Command{Name: "agent", Program: "bind-only", Args: []string{"8443"}})
			s.Until("a bound socket", func() bool { return strings.Contains(agent.Output(), "bound") }) // ss 6.1 does not know them
			starter := server.Start(Command{Name: "sh", Args: []string{
				"-c", fmt.Sprintf("while ! %s; do sleep 1; done", nginx(s, "", "listen 8443;").line()),
			}})
			s.Until("EADDRINUSE", func() bool {
				return strings.Contains(starter.Output(), fmt.Sprintf("failed (%d:", int(unix.EADDRINUSE)))
			})
			s.Set("pid", agent.PID)
			s.Also(asked)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `8443[^\n]*(held|bound|in use|taken|BOUND).*(does|do) not listen|(held|bound|taken) by[^\n]*(not listen|BOUND)|\bwhy:? [^\n]*(bound|bind)`,
			Half: `8443[^\n]*(held|in use|taken)`,
			In:   []Answer{asked},
		},
		Culprit: Expect{
			Full: `(critical|warning|why|who|held|bound)[^\n]*agent/{pid}`,
			Half: `BOUND [^\n]*:8443 [^\n]*agent/{pid}`,
			In:   []Answer{asked},
		},
		Side: Expect{Full: `\bside:? [^\n]*this machine: (the|its|a|another) program`, Half: `\bside:? [^\n]*this machine`, In: []Answer{asked}},
		Ends: Expect{Full: `\bends:? [^\n]*(agent|it|holder|program|process)[^\n]*(close|listen|end|exit|stop)`, Half: `\bends:? `, In: []Answer{asked}},
		Advice: Expect{
			Full: `\bdo:? [^\n]*((stop|end|restart|close|free)[^\n]*(agent|it|holder|program|process|port)|another port)`,
			Half: `EADDRINUSE|address already in use`,
			In:   []Answer{asked},
		},
		Never: []string{`start the service`, `is the service (started|running)`, `listener=8443[^\n]*OK`, `CRITICAL[^\n]*nginx`},
	})
}

// bindOnly PORT takes a port and does not listen there.
func bindOnly(args []string) error {
	port, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port}); err != nil {
		return err
	}
	fmt.Println("bound")
	return rest()
}
