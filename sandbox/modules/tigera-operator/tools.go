//go:build tools

// Package tools pins the tigera-operator that the sandbox runs: the newest release whose module builds (Calico v3.24).
package tools

import _ "github.com/tigera/operator"
