//go:build unix

package core

import (
	"sync"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// watcher notices, with one poll(2) over all outputs, that one's reader is gone while its sink has nothing to write.
// Sinks that have are told by their write.
type watcher struct {
	window *window
	wake   *wake // set off when outputs changed, or to end

	mu      sync.Mutex // guards the fields below
	outputs map[int]*cursor
	started bool // serve runs
	closed  bool // stop was called
}

func newWatcher(w *window) (*watcher, error) {
	k, err := newWake()
	return &watcher{window: w, wake: k, outputs: map[int]*cursor{}}, err
}

// add begins to watch fd for c's sink. The first one starts the watcher's goroutine.
func (t *watcher) add(c *cursor, fd int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.outputs[fd] = c
	t.wake.set()
	if !t.started {
		t.started = true
		go t.serve()
	}
}

// remove ends that. It must be called before fd is closed, since the number may be used again at once.
func (t *watcher) remove(fd int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.outputs, fd)
	t.wake.set() // nothing once it is closed
}

// stop ends the watching.
func (t *watcher) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.wake.set()
	if !t.started {
		t.wake.close()
	}
}

// serve watches until stop is called, and closes the wake then.
func (t *watcher) serve() {
	for {
		fds, cursors := t.pollSet()
		if fds == nil {
			t.wake.close()
			return
		}
		sys.Poll(fds, -1)
		t.wake.reset()
		for i, c := range cursors {
			if p := fds[i+1]; p.Revents != 0 {
				t.gone(int(p.Fd), c)
			}
		}
	}
}

// pollSet returns what to poll: the wake, and behind it each output for nothing but its errors and hang-ups, with its
// cursor. It returns nil when serve must end.
func (t *watcher) pollSet() (fds []unix.PollFd, cursors []*cursor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil
	}
	fds = append(fds, unix.PollFd{Fd: int32(t.wake.fd()), Events: unix.POLLIN})
	for fd, c := range t.outputs {
		fds = append(fds, unix.PollFd{Fd: int32(fd)})
		cursors = append(cursors, c)
	}
	return fds, cursors
}

// gone tells c's sink, once, unless it was removed meanwhile.
func (t *watcher) gone(fd int, c *cursor) {
	t.mu.Lock()
	watched := t.outputs[fd] == c
	if watched {
		delete(t.outputs, fd)
	}
	t.mu.Unlock()
	if watched {
		t.window.markGone(c)
	}
}

// wake is an event that poll(2) can wait for together with others: a pipe that holds a byte once it is set.
type wake struct {
	mu   sync.Mutex // guards the fields below
	r, w int        // -1 once closed
}

func newWake() (*wake, error) {
	r, w, err := sys.NewPipe()
	return &wake{r: r, w: w}, err
}

// fd is what to poll for POLLIN. It stays open as long as the caller keeps the run.
func (k *wake) fd() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.r
}

// set makes the event happen. After close it does nothing.
func (k *wake) set() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.w >= 0 {
		unix.Write(k.w, []byte{0}) // EAGAIN: it has happened already
	}
}

// reset makes the event not have happened.
func (k *wake) reset() {
	var b [64]byte
	for n, _ := unix.Read(k.fd(), b[:]); n == len(b); n, _ = unix.Read(k.fd(), b[:]) {
	}
}

func (k *wake) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.w >= 0 {
		unix.Close(k.r)
		unix.Close(k.w)
		k.r, k.w = -1, -1
	}
}
