//go:build !unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

func unsupported(what string) error { return fmt.Errorf("%s: not supported on %s", what, runtime.GOOS) }

func isPipe(int) bool       { return false }
func isConnection(int) bool { return false }
func isOpen(int) bool       { return false }

func (s *stream) read(p []byte) (int, error) {
	n, err := os.Stdin.Read(p)
	if errors.Is(err, io.EOF) {
		return n, nil
	}
	return n, err
}

func (s *stream) write(p []byte) (int, error) { return os.Stdout.Write(p) }

func (s *stream) waitGone()               { select {} }
func (s *stream) waitFull() error         { return unsupported("stall until-full") }
func (s *stream) isFull() bool            { return false }
func (s *stream) setPipeSize(int64) error { return unsupported("--pipe-size") }

func setNonblock(int) error { return unsupported("nonblock") }
func resetFD(int) error     { return unsupported("reset") }

func closeFD(fd int) error {
	if fd == 0 {
		return os.Stdin.Close()
	}
	return os.Stdout.Close()
}

func endsProcess(string) bool { return true }
func raise(string) error      { return unsupported("kill") }

// die ends the process by a status, since there are no signals here.
func die(string) { os.Exit(statusFailed) }

func isBrokenPipe(err error) bool { return false }
func catchBrokenPipe()            {}
