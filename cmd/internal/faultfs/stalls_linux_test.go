package faultfs

import (
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// caller makes calls in a thread of its own, which signals can be sent to.
type caller struct {
	thread int
	do     chan func() error
	done   chan error
}

func newCaller(t *testing.T) *caller {
	c := &caller{do: make(chan func() error), done: make(chan error, 1)}
	ready := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		c.thread = unix.Gettid()
		close(ready)
		for f := range c.do {
			c.done <- f()
		}
	}()
	<-ready
	t.Cleanup(func() { close(c.do) })
	return c
}

// interrupt sends signals to the thread until its call has returned.
func (c *caller) interrupt(t *testing.T) error {
	t.Helper()
	for {
		select {
		case err := <-c.done:
			return err
		case <-time.After(time.Millisecond):
			if err := unix.Tgkill(os.Getpid(), c.thread, unix.SIGUSR1); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestInterruptedStall: a signal ends the call with EINTR, not the stall: it goes on with the next call.
func TestInterruptedStall(t *testing.T) {
	signals := make(chan os.Signal, 1000)
	signal.Notify(signals, unix.SIGUSR1)
	defer signal.Stop(signals)
	file := filepath.Join(t.TempDir(), "go on")
	m := mountFor(t, Options{}, `f=at 3 stall until "`+file+`" -> EIO*1; call 9 ENOSPC; fsync stall until "`+file+`" -> EDQUOT*1`,
		`g=open stall until "`+file+`" -> EACCES*1`)
	c := newCaller(t)
	fd := m.create("f")
	defer unix.Close(fd)
	write := func() error { _, err := unix.Write(fd, []byte("abcdef")); return err }
	calls := []func() error{write, func() error { return unix.Fsync(fd) }, func() error {
		_, err := unix.Open(m.path("g"), unix.O_CREAT|unix.O_WRONLY, 0o666)
		return err
	}}
	want(t, "until the byte", 0, write(), 0, nil)
	for i, call := range calls {
		for range 3 {
			c.do <- call
			want(t, "call "+string(rune('0'+i)), 0, c.interrupt(t), -1, unix.EINTR)
		}
	}
	m.fired(1, 0, 1, 1)
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for i, errno := range []error{unix.EIO, unix.EDQUOT, unix.EACCES} {
		c.do <- calls[i]
		want(t, "then", 0, <-c.done, -1, errno)
	}
	for i := range 6 { // calls 3 to 8: an interrupted one that is made again is no other one
		want(t, "call "+string(rune('3'+i)), 0, write(), 0, nil)
	}
	want(t, "call 9", 0, write(), -1, unix.ENOSPC)
}

// TestKilledInStall: a program that stalls for ever can be killed.
func TestKilledInStall(t *testing.T) {
	for _, plan := range []string{"at 1 stall forever", "close stall forever", "open stall forever", "read at 0 stall forever"} {
		m := mountFor(t, Options{}, "f="+plan)
		script := "exec 3>f; printf xx >&3; exec 3>&-; exec cat <f"
		if strings.HasPrefix(plan, "read") {
			script = ">f; exec cat <f"
		}
		cmd := m.shell(script)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, "the stall of "+plan, func() bool { return m.ledger.Rules()[0].Fired == 1 })
		cmd.Process.Kill()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatalf("%s: it can't be killed", plan)
		}
	}
}

// TestEndOfStalls: the end of the run is the end of all stalls, also for who waits behind them.
func TestEndOfStalls(t *testing.T) {
	m := mountFor(t, Options{}, "f=at 0 stall forever", "g=at 0 rate 1/s")
	results := make(chan error)
	for _, name := range []string{"f", "g"} {
		fd := m.create(name)
		defer unix.Close(fd)
		for range 2 {
			go func() {
				n, err := unix.Write(fd, []byte("xyz"))
				if name == "g" && n > 0 && n < 3 && err == nil {
					err = unix.EIO // it returns what it has moved
				}
				results <- err
			}()
		}
	}
	await(t, "the stalls", func() bool { r := m.ledger.Rules(); return r[0].Fired == 1 && r[1].Fired == 1 })
	m.Stop()
	for range 4 {
		if err := <-results; err != unix.EIO && err != nil {
			t.Errorf("a stalled write: %v", err)
		}
	}
}

// TestRate: the bytes of a call take their time, and then it returns all of them.
func TestRate(t *testing.T) {
	m := mountFor(t, Options{}, "f=at 0 rate 100kB/s", "g=read at 0 rate 100kB/s")
	fd, full := m.create("f"), m.create("g")
	defer unix.Close(fd)
	defer unix.Close(full)
	buf := make([]byte, 20000)
	unix.Write(full, buf)
	defer uninterrupted(t)()
	for what, transfer := range map[string]func() (int, error){
		"write": func() (int, error) { return unix.Pwrite(fd, buf, 0) },
		"read":  func() (int, error) { return unix.Pread(full, buf, 0) },
	} {
		began := time.Now()
		n, err := transfer()
		want(t, what, n, err, len(buf), nil)
		if d := time.Since(began); d < 190*time.Millisecond {
			t.Errorf("%s: %v", what, d)
		}
	}
}

// uninterrupted keeps from this goroutine's thread the signal by which the runtime interrupts goroutines: a call that a signal interrupts
// returns what it has moved.
func uninterrupted(t *testing.T) (undo func()) {
	t.Helper()
	runtime.LockOSThread()
	var urgent, before unix.Sigset_t
	urgent.Val[(unix.SIGURG-1)/64] = 1 << ((unix.SIGURG - 1) % 64)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, &before); err != nil {
		t.Fatal(err)
	}
	return func() {
		unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
		runtime.UnlockOSThread()
	}
}
