//go:build linux && (amd64 || arm64)

package supervisor

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
	"yjoint/cmd/internal/ledger"
)

// supervisor is the state of a run.
type supervisor struct {
	ledger   *ledger.Ledger
	listener listener
	needs    needs
	span     span // reserved numbers
	table    *table
	process  *guard.Process
	trace    func(Write)
	root     string

	opening sync.Mutex // held from the choice of a number until a description is there
	parked  int        // a description of the null device, which takes the place of what failed to close

	leading atomic.Pointer[worker] // the one that receives calls
	calls   sync.WaitGroup
	stop    [2]int        // pipe: its writing end is closed to stop the workers
	search  chan struct{} // a token for each search that is to begin at once; room for two: see settle
	stopped chan struct{}

	mu    sync.Mutex // guards the fields below
	notes []string
	err   error
}

// note notes something that the user should know, once.
func (s *supervisor) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.notes {
		if n == text {
			return
		}
	}
	s.notes = append(s.notes, text)
}

// warn notes which of the errnos that are planned for a description its kind of file never gives.
func (s *supervisor) warn(d *description) {
	kind, ok := d.faultKind()
	if !ok {
		return
	}
	e := d.stream.Entry()
	for _, text := range e.Plan.Warnings(kind) {
		s.note("%s: %s, so that COMMAND need not be prepared for it", e.Target, text)
	}
}

// fail ends the run: it can't be exact.
func (s *supervisor) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
		go s.process.End()
	}
}

// worker receives calls, one after the other, and answers them. There is one that leads: it receives. While it answers a call
// that may take long, another one leads. To hand each call over to another thread would cost more than most calls take.
type worker struct {
	s     *supervisor
	state atomic.Int64
}

// The states of a worker: it waits for a call, another one leads, or since when it answers one, in nanoseconds of time.
const (
	receiving = 0
	deposed   = -1
)

// lead starts a worker that leads.
func (s *supervisor) lead() {
	w := &worker{s: s}
	s.leading.Store(w)
	s.calls.Add(1)
	go w.work()
}

// work ends when another worker leads, or when the run is over.
func (w *worker) work() {
	defer w.s.calls.Done()
	for {
		var n notification
		if !w.s.receive(&n) {
			return
		}
		since := time.Now().UnixNano()
		w.state.Store(since)
		w.s.answer(w, &n)
		if !w.state.CompareAndSwap(since, receiving) {
			return
		}
	}
}

// depose lets another worker lead, if this one does and answers a call.
func (w *worker) depose() {
	if since := w.state.Load(); since > receiving && w.state.CompareAndSwap(since, deposed) {
		w.s.lead()
	}
}

// tooLong is how long a worker may answer a call and lead.
const tooLong = 2 * time.Millisecond

// watching lets another worker lead when the leading one takes too long, as when a file system is slow.
func (s *supervisor) watching() {
	defer s.calls.Done()
	ticker := time.NewTicker(tooLong)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.stopped:
			return
		}
		w := s.leading.Load()
		if since := w.state.Load(); since > receiving && time.Now().UnixNano()-since > int64(tooLong) {
			w.depose()
		}
	}
}

// receive waits for the next call. It returns false when the run is over.
func (s *supervisor) receive(n *notification) bool {
	fds := []unix.PollFd{{Fd: int32(s.listener), Events: unix.POLLIN}, {Fd: int32(s.stop[0]), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || fds[1].Revents != 0:
			return false
		case fds[0].Revents&unix.POLLIN != 0:
		case fds[0].Revents&unix.POLLHUP != 0:
			return false // the last process with the filter has ended
		default:
			continue // POLLERR: a signal, such as the runtime's own, came while the kernel looked for calls
		}
		switch s.listener.receive(n) {
		case 0:
			return true
		case unix.ENOENT, unix.EINTR: // it was killed in the meantime
		default:
			return false
		}
	}
}

// answer decides on a call.
func (s *supervisor) answer(w *worker, n *notification) {
	t := trapOf[n.data.nr]
	if n.data.arch != auditArch || t == nil {
		s.fail(fmt.Errorf("%s makes system calls of another architecture (32 bits?), which can't be followed", commandName(int(n.thread))))
		s.listener.send(response{id: n.id, err: -int32(unix.ENOSYS)})
		return
	}
	c := &call{s: s, worker: w, id: n.id, thread: int(n.thread), name: t.name, args: n.data.args}
	a := t.handle(c)
	r := response{id: n.id, val: a.value, err: -int32(a.errno)}
	if a.pass {
		r = response{id: n.id, flags: respContinue}
	}
	if a.errno != 0 {
		r.val = 0
	}
	s.listener.send(r)
}

// searchInterval is how often it is looked for descriptions that no process has any more. Their closing is usually seen; but
// a process that just ends closes nothing.
const searchInterval = 50 * time.Millisecond

// searching looks for such descriptions until the run is over.
func (s *supervisor) searching() {
	defer s.calls.Done()
	ticker := time.NewTicker(searchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.search:
		case <-s.stopped:
			return
		}
		if s.table.empty() {
			continue
		}
		if err := s.table.search(s.needs.watched, s.process.QuickTree, s.process.Tree); err != nil {
			s.fail(err)
		}
	}
}

// lookSoon has it looked for descriptions that nobody has any more, for one was just closed.
func (s *supervisor) lookSoon() {
	time.AfterFunc(time.Millisecond, func() {
		for range cap(s.search) {
			select {
			case s.search <- struct{}{}:
			default: // so many are to begin anyway
				return
			}
		}
	})
}
