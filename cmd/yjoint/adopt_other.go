//go:build !unix

package main

import (
	"errors"
	"os"
)

// hasDescriptorPaths: no file stands for a descriptor on GOOS.
const hasDescriptorPaths = false

// errNotOpen is the error of a descriptor that is not open.
var errNotOpen = errors.New("not open")

// markInherited does nothing: descriptors from 3 on are not inherited on GOOS.
func markInherited() []int { return nil }

func standardFile(fd int) *os.File { return []*os.File{os.Stdin, os.Stdout, os.Stderr}[fd] }

func openBothWays(int) bool   { return false }
func openForReading(int) bool { return true }
func openForWriting(int) bool { return true }

// privateCopy returns the file of descriptor fd, one of 0 to 2: copies are not supported on GOOS.
func privateCopy(fd int, _ string) (*os.File, error) { return standardFile(fd), nil }

// release does nothing: descriptors are not replaced on GOOS.
func release(int) {}
