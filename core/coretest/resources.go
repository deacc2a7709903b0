package coretest

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

// Resources is what a process holds that a run may leave behind.
type Resources struct {
	Goroutines  int
	Descriptors int // -1 where they can't be counted
}

// poller has the runtime open its poller's descriptors, which it does with the first pipe and keeps for good: they are nobody's leak.
var poller = sync.OnceFunc(func() {
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
})

// Held returns what the process holds now.
func Held() Resources {
	poller()
	r := Resources{runtime.NumGoroutine(), -1}
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if fds, err := os.ReadDir(dir); err == nil {
			r.Descriptors = len(fds)
			break
		}
	}
	return r
}

// soon is how long what ends a moment after the Run that it served is waited for.
const soon = time.Second

// Released returns nil as soon as no more is held than before, and otherwise, after a second, an error with all goroutines' stacks:
// goroutines end a moment after the run that they served.
func (before Resources) Released() error {
	var now Resources
	for began := time.Now(); time.Since(began) < soon; time.Sleep(2 * time.Millisecond) {
		if now = Held(); now.Goroutines <= before.Goroutines && now.Descriptors <= before.Descriptors {
			return nil
		}
		runtime.Gosched()
	}
	stacks := make([]byte, 1<<16)
	return fmt.Errorf("held before: %+v, now: %+v\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
}
