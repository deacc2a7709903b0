//go:build !linux

// Package disposition is about what the kernel does when a signal comes. Little of it is known on GOOS.
package disposition

import "syscall"

// Default does nothing on GOOS, and reports that: signal.Reset does what can be done.
func Default(syscall.Signal) bool { return false }

// IgnoredAtStart is not known on GOOS.
func IgnoredAtStart(syscall.Signal) bool { return false }
