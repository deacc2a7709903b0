//go:build !unix

package core

import "os"

// newFileOutput treats a file like any io.Writer: polling descriptors is not supported on GOOS.
func newFileOutput(s *sink, f *os.File) (output, error) { return plainOutput{s, f}, nil }
