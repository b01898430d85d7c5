//go:build tools

// Package tools pins Pulumi's Python language host: the newest release whose host lies inside the sdk module.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
