package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const longest = 1 << 16

// keyValueStore answers SET, GET, APPEND, DEL and PING in Redis' protocol. With REPLICA_OF set it passes writes on to
// the leader and reads from it, which is all that a guestbook sees of a follower.
func keyValueStore([]string) error {
	listener, err := net.Listen("tcp", ":"+setting("PORT", "6379"))
	if err != nil {
		return err
	}
	store := &store{values: map[string]string{}, leader: setting("REPLICA_OF", "")}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go store.serve(connection)
	}
}

type store struct {
	lock   sync.Mutex
	values map[string]string
	leader string
}

func (s *store) serve(connection net.Conn) {
	defer connection.Close()
	reader := bufio.NewReader(connection)
	for {
		_ = connection.SetReadDeadline(time.Now().Add(time.Minute))
		words, err := readCommand(reader)
		if err != nil {
			return
		}
		answer := s.do(words)
		if _, err := io.WriteString(connection, answer); err != nil {
			return
		}
	}
}

func (s *store) do(words []string) string {
	name := strings.ToUpper(words[0])
	if s.leader != "" && name != "PING" {
		answer, err := ask(s.leader, words...)
		if err != nil {
			return "-ERR " + err.Error() + "\r\n"
		}
		return bulk(answer)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case name == "PING":
		return "+PONG\r\n"
	case name == "SET" && len(words) == 3:
		s.values[words[1]] = words[2]
		return "+OK\r\n"
	case name == "APPEND" && len(words) == 3:
		s.values[words[1]] += words[2]
		return fmt.Sprintf(":%d\r\n", len(s.values[words[1]]))
	case name == "DEL" && len(words) == 2:
		delete(s.values, words[1])
		return ":1\r\n"
	case name == "GET" && len(words) == 2:
		return bulk(s.values[words[1]])
	}
	return "-ERR unknown command\r\n"
}

func bulk(value string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(value), value) }

func readLine(reader *bufio.Reader) (string, error) {
	line, err := reader.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

func readBulk(reader *bufio.Reader, head string) (string, error) {
	size, err := strconv.Atoi(head[1:])
	if err != nil || size > longest {
		return "", errors.New("bad length")
	}
	if size < 0 {
		return "", nil
	}
	data := make([]byte, size+2)
	if _, err := io.ReadFull(reader, data); err != nil {
		return "", err
	}
	return string(data[:size]), nil
}

func readCommand(reader *bufio.Reader) ([]string, error) {
	line, err := readLine(reader)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(line, "*") {
		words := strings.Fields(line)
		if len(words) == 0 {
			return nil, errors.New("empty command")
		}
		return words, nil
	}
	count, err := strconv.Atoi(line[1:])
	if err != nil || count < 1 || count > 16 {
		return nil, errors.New("bad count")
	}
	words := make([]string, 0, count)
	for range make([]struct{}, count) {
		head, err := readLine(reader)
		if err != nil || !strings.HasPrefix(head, "$") {
			return nil, errors.New("bad command")
		}
		word, err := readBulk(reader, head)
		if err != nil {
			return nil, err
		}
		words = append(words, word)
	}
	return words, nil
}

// ask sends one command and returns the answer's text.
func ask(address string, words ...string) (string, error) {
	connection, err := net.DialTimeout("tcp", address, 3*time.Second)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	command := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		command += bulk(word)
	}
	if _, err := io.WriteString(connection, command); err != nil {
		return "", err
	}
	reader := bufio.NewReader(connection)
	head, err := readLine(reader)
	if err != nil || head == "" {
		return "", fmt.Errorf("no answer from %s: %v", address, err)
	}
	switch head[0] {
	case '$':
		return readBulk(reader, head)
	case '-':
		return "", errors.New(head[1:])
	}
	return head[1:], nil
}

// guestbook does what the published frontend does: the page, and /guestbook.php with cmd=set, which writes a key on the
// leader, or cmd=get, which reads it from a follower.
func guestbook([]string) error {
	leader, follower := setting("LEADER", "redis-leader:6379"), setting("FOLLOWER", "redis-follower:6379")
	return serve(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		key, value := query.Get("key"), query.Get("value")
		if len(key)+len(value) > longest/2 {
			http.Error(w, "too long", http.StatusRequestEntityTooLarge)
			return
		}
		answer := map[string]string{}
		var err error
		switch {
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<!doctype html><title>Guestbook</title><h1>Guestbook</h1>\n")
			return
		case r.URL.Path != "/guestbook.php" || key == "":
			http.NotFound(w, r)
			return
		case query.Get("cmd") == "set":
			_, err = ask(leader, "SET", key, value)
			answer["message"] = "Updated"
		default:
			answer["data"], err = ask(follower, "GET", key)
		}
		if err != nil {
			http.Error(w, "guestbook: "+err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
}
