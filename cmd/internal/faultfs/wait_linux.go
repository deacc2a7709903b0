package faultfs

import (
	"context"
	"os"
	"syscall"
	"time"

	"yjoint/cmd/internal/ledger"
)

// filePoll is how often a file is looked for. It may be anywhere: not all file systems tell of new files.
const filePoll = 2 * time.Millisecond

// wait returns when the stall is over: 0, EINTR if a signal came for the caller before that, EIO if the run has ended.
func wait(ctx context.Context, ended <-chan struct{}, s *ledger.Stall) syscall.Errno {
	if s.File == "" {
		return sleepUntil(ctx, ended, s.Until)
	}
	for {
		if _, err := os.Stat(s.File); err == nil {
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

// sleepFor waits so long; 0 and less is no time.
func sleepFor(ctx context.Context, ended <-chan struct{}, d time.Duration) syscall.Errno {
	if d <= 0 {
		return 0
	}
	return sleepUntil(ctx, ended, time.Now().Add(d))
}
