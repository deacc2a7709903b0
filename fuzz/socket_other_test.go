//go:build !unix

package fuzz

import "os"

// socketPair returns a pipe: there are no socket pairs on this system.
func socketPair() (*os.File, *os.File, error) { return os.Pipe() }
