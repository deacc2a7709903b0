//go:build !linux

package main

import "time"

// pipeEnd is unknown on GOOS.
type pipeEnd struct{}

func (pipeEnd) known() bool { return false }

func pipeEndOf(*target) pipeEnd { return pipeEnd{} }

func findReaders(map[int]pipeEnd, time.Time) map[int]sighting { return nil }

// maxAncestors is as on Linux; parentOf knows nobody's parent.
const maxAncestors = 64

func parentOf(int) int { return 0 }
