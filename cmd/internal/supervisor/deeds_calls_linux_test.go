//go:build linux && (amd64 || arm64)

package supervisor

// The calls that deeds are made of.

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func create(name string) int {
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, 0o600)
	if err != nil {
		panic(err)
	}
	return fd
}

// write requires that so many bytes are accepted, or that errno.
func write(fd int, text string, accepted int, errno syscall.Errno) error {
	n, err := unix.Write(fd, []byte(text))
	if max(n, 0) != accepted || errnoOf(err) != errno {
		return fmt.Errorf("write of %q to %d: %d, %v; want %d, %v", text, fd, n, err, accepted, errno)
	}
	return nil
}

func readToEnd(name string) error {
	_, err := os.ReadFile(name)
	return err
}
