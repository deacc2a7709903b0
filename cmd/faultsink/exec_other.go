//go:build !linux || !(amd64 || arm64)

package main

import (
	"io"

	"yjoint/cmd/internal/ledger"
	"yjoint/cmd/internal/supervisor"
)

// supervision is a run of `faultsink exec`; there is none here.
type supervision struct {
	command []string
	path    string
	specs   []ledger.Spec
	report  *reportFile
	watch   []int
	stderr  io.Writer
}

func (o *faulted) supervise(supervision) error {
	_, err := supervisor.Start(supervisor.Options{})
	return err
}
