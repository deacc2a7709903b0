package faultfs

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"

	"yjoint/core/fault"
)

// stall is a pause that a plan demands.
type stall struct {
	until time.Time // the zero time: it has no end
	file  string    // whose existence ends it; "": none does
}

// newStall returns nil for an action that is no stall.
func newStall(a *fault.Action) *stall {
	switch a.Verb {
	case fault.Stall:
		return &stall{until: time.Now().Add(a.Duration)}
	case fault.StallForever:
		return &stall{}
	case fault.StallUntilFile:
		return &stall{file: a.File}
	}
	return nil
}

// filePoll is how often a file is looked for. It may be anywhere: not all file systems tell of new files.
const filePoll = 2 * time.Millisecond

// wait returns when the stall is over: 0, EINTR if a signal came for the caller before that, EIO if the run has ended.
func (s *stall) wait(ctx context.Context, ended <-chan struct{}) syscall.Errno {
	if s.file == "" {
		return sleepUntil(ctx, ended, s.until)
	}
	for {
		if _, err := os.Stat(s.file); err == nil {
			return 0
		}
		if errno := sleepUntil(ctx, ended, time.Now().Add(filePoll)); errno != 0 {
			return errno
		}
	}
}

// sleepUntil waits until that time; the zero time never comes.
func sleepUntil(ctx context.Context, ended <-chan struct{}, t time.Time) syscall.Errno {
	var over <-chan time.Time
	if !t.IsZero() {
		timer := time.NewTimer(time.Until(t))
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
		return 0
	case <-ctx.Done():
		return syscall.EINTR
	case <-ended:
		return syscall.EIO
	}
}

// interrupted keeps stalls that a signal has ended too early, for the next call of that kind.
type interrupted struct {
	mu    sync.Mutex
	stall *stall
}

func (i *interrupted) put(s *stall) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stall = s
}

// take returns the stall, which is the caller's then; nil: there is none.
func (i *interrupted) take() *stall {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.stall
	i.stall = nil
	return s
}

// sleepFor waits so long; 0 and less is no time.
func sleepFor(ctx context.Context, ended <-chan struct{}, d time.Duration) syscall.Errno {
	if d <= 0 {
		return 0
	}
	return sleepUntil(ctx, ended, time.Now().Add(d))
}
