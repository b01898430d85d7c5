//go:build tools

// Package tools pins KWOK, which plays the kubelets of simulated nodes.
// It is not in the kubernetes module: it does not compile against apimachinery 0.34.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
