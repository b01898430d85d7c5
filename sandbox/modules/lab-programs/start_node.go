package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const calicoNode = "/bin/calico-node"

// startNode does what the image of calico/node does at its start: find the node's addresses, allocate the tunnel's,
// then keep Felix and its helpers running, and with BGP confd and BIRD. Felix ends on purpose when its configuration changes.
func startNode([]string) error {
	defaults := map[string]string{
		"FELIX_FELIXHOSTNAME":   os.Getenv("NODENAME"),
		"FELIX_DATASTORETYPE":   "kubernetes",
		"FELIX_IPTABLESBACKEND": "NFT", // the only one this image's iptables has
		"FELIX_XDPENABLED":      "false",
		"FELIX_IPV6SUPPORT":     "false",
		"FELIX_LOGSEVERITYSYS":  "none",
		"FELIX_LOGFILEPATH":     "none",
	}
	for name, value := range defaults {
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	for _, arguments := range [][]string{
		{"-startup"},
		{"-allocate-tunnel-addrs", "-allocate-tunnel-addrs-run-once"},
	} {
		command := exec.Command(calicoNode, arguments...)
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("calico-node %s: %w", strings.Join(arguments, " "), err)
		}
	}
	var tasks []*task
	for _, argument := range []string{"-felix", "-monitor-addresses", "-allocate-tunnel-addrs", "-status-reporter"} {
		tasks = append(tasks, &task{Path: calicoNode, Arguments: []string{argument}})
	}
	if os.Getenv("CALICO_MANAGE_CNI") == "true" {
		tasks = append(tasks, &task{Path: calicoNode, Arguments: []string{"-monitor-token"}})
	}
	if os.Getenv("CALICO_NETWORKING_BACKEND") == "bird" {
		tasks = append(tasks, &task{Path: calicoNode, Arguments: []string{"-confd"}}, birdTask("bird"), birdTask("bird6"))
	}
	return supervise(tasks, 3*time.Second)
}

// birdTask runs one of BIRD's daemons: bird speaks IPv4, bird6 IPv6. Both end until confd has written what they read,
// and are started again.
func birdTask(name string) *task {
	return &task{Path: "/usr/sbin/" + name, Arguments: []string{
		"-R", "-s", "/var/run/calico/" + name + ".ctl", "-d", "-c", "/etc/calico/confd/config/" + name + ".cfg",
	}}
}
