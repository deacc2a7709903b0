//go:build !linux

package faultfs

import (
	"errors"
	"fmt"
	"runtime"
)

// Mount is a mounted file system.
type Mount struct{}

// New returns an error: it is for Linux.
func New(string, Options) (*Mount, error) {
	return nil, fmt.Errorf("a file system that fails: %w on %s", errors.ErrUnsupported, runtime.GOOS)
}

// Wait returns at once.
func (*Mount) Wait() {}

// Unmount does nothing.
func (*Mount) Unmount() error { return nil }

// Stored returns 0.
func (*Mount) Stored() int64 { return 0 }
