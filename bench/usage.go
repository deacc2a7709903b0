//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// figures are what one run has taken.
type figures struct {
	wall time.Duration // of a message's round trip the median, otherwise of the whole
	cpu  time.Duration // 0 if it isn't the fan-out's own
	peak int64         // bytes; 0 if unknown
}

// watchPeak looks at cmd's peak memory until done is closed, and sends the last it has seen. The resource usage that
// wait4(2) gives can't tell it: there a process begins with the peak of the one that has started it.
func watchPeak(cmd *exec.Cmd, done <-chan struct{}) <-chan int64 {
	peak := make(chan int64, 1)
	go func() {
		name := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
		var last int64
		for pause := time.Millisecond; ; pause = min(pause*5/4, 10*time.Millisecond) {
			if n := highWater(name); n > 0 {
				last = n
			}
			select {
			case <-done:
				peak <- last
				return
			case <-time.After(pause):
			}
		}
	}()
	return peak
}

// highWater returns VmHWM of a process, in bytes, or 0 if it has gone.
func highWater(name string) int64 {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("\nVmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

// median returns the middle one, or the mean of both that are there.
func median[T time.Duration | int64 | float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
