package core_test

import (
	"bytes"
	"errors"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// TestLastAttempt requires that an output which is to be left is tried once more, since its reader may just have made room; but not when
// the run has been ended: what its reader's death would say then is not why it failed.
func TestLastAttempt(t *testing.T) {
	for _, end := range []string{"stalled", "cancelled"} {
		t.Run("sink="+end, func(t *testing.T) {
			r1, w1 := newSocketpair(t)
			fd := int(descriptor(t, w1))
			fill := make([]byte, 4096)
			for err := error(nil); err == nil; {
				_, err = unix.SendmsgN(fd, fill, nil, nil, unix.MSG_DONTWAIT)
			}
			empty := func() {
				for err := error(nil); err == nil; {
					_, _, err = unix.Recvfrom(int(descriptor(t, r1)), fill, unix.MSG_DONTWAIT)
				}
			}
			var attempts atomic.Int32 // that have begun
			var ended atomic.Bool
			defer sys.Intercept(func(c sys.Call) (int64, error) {
				if c.To != fd {
					return c.N, nil
				}
				if ended.Load() {
					return 0, unix.EPIPE
				}
				if attempts.Add(1) == 2 {
					empty()
				}
				return c.N, nil
			})()
			opts := core.Options{Portable: true}
			if end == "stalled" {
				opts.StallTimeout = stallWarn
			}
			data := []byte("hello")
			polls := sys.Polls()
			r := start(t, core.Source{Reader: bytes.NewReader(data)}, opts, sink("a", w1))
			if end == "stalled" {
				rep, _ := r.Wait(t)
				checkPrefix(t, data, rep.Sinks[0], <-collect(r1), core.Complete)
				return
			}
			awaitPolls(t, polls, 3) // two of the watcher's, as in TestWatchedLate, and that in which the output is waited for
			ended.Store(true)
			why := errors.New("interrupt")
			r.Cancel(why)
			rep, _ := r.Wait(t)
			if s := rep.Sinks[0]; s.Verdict != core.Cancelled || s.Err != why || s.Accepted != 0 {
				t.Errorf("sink %+v", s)
			}
		})
	}
}
