//go:build !unix

package main

import "os"

// standardError is os.Stderr on GOOS.
type standardError struct{}

func (standardError) Write(p []byte) (int, error) { return os.Stderr.Write(p) }
