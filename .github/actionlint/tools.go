//go:build tools

// Package actionlint pins the linter of the workflows; `make workflows` runs it.
package actionlint

import _ "github.com/rhysd/actionlint/cmd/actionlint"
