package main

import (
	"os"
	"os/signal"
	"syscall"
)

// pause waits for the signal that ends it. With a shared process namespace it is also process 1, so it takes in
// orphans: Go ignores nothing by default, and an unreaped child would stay for ever.
func pause([]string) error {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	children := make(chan os.Signal, 16)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-ended:
			return nil
		case <-children:
			reap(func(int) {})
		}
	}
}

// reap collects every child that has ended and tells its number.
func reap(ended func(pid int)) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		ended(pid)
	}
}
