package main

import (
	"os"
	"strings"
	"time"
)

// operator starts the operator that could be built under the command line of the one the chart names. The chart's
// flag -manage-crds is newer; the sandbox brings the CRDs. One replica needs no leader election, which would only
// add its lease time to every start.
func operator(arguments []string) error {
	var known []string
	for _, argument := range arguments {
		if !strings.HasPrefix(strings.TrimLeft(argument, "-"), "manage-crds") {
			known = append(known, argument)
		}
	}
	known = append(known, "-enable-leader-election=false")
	if err := os.Setenv("TIGERA_OPERATOR_INIT_IMAGE_VERSION", os.Getenv("BUILT_OPERATOR_VERSION")); err != nil {
		return err
	}
	// It ends when a kind it watches is not served yet; the kubelet's growing pauses would cost more than asking again.
	return supervise([]*task{{Path: "/usr/local/bin/tigera-operator", Arguments: known}}, 5*time.Second)
}
