package core_test

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"yjoint/core"
	"yjoint/core/coretest"
)

// patience ends a test that hangs. Nothing waits for it otherwise.
const patience = 30 * time.Second

// Running is a run that goes on.
type Running struct {
	Events
	Cancel  context.CancelCauseFunc
	Monitor core.Monitor
	done    chan struct{} // closed when Run has returned
	rep     core.Report
	err     error
}

// start begins a run in the background.
func start(t *testing.T, source core.Source, opts core.Options, sinks ...core.Sink) *Running {
	t.Helper()
	r := &Running{done: make(chan struct{})}
	ctx, cancel := context.WithCancelCause(context.Background())
	r.Cancel = cancel
	opts.Observe, opts.Monitor = r.observe, &r.Monitor
	go func() {
		defer close(r.done)
		r.rep, r.err = core.Run(ctx, source, sinks, opts)
		r.close()
	}()
	return r
}

// eventually waits until it is so, for what no event tells of. Where it never is, the test fails and goes on.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("it is not so yet")
			return
		}
	}
}

// Wait returns what Run returned. A run that moves nothing for as long as patience has hung.
func (r *Running) Wait(t *testing.T) (core.Report, error) {
	t.Helper()
	for moved, over := r.moved(), false; !over; {
		select {
		case <-r.done:
			over = true
		case <-time.After(patience):
			before := moved
			if moved = r.moved(); moved == before {
				buf := make([]byte, 1<<20)
				t.Fatalf("Run does not return, and moves nothing\n%s", buf[:runtime.Stack(buf, true)])
			}
		}
	}
	r.Cancel(nil)
	return r.rep, r.err
}

// moved changes whenever the run has moved a byte: one that does has not hung, however slow the machine is.
func (r *Running) moved() int64 {
	st := r.Monitor.Status()
	sum := st.Read
	for _, s := range st.Sinks {
		sum += s.Accepted + s.Taken
	}
	return sum
}

// Events keeps what a run tells while it goes on.
type Events struct {
	mu     sync.Mutex
	all    []core.Event
	closed bool
	late   []core.Event  // told after Run has returned
	more   chan struct{} // closed at the next event
}

func (e *Events) observe(ev core.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		e.late = append(e.late, ev)
	}
	e.all = append(e.all, ev)
	if e.more != nil {
		close(e.more)
		e.more = nil
	}
}

func (e *Events) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
}

// Await returns the first event of the kind about the sink.
func (e *Events) Await(t *testing.T, kind core.EventKind, index int) core.Event {
	t.Helper()
	return e.AwaitNth(t, kind, index, 0)
}

// AwaitNth returns the event of the kind about the sink before which there were n others.
func (e *Events) AwaitNth(t *testing.T, kind core.EventKind, index, n int) core.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		all := e.all
		if e.more == nil {
			e.more = make(chan struct{})
		}
		more := e.more
		e.mu.Unlock()
		before := 0
		for _, ev := range all {
			if ev.Kind != kind || ev.Index != index {
				continue
			}
			if before == n {
				return ev
			}
			before++
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no event %d of sink %d after %d others", kind, index, n)
		}
	}
}

// Kinds lists the kinds of events about the sink, in their order.
func (e *Events) Kinds(index int) (kinds []core.EventKind) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.all {
		if ev.Index == index {
			kinds = append(kinds, ev.Kind)
		}
	}
	return kinds
}

// checkReleased requires that no more is held than before.
func checkReleased(t *testing.T, before coretest.Resources) {
	t.Helper()
	if err := before.Released(); err != nil {
		t.Error(err)
	}
}

// verdicts lists them in the order of the sinks.
func verdicts(rep core.Report) (all []core.Verdict) {
	for _, s := range rep.Sinks {
		all = append(all, s.Verdict)
	}
	return all
}

func checkVerdicts(t *testing.T, rep core.Report, want ...core.Verdict) {
	t.Helper()
	if got := verdicts(rep); !slices.Equal(got, want) {
		t.Errorf("verdicts %v, want %v", got, want)
	}
}

// key names a sub-test.
func key(name string, value int) string { return name + "=" + strconv.Itoa(value) }
