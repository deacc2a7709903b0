//go:build unix && !linux

package main

import "syscall"

// defaultAction: signal.Reset does what can be done here.
func defaultAction(syscall.Signal) {}
