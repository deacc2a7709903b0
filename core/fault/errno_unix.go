//go:build unix

package fault

import (
	"maps"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// lastErrno is no less than any errno: Linux has 133 on most machines, but 1133 on MIPS; the BSDs have fewer.
const lastErrno = 1133

func platformErrnos() map[string]syscall.Errno {
	all := map[string]syscall.Errno{}
	for n := syscall.Errno(1); n <= lastErrno; n++ {
		if name := unix.ErrnoName(n); name != "" {
			all[name] = n
		}
	}
	return all
}

// lastSignal is above the numbers of all signals that have names.
const lastSignal = 64

func platformSignals() map[string]int {
	all := map[string]int{}
	for n := 1; n <= lastSignal; n++ {
		if name := unix.SignalName(syscall.Signal(n)); name != "" {
			all[strings.TrimPrefix(name, "SIG")] = n
		}
	}
	return all
}

// SignalNumber returns the platform's number of the signal with that name, which has no SIG.
func SignalNumber(name string) (n int, ok bool) {
	n, ok = platformSignals()[name]
	return n, ok
}

func signalNames() []string { return slices.Sorted(maps.Keys(platformSignals())) }
