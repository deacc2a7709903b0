//go:build !linux || !(amd64 || arm64)

package main

import (
	"errors"

	"yjoint/cmd/internal/supervisor"
)

// tryExec says that it isn't supported.
func tryExec(string) examination {
	_, err := supervisor.Start(supervisor.Options{})
	e := examination{Reason: err.Error()}
	var cannot *supervisor.UnsupportedError
	if errors.As(err, &cannot) {
		e.Reason, e.Remedy = cannot.Reason, cannot.Remedy
	}
	return e
}
