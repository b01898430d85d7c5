package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// services answers in the place of runit's `sv`, which calico/node's image has and calico-node asks in two ways:
// `sv status /etc/service/enabled/NAME` for its liveness, `sv hup NAME` after confd wrote a new configuration.
func services(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("usage: sv status|hup NAME")
	}
	name := filepath.Base(arguments[1])
	pid, err := processOf(name)
	if err != nil {
		return err
	}
	switch arguments[0] {
	case "status":
		if pid == 0 {
			fmt.Printf("down: %s\n", name)
			return nil
		}
		fmt.Printf("run: %s: (pid %d)\n", name, pid)
		return nil
	case "hup":
		if pid == 0 {
			return fmt.Errorf("%s does not run", name)
		}
		return syscall.Kill(pid, syscall.SIGHUP)
	}
	return fmt.Errorf("unknown action %q", arguments[0])
}

// processOf returns the process that is NAME, or calico-node as -NAME; 0 if there is none.
func processOf(name string) (int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended since
		}
		words := bytes.Split(bytes.TrimRight(data, "\x00"), []byte{0})
		program := filepath.Base(string(words[0]))
		if program == name || (program == "calico-node" && len(words) == 2 && string(words[1]) == "-"+name) {
			return strconv.Atoi(filepath.Base(filepath.Dir(file)))
		}
	}
	return 0, nil
}
