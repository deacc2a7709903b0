//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// doctorProbe writes to the file, by calls that Go does not repeat.
func doctorProbe(name string) error {
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT, 0o600)
	if err != nil {
		return &os.PathError{Op: "open", Path: name, Err: err}
	}
	n, err := unix.Write(fd, []byte("12345"))
	if n != 3 || err != nil {
		return fmt.Errorf("a write of 5 bytes across byte 3 took %d (%v), expected 3", n, err)
	}
	if n, err = unix.Write(fd, []byte("45")); !errors.Is(err, unix.ENOSPC) {
		return fmt.Errorf("the write at byte 3 took %d (%v), expected ENOSPC", n, err)
	}
	if n, err = unix.Write(fd, []byte("45")); n != 2 || err != nil {
		return fmt.Errorf("the write after the fault took %d (%v), expected 2", n, err)
	}
	return unix.Close(fd)
}

// heldSignals are those that must not end this process now.
type heldSignals chan os.Signal

func holdSignals() heldSignals {
	held := make(heldSignals, 1)
	if all := endingSignals(); len(all) > 0 {
		signal.Notify(held, all...)
	}
	return held
}

// release lets one that came end the process.
func (h heldSignals) release() {
	signal.Stop(h)
	select {
	case sig := <-h:
		die(signalName(sig))
	default:
	}
}
