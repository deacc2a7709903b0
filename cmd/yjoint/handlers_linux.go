package main

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// handlerPatience bounds awaitHandlers, in case a thread blocks signals for another reason.
const handlerPatience = time.Second

// awaitHandlers waits until no thread is about to handle a signal. One that has been given a signal, and then lost its
// processor before it could do anything, is known by its mask: Go's handlers run with all signals blocked.
func awaitHandlers() {
	for end := time.Now().Add(handlerPatience); handling() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// handling reports whether a thread blocks SIGINT; see proc_pid_status(5).
func handling() bool {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false
	}
	for _, thread := range threads {
		status, _ := os.ReadFile("/proc/self/task/" + thread.Name() + "/status")
		_, mask, _ := bytes.Cut(status, []byte("\nSigBlk:\t"))
		mask, _, _ = bytes.Cut(mask, []byte("\n"))
		if blocked, err := strconv.ParseUint(string(mask), 16, 64); err == nil && blocked&(1<<(unix.SIGINT-1)) != 0 {
			return true
		}
	}
	return false
}
