package main

import (
	"os/exec"
	"strings"
)

func init() {
	register(Fault{
		Name: "idle-in-transaction", Numbers: []int{26}, Healthy: true, Needs: []string{"postgresql"},
		Title: "postgres, idle in a transaction",
		Story: `
A client of postgres has begun a transaction, locks a row and does nothing more; three
others wait for that row. It is a fault of the application, but not one of TCP: all
connections are well, and tcpstat has to stay quiet.`,
		Stage: func(s *Scene) {
			database, app := s.Host("database"), s.Host("app")
			database.Start(postgres(s, database))
			s.Until("a listener", database.Has(1, "state listening sport = :5432"))
			s.Until("postgres is ready", func() bool {
				_, err := app.inPipe(exec.CommandContext(s.ctx, "pg_isready", "-q", "-h", database.Addr))
				return err == nil
			})
			app.Run("psql", sql(database, "CREATE TABLE stock AS SELECT 7 AS items")...)
			sessions := func(n, where string) func() bool {
				count := append(sql(database, "SELECT count(*) FROM pg_stat_activity WHERE "+where), "-At")
				return func() bool { return strings.TrimSpace(app.Run("psql", count...)) == n }
			}
			app.Start(Command{Name: "psql", Args: sql(database, "BEGIN", "UPDATE stock SET items = 6", `\! exec sleep 3600`)})
			s.Until("a transaction that idles", sessions("1", "state = 'idle in transaction'"))
			for range 3 {
				app.Start(Command{Name: "psql", Args: sql(database, "UPDATE stock SET items = 5")})
			}
			s.Until("three that wait", sessions("3", "wait_event_type = 'Lock'"))
			s.Ask(database)
		},
		Never: []string{`WARNING`, `CRITICAL`, `needs attention: `, `Worth a look`, `does not (read|answer)`},
	})
}

// sql are the arguments of psql that execute commands one after the other.
func sql(database *Host, commands ...string) []string {
	args := []string{"-X", "-q", "-h", database.Addr, "-U", "postgres"}
	for _, command := range commands {
		args = append(args, "-c", command)
	}
	return args
}
