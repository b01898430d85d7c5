// Command lab-programs holds the small programs that real nodes need and nobody publishes as a module.
//
// One static binary, called by several names, so that all images share one file. Each name is one file here.
// It has no dependencies: the standard library is enough, and go.sum stays empty.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

var programs = map[string]func(arguments []string) error{
	"pause":        pause,         // holds a pod's namespaces; plays agents that have nothing to do here
	"node-init":    nodeInit,      // process 1 of a node
	"start-node":   startNode,     // what calico/node's image starts
	"sv":           services,      // runit's, as calico-node asks for it
	"operator":     operator,      // what tigera/operator's image starts
	"azure-routed": routedCNI,     // CNI plugin in the place of Azure's
	"flexvol":      flexVolume,    // what calico/pod2daemon-flexvol's image runs once
	"filecheck":    checkServer,   // readiness of calico/apiserver, as operator 1.28 asks for it
	"probe":        probe,         // connections tried, one word each
	"watch":        watch,         // one connection, tried for ever
	"listen":       listen,        // what probes try
	"summary":      summary,       // yaobank: reads an account from the database
	"customer":     customer,      // yaobank: the page
	"guestbook":    guestbook,     // guestbook: the page over a key-value store
	"redis-server": keyValueStore, // guestbook: a key-value store that speaks enough of Redis' protocol
}

func main() {
	name, arguments := filepath.Base(os.Args[0]), os.Args[1:]
	if _, known := programs[name]; !known && len(arguments) > 0 {
		name, arguments = arguments[0], arguments[1:]
	}
	program, known := programs[name]
	if !known {
		fmt.Fprintf(os.Stderr, "lab-programs: no program is called %q\n", name)
		os.Exit(2)
	}
	if err := program(arguments); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}
