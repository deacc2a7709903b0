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
	awaitHeld(unix.SYS_WRITE, <-thread, written)
	w.Close()
	select {
	case <-died:
	case <-time.After(5 * time.Second):
		err = errors.New("SIGCHLD did not come")
	}
	return errors.Join(err, os.WriteFile("gate", nil, 0o600), <-written)
}

// stallsOn has a thread make calls that stall, each until a file exists, and sends it signals. Their handlers run, as for any
// call that blocks, and the stall goes on with the call that the kernel makes again.
func stallsOn() error {
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, unix.SIGUSR1)
	f := create("f")
	if err := errors.Join(write(f, "a", 1, 0), os.WriteFile("g", nil, 0o600)); err != nil {
		return err
	}
	calls := []struct {
		number int
		make   func() error
	}{
		{unix.SYS_WRITE, func() error { return write(f, "b", 1, 0) }},
		{unix.SYS_FSYNC, func() error { return unix.Fsync(f) }},
		{unix.SYS_CLOSE, func() error { return unix.Close(f) }},
		{unix.SYS_RENAMEAT, func() error { return unix.Renameat(unix.AT_FDCWD, "g", unix.AT_FDCWD, "h") }},
		{unix.SYS_OPENAT, func() error { _, err := unix.Open("i", unix.O_WRONLY|unix.O_CREAT, 0o600); return err }},
	}
	do, done, thread := make(chan func() error), make(chan error, 1), make(chan int)
	go func() {
		runtime.LockOSThread()
		thread <- unix.Gettid()
		for call := range do {
			done <- call()
		}
	}()
	defer close(do)
	id := <-thread
	for i, call := range calls {
		do <- call.make
		if err := staysHeld(call.number, id, done, handled, 3); err != nil {
			return fmt.Errorf("call %d: %v", i, err)
		}
		if err := errors.Join(os.WriteFile(fmt.Sprintf("gate%d", i), nil, 0o600), <-done); err != nil {
			return err
		}
	}
	return nil
}

// stallsForever has a child killed that stalls in its write to the file f for ever, and requires that another one stalls as well.
func stallsForever() error {
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, unix.SIGUSR1)
	f, err := os.Create("f")
	if err != nil {
		return err
	}
	child, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "printf ab"}, &os.ProcAttr{Files: []*os.File{nil, f, nil}})
	if err != nil {
		return err
	}
	for stored := int64(0); stored == 0; { // the stall comes behind the first byte
		runtime.Gosched()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		stored = info.Size()
	}
	awaitHeld(unix.SYS_WRITE, child.Pid, nil)
	child.Kill()
	child.Wait()
	done, thread := make(chan error, 1), make(chan int)
	go func() {
		runtime.LockOSThread()
		thread <- unix.Gettid()
		done <- write(int(f.Fd()), "b", 1, 0)
		select {} // a thread that is there gets its signals
	}()
	// First it is held until the call of who was killed is given up, which takes attention.
	return staysHeld(unix.SYS_WRITE, <-thread, done, handled, 30)
}

// staysHeld requires that the thread's call is held, by so many signals to the thread that are handled and don't end it.
func staysHeld(number, thread int, made <-chan error, handled <-chan os.Signal, signals int) error {
	for range signals {
		awaitHeld(number, thread, made)
		if len(made) > 0 {
			break
		}
		unix.Tgkill(unix.Getpid(), thread, unix.SIGUSR1)
		<-handled
	}
	awaitHeld(number, thread, made)
	if len(made) > 0 {
		return fmt.Errorf("it didn't stall: %v", <-made)
	}
	return nil
}

// awaitHeld returns when the thread waits in the system call of that number, or has made it.
func awaitHeld(number, thread int, made <-chan error) {
	call := fmt.Sprintf("%d ", number)
	for len(made) == 0 {
		now, _ := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", thread)) // "running" while it does
		if strings.HasPrefix(string(now), call) {
			return
		}
		runtime.Gosched()
	}
}
