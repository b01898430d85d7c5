//go:build tools

// Package audit pins the program that looks for known vulnerabilities in the Go modules; `make audit` runs it.
package audit

import _ "golang.org/x/vuln/cmd/govulncheck"
