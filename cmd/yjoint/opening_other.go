//go:build !unix

package main

import (
	"io"
	"os"
)

// openForOutput opens path, which may block.
func openForOutput(path string, flags int) (*os.File, error) { return os.OpenFile(path, flags, 0o666) }

// openFIFO opens path: FIFOs are not supported on GOOS.
func openFIFO(path string) (*os.File, error) { return openForOutput(path, os.O_WRONLY) }

// isNoReader reports false: FIFOs are not supported on GOOS.
func isNoReader(error) bool { return false }

// wakeFIFO does nothing: FIFOs are not supported on GOOS.
func wakeFIFO(string) io.Closer { return nil }

// isTerminalFile reports false: terminals are not told from other devices on GOOS.
func isTerminalFile(*os.File) bool { return false }
