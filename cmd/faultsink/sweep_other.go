//go:build !linux || !(amd64 || arm64)

package main

import (
	"io"

	"yjoint/cmd/internal/supervisor"
)

func (o *sweepOptions) run([]string, io.Writer, io.Writer) error {
	_, err := supervisor.Start(supervisor.Options{})
	return err
}

// supervise does nothing here.
func (o *sweepRunOptions) supervise([]string) error {
	_, err := supervisor.Start(supervisor.Options{})
	return err
}
