//go:build unix && !linux

package main

// awaitHandlers does nothing: what a thread is about to handle can't be seen on GOOS.
func awaitHandlers() {}
