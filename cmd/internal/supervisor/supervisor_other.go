//go:build !linux || !(amd64 || arm64)

package supervisor

import (
	"runtime"

	"yjoint/cmd/internal/guard"
)

// Main does nothing here but guard.
func Main() { guard.Main() }

// Run is a run; there is none here.
type Run struct{}

// Start says that it isn't supported.
func Start(Options) (*Run, error) {
	return nil, &UnsupportedError{Reason: "not supported on " + runtime.GOOS + "/" + runtime.GOARCH, Remedy: "Linux on amd64 or arm64 is needed"}
}
