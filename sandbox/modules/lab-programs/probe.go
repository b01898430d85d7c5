package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

const echo = "calico-labs"

// checkServer tells whether the Calico API server of this pod listens.
func checkServer([]string) error {
	connection, err := net.DialTimeout("tcp", "127.0.0.1:5443", time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}

// probe tries every HOST:PORT given, all at once, and prints a line with one word for each: CONNECTED, TIMEOUT,
// REFUSED, DNS or OTHER. udp:HOST:PORT sends a datagram and waits for `listen` to send it back; no answer is TIMEOUT.
// -t=DURATION is the time limit of each. Exit status 1 unless all connected.
func probe(arguments []string) error {
	limit := 2 * time.Second
	if len(arguments) > 0 && strings.HasPrefix(arguments[0], "-t=") {
		value, err := time.ParseDuration(arguments[0][len("-t="):])
		if err != nil {
			return err
		}
		limit, arguments = value, arguments[1:]
	}
	if len(arguments) == 0 {
		return errors.New("usage: probe [-t=2s] [udp:]HOST:PORT ...")
	}
	words := make([]string, len(arguments))
	var all sync.WaitGroup
	for index, target := range arguments {
		all.Add(1)
		go func(index int, target string) {
			defer all.Done()
			words[index] = try(target, limit)
		}(index, target)
	}
	all.Wait()
	status := 0
	for index, word := range words {
		if word != "CONNECTED" {
			status = 1
		}
		if len(words) == 1 {
			fmt.Println(word)
		} else {
			fmt.Println(arguments[index], word)
		}
	}
	os.Exit(status)
	return nil
}

// watch tries one HOST:PORT again and again and prints a line whenever the outcome changes: when that attempt began, in
// milliseconds since 1970, and its word.
func watch(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("usage: watch HOST:PORT")
	}
	for last := ""; ; time.Sleep(5 * time.Millisecond) {
		began := time.Now()
		if word := try(arguments[0], 200*time.Millisecond); word != last {
			fmt.Println(began.UnixMilli(), word)
			last = word
		}
	}
}

func try(target string, limit time.Duration) string {
	network, address := "tcp", strings.TrimPrefix(target, "tcp:")
	if rest := strings.TrimPrefix(target, "udp:"); rest != target {
		network, address = "udp", rest
	}
	connection, err := net.DialTimeout(network, address, limit)
	if err != nil {
		return word(err)
	}
	defer connection.Close()
	if network == "tcp" {
		return "CONNECTED"
	}
	deadline := time.Now().Add(limit)
	answer := make([]byte, len(echo))
	for time.Now().Before(deadline) {
		// Again and again: a datagram may be lost without anybody having denied it.
		if _, err = connection.Write([]byte(echo)); err != nil {
			return word(err)
		}
		_ = connection.SetReadDeadline(time.Now().Add(limit / 4))
		if _, err = connection.Read(answer); err == nil {
			return "CONNECTED"
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			return "REFUSED"
		}
	}
	return word(err)
}

func word(err error) string {
	var name *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &name):
		return "DNS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "REFUSED"
	case errors.As(err, &network) && network.Timeout():
		return "TIMEOUT"
	}
	return "OTHER"
}

// listen answers on every PORT (TCP) and udp:PORT given: it accepts connections, and sends datagrams back.
func listen(arguments []string) error {
	if len(arguments) == 0 {
		return pause(nil)
	}
	failed := make(chan error)
	for _, argument := range arguments {
		port := strings.TrimPrefix(argument, "udp:")
		if port == argument {
			listener, err := net.Listen("tcp", ":"+port)
			if err != nil {
				return err
			}
			go func() { failed <- accept(listener) }()
			continue
		}
		socket, err := net.ListenPacket("udp", ":"+port)
		if err != nil {
			return err
		}
		go func() { failed <- sendBack(socket) }()
	}
	return <-failed
}

func accept(listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		_ = connection.Close()
	}
}

func sendBack(socket net.PacketConn) error {
	data := make([]byte, 1500)
	for {
		size, sender, err := socket.ReadFrom(data)
		if err != nil {
			return err
		}
		if _, err := socket.WriteTo(data[:size], sender); err != nil {
			return err
		}
	}
}
