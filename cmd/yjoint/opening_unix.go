//go:build unix

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openForOutput opens path, which may block; os.OpenFile would set O_NONBLOCK on what can be polled. No terminal that is
// opened becomes the program's own.
func openForOutput(path string, flags int) (*os.File, error) { return openAs(path, flags, 0o666) }

func openAs(path string, flags int, perm uint32) (*os.File, error) {
	fd := -1
	err := retryInterrupted(func() (err error) {
		fd, err = unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NOCTTY, perm)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// openFIFO opens the FIFO at path for writing if somebody has opened it for reading; see isNoReader for the other case.
func openFIFO(path string) (*os.File, error) {
	fd := -1
	err := retryInterrupted(func() (err error) {
		fd, err = unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		return err
	})
	if err == nil {
		err = unix.SetNonblock(fd, false) // nobody shares this description
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// isNoReader reports whether err is openFIFO's for a FIFO that nobody reads.
func isNoReader(err error) bool { return errors.Is(err, unix.ENXIO) }

// wakeFIFO ends the wait of those who are opening the FIFO at path for writing, until the result is closed. It is nil
// where that fails.
func wakeFIFO(path string) io.Closer {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(fd), path)
}

// isTerminalFile reports whether f is a terminal.
func isTerminalFile(f *os.File) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	is := false
	err = conn.Control(func(fd uintptr) { is = isTerminal(int(fd)) })
	return err == nil && is
}
