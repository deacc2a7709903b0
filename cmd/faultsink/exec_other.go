//go:build !linux || !(amd64 || arm64)

package main

import "yjoint/cmd/internal/supervisor"

func (o *faulted) supervise(supervision) error {
	_, err := supervisor.Start(supervisor.Options{})
	return err
}
