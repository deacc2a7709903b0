//go:build !unix

package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// descriptor is standard input or standard output.
type descriptor int

const (
	stdin  descriptor = 0
	stdout descriptor = 1
)

// errHoldsMore says that the pipe can't be made smaller now.
var errHoldsMore = errors.New("the pipe holds more")

func unsupported(what string) error { return fmt.Errorf("%s: not supported on %s", what, runtime.GOOS) }

func (d descriptor) file() *os.File {
	if d == stdin {
		return os.Stdin
	}
	return os.Stdout
}

func (d descriptor) Read(p []byte) (int, error)      { return d.file().Read(p) }
func (d descriptor) Write(p []byte) (int, error)     { return d.file().Write(p) }
func (d descriptor) writeSome(p []byte) (int, error) { return d.file().Write(p) }
func (d descriptor) close() error                    { return d.file().Close() }

// What is not known here is that which lets nothing begin that can't be done.

func (d descriptor) isPipe() bool            { return false }
func (d descriptor) isConnection() bool      { return false }
func (d descriptor) isOpen() bool            { return false }
func (d descriptor) wasClosed() bool         { return false }
func (d descriptor) isFull() bool            { return false }
func (d descriptor) gone(time.Duration) bool { return false }
func (d descriptor) setNonblock() error      { return unsupported("nonblock") }
func (d descriptor) reset() error            { return unsupported("reset") }
func (d descriptor) resize(int64) error      { return unsupported("the capacity of a pipe") }
func checkCapacity(int64) error              { return unsupported("the capacity of a pipe") }
func (d descriptor) enlarge(int)             {}

func (d descriptor) discardNow(int) (int, error) { return 0, errors.ErrUnsupported }
func (d descriptor) readNow([]byte) (int, error) { return 0, errors.ErrUnsupported }
func (d descriptor) awaitInput()                 {}
