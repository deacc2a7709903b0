//go:build !unix

package core

import "os"

// newFileInput treats a file like any io.Reader: polling descriptors is not supported on GOOS.
func newFileInput(_ *source, f *os.File) (input, error) { return plainInput{f}, nil }
