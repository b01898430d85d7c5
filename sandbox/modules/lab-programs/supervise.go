package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

const restartPause = time.Second

// task is one program that has to run all the time.
type task struct {
	Path      string   `json:"path"`
	Arguments []string `json:"arguments"`
	Log       string   `json:"log"` // empty: our own output
	pid       int
	after     time.Time
}

func (t *task) start() error {
	output := os.Stdout
	if t.Log != "" {
		file, err := os.OpenFile(t.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		output = file
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	// Not exec.Cmd: its Wait and the reaping of orphans below would take each other's children.
	process, err := os.StartProcess(t.Path, append([]string{t.Path}, t.Arguments...), &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{null, output, output},
	})
	if err != nil {
		return err
	}
	t.pid = process.Pid
	return nil
}

// supervise keeps the tasks running until a signal ends us, then ends them: asked first, forced after grace.
func supervise(tasks []*task, grace time.Duration) error {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	children := make(chan os.Signal, 64)
	signal.Notify(children, syscall.SIGCHLD)
	tick := time.NewTicker(restartPause / 4)
	defer tick.Stop()
	forget := func(pid int) {
		for _, t := range tasks {
			if t.pid == pid {
				t.pid, t.after = 0, time.Now().Add(restartPause)
			}
		}
	}
	for {
		for _, t := range tasks {
			if t.pid == 0 && time.Now().After(t.after) {
				if err := t.start(); err != nil {
					return err
				}
			}
		}
		select {
		case <-ended:
			end(tasks, forget, grace)
			return nil
		case <-children:
			reap(forget)
		case <-tick.C:
			reap(forget) // signals that arrive together count once
		}
	}
}

func end(tasks []*task, forget func(int), grace time.Duration) {
	running := func() (count int) {
		for _, t := range tasks {
			if t.pid != 0 {
				count++
			}
		}
		return count
	}
	for _, t := range tasks {
		if t.pid != 0 {
			_ = syscall.Kill(t.pid, syscall.SIGTERM)
		}
	}
	for deadline := time.Now().Add(grace); running() > 0 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
		reap(forget)
	}
	for _, t := range tasks {
		if t.pid != 0 {
			_ = syscall.Kill(t.pid, syscall.SIGKILL)
		}
	}
}
