// Package sys holds the facts and calls of the platform that the engine needs: what kind of thing a descriptor is, reads
// and writes that don't block although the description is in blocking mode, waits that can be left, errno names.
package sys

import "errors"

// Kind is what a descriptor refers to, as far as it decides how to use it.
type Kind int

// The kinds of descriptors.
const (
	// Plain: not a descriptor that this platform can poll; use io.Reader and io.Writer.
	Plain Kind = iota
	// File: a regular file or block device. poll(2) always calls it ready, and its calls may block for ever.
	File
	// Device: a terminal or other character device. poll(2) tells of hang-ups, its calls may block for ever.
	Device
	// Pipe: a pipe or FIFO.
	Pipe
	// Socket: a stream socket, or another one that takes each write as a message.
	Socket
)

// Pollable reports whether a descriptor of this kind can be read and written without ever blocking.
func (k Kind) Pollable() bool { return k == Pipe || k == Socket }

// ErrUnsupported is returned by calls that GOOS doesn't have.
var ErrUnsupported = errors.New("not supported on this platform")

// ErrRefused is returned by TryWrite where the kernel has no write to this pipe that never blocks.
var ErrRefused = errors.New("refused by the kernel")
