//go:build linux && (amd64 || arm64)

package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// writeTogether has four threads write lines of ten bytes each, again after an error, and requires that all are there.
func writeTogether(name string) error {
	const threads, lines = 4, 2000
	fd := create(name)
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() {
			for range lines {
				line := []byte(fmt.Sprintf("line of %d\n", i))
				for len(line) > 0 {
					n, _ := unix.Write(fd, line)
					line = line[max(n, 0):]
				}
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(name)
	for i := range threads {
		if n := bytes.Count(text, []byte{byte('0' + i)}); n != lines {
			err = errors.Join(err, fmt.Errorf("%d lines of %d, want %d", n, i, lines))
		}
	}
	return err
}

// childEnds has the thread that has started a child write to the file f, which stalls. The signal that comes when the child
// ends goes to that thread, which is held; it must be handled all the same.
func childEnds() error {
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	f := create("f")
	if err := write(f, "a", 1, 0); err != nil {
		return err
	}
	begun, written, thread := make(chan error), make(chan error, 1), make(chan int)
	go func() {
		runtime.LockOSThread()
		child, err := os.StartProcess("/bin/cat", []string{"cat"}, &os.ProcAttr{Files: []*os.File{r, nil, nil}})
		begun <- err
		thread <- unix.Gettid()
		written <- write(f, "b", 1, 0)
		child.Wait()
	}()
	if err := <-begun; err != nil {
		return err
	}
	awaitHeld(<-thread, written)
	w.Close()
	select {
	case <-died:
	case <-time.After(5 * time.Second):
		err = errors.New("SIGCHLD did not come")
	}
	return errors.Join(err, os.WriteFile("gate", nil, 0o600), <-written)
}

// awaitHeld returns when the thread of this process waits in write(2), or has written.
func awaitHeld(thread int, written <-chan error) {
	call := fmt.Sprintf("%d ", unix.SYS_WRITE)
	for len(written) == 0 {
		now, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", thread)) // "running" while it does
		if strings.HasPrefix(string(now), call) {
			return
		}
		runtime.Gosched()
	}
}
