//go:build !linux || !(amd64 || arm64)

package trial

import (
	"context"
	"fmt"
	"runtime"
)

// Main does nothing here.
func Main() {}

// Run says that it isn't supported.
func (r *Runner) Run(context.Context, Template, Case) (Observation, error) {
	return Observation{}, Supported()
}

// Supported returns an error where there are no trials.
func Supported() error {
	return fmt.Errorf("trial: not supported on %s/%s: Linux on amd64 or arm64 is needed", runtime.GOOS, runtime.GOARCH)
}
