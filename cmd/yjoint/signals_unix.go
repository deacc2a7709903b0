//go:build unix

package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/yjoint/internal/command"
)

// signals is what the program does about the signals that it gets.
type signals struct {
	first   atomic.Int32  // the signal that ended the run, or 0
	over    atomic.Bool   // the run has ended: the next signal ends the program at once
	asking  sync.Mutex    // one cameFirst at a time: signals that are alike merge
	barrier chan struct{} // receives once barrierSignal has come through
}

// barrierSignal is one that does nothing by itself, and has a higher number than all that end the run, which therefore
// come through before it.
const barrierSignal = unix.SIGWINCH

// barriers is how often cameFirst sends it.
const barriers = 3

// repeatPatience is for how long a signal that ended the run is not taken for a second one if it comes again: timeout(1)
// sends its signal to the program and then, in the same breath, to its process group, and a busy machine may draw breath
// between the two.
const repeatPatience = 500 * time.Millisecond

// catchSignals begins to handle signals. The first one that asks to end cancels the run; a second one calls atOnce and ends
// the program there and then, unless it repeats the first within repeatPatience. status is called for SIGUSR1 and its
// like. Signals that were ignored at the start, by nohup or by a shell for its background jobs, stay ignored: Notify
// would enable them again.
func catchSignals(cancel context.CancelCauseFunc, atOnce, status func()) *signals {
	s := &signals{barrier: make(chan struct{}, 1)}
	ending := make(chan os.Signal, 8)
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT} {
		if !signal.Ignored(sig) {
			signal.Notify(ending, sig)
		}
	}
	signal.Notify(ending, barrierSignal)
	asking := make(chan os.Signal, 8)
	for _, sig := range statusSignals {
		if !signal.Ignored(sig) {
			signal.Notify(asking, sig)
		}
	}
	// Caught and thrown away, so that a write gets its error, EPIPE or EFBIG, instead. Ignoring them would be inherited
	// by the commands.
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE, unix.SIGXFSZ)
	go func() {
		var came time.Time // of the first
		for {
			select {
			case sig := <-ending:
				number := sig.(syscall.Signal)
				if number == barrierSignal {
					select {
					case s.barrier <- struct{}{}:
					default:
					}
					continue
				}
				if s.first.Load() == int32(number) && time.Since(came) < repeatPatience {
					continue
				}
				came = time.Now()
				if s.over.Load() && s.first.Load() == 0 {
					die(number) // the report may be blocked
				}
				if !s.first.CompareAndSwap(0, int32(number)) {
					atOnce()
					die(syscall.Signal(s.first.Load())) // whoever is quicker, this or the end of the run
				}
				cancel(&errSignal{unix.SignalName(number)})
			case <-asking:
				status()
			}
		}
	}()
	return s
}

// cameFirst reports whether a signal that ends the run has come before now, waiting until one that is on its way has been
// noticed. Ctrl-C reaches the whole pipeline: the end of the source may then be seen before the signal that caused it, and
// is not the end of the stream.
func (s *signals) cameFirst() bool {
	s.asking.Lock()
	defer s.asking.Unlock()
	select {
	case <-s.barrier: // from a window that was resized
	default:
	}
	// More than once, since one thread may still be about to handle a signal while another handles the next.
	for i := range barriers {
		if i > 0 {
			awaitHandlers()
		}
		if unix.Kill(os.Getpid(), barrierSignal) == nil {
			<-s.barrier
		}
	}
	return s.first.Load() != 0
}

// hasEnded reports whether a command that ended so was ended by the same signal as the run: by Ctrl-C, or a shell that
// waited for such a command.
func (s *signals) hasEnded(status command.Status) bool {
	by := status.Signal
	if status.Exited {
		by = syscall.Signal(status.Code - 128)
	}
	switch by {
	case unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT:
		return s.cameFirst() && s.first.Load() == int32(by)
	}
	return false
}

// runOver returns number and name of the signal that ended the run, or 0 and "". It is called when the run has ended;
// later signals end the program, whatever its outcome.
func (s *signals) runOver() (int, string) {
	s.over.Store(true)
	return s.ended()
}

// ended returns number and name of the signal that ended the run, or 0 and "".
func (s *signals) ended() (int, string) {
	if n := s.first.Load(); n != 0 {
		return int(n), unix.SignalName(syscall.Signal(n))
	}
	return 0, ""
}

// dieOfIt ends the program by the signal that ended the run, so that the shell sees what happened; it returns if there
// was none.
func (s *signals) dieOfIt() {
	if n := s.first.Load(); n != 0 {
		die(syscall.Signal(n))
	}
}

// die ends the program by sig.
func die(sig syscall.Signal) {
	if sig != unix.SIGQUIT { // Go's runtime answers that with a dump of all goroutines and status 2
		signal.Reset(sig)
		unix.Kill(os.Getpid(), sig)
		// The signal may be delivered to another thread, a moment later.
		var never chan struct{}
		<-never
	}
	os.Exit(128 + int(sig))
}
