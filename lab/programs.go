package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// programVar tells a process of the lab which of its programs to be.
const programVar = "LAB_PROGRAM"

// programs are the small servers and clients of the lab, beside the real ones. A
// fault's file may add its own in an init function. They take what a command line
// would, and go on until they are killed.
var programs = map[string]func(args []string) error{
	"never-reads":   neverReads,
	"never-closes":  neverCloses,
	"never-accepts": neverAccepts,
	"keep":          keep,
	"visit":         visit,
	"stream":        stream,
	"drink":         drink,
}

// runProgram is the life of a process that is a program of the lab.
func runProgram(name string) int {
	os.Unsetenv(programVar)
	program, ok := programs[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "lab: no program %q\n", name)
		return 2
	}
	if err := program(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// neverReads PORT accepts connections, and neither reads nor closes them.
func neverReads(args []string) error {
	return serve(args[0], func(net.Conn) {})
}

// neverCloses PORT reads each stream to its end and does not close.
func neverCloses(args []string) error {
	return serve(args[0], func(conn net.Conn) {
		go io.Copy(io.Discard, conn)
	})
}

// rest does nothing for ever.
func rest() error {
	for {
		_ = unix.Pause() // until a signal that the program does not die of
	}
}

// held are connections that stay open though nobody uses them.
var held []net.Conn

// serve listens on a port and accepts for ever.
func serve(port string, do func(net.Conn)) error {
	listener, err := listen(port)
	if err != nil {
		return err
	}
	return acceptAll(listener, do)
}

func listen(port string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	return config.Listen(context.Background(), "tcp4", ":"+port)
}

// acceptAll accepts for ever; only do may close a connection. When there are too many
// open files it tries again, as servers do.
func acceptAll(listener net.Listener, do func(net.Conn)) error {
	for {
		conn, err := listener.Accept()
		switch {
		case errors.Is(err, unix.EMFILE):
			time.Sleep(100 * time.Millisecond)
		case err != nil:
			return err
		default:
			held = append(held, conn)
			do(conn)
		}
	}
}

// neverAccepts PORT BACKLOG listens, and that is all.
func neverAccepts(args []string) error {
	port, backlog, err := twoNumbers(args)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Port: port}), unix.Listen(fd, backlog)); err != nil {
		return err
	}
	return rest()
}

// keep ADDRESS N holds N connections open.
func keep(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range n {
		conn, err := dial(args[0])
		if err != nil {
			return err
		}
		held = append(held, conn)
	}
	return rest()
}

// visit ADDRESS N RATE opens N connections at once and then RATE each second. It
// sends a request over each and closes it.
func visit(args []string) error {
	n, rate, err := twoNumbers(args[1:])
	if err != nil {
		return err
	}
	for range n {
		if err := request(args[0]); err != nil {
			return err
		}
	}
	for range time.Tick(time.Second / time.Duration(rate)) {
		if err := request(args[0]); err != nil {
			return err
		}
	}
	return nil
}

// dial connects without the keepalive that Go would set.
func dial(address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1}
	return dialer.Dial("tcp4", address)
}

var orderRequest = []byte("GET /orders/4711 HTTP/1.1\r\nHost: orders.example\r\nAccept: application/json\r\n\r\n")

// request sends a request, does not wait for an answer and closes.
func request(address string) error {
	conn, err := dial(address)
	if err != nil {
		return err
	}
	_, err = conn.Write(orderRequest)
	return errors.Join(err, conn.Close())
}

// stream PORT RATE sends RATE bytes a second to each client.
func stream(args []string) error {
	rate, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	const times = 100 // a second
	piece := make([]byte, rate/times)
	return serve(args[0], func(conn net.Conn) {
		go func() {
			defer conn.Close()
			for range time.Tick(time.Second / times) {
				if _, err := conn.Write(piece); err != nil {
					return
				}
			}
		}()
	})
}

// drink ADDRESS reads what comes.
func drink(args []string) error {
	conn, err := dial(args[0])
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

func twoNumbers(args []string) (a, b int, err error) {
	if a, err = strconv.Atoi(args[0]); err != nil {
		return 0, 0, err
	}
	b, err = strconv.Atoi(args[1])
	return a, b, err
}
