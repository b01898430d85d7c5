//go:build tools

// Package tools pins the Pulumi CLI that the sandbox builds when no good one is installed.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
