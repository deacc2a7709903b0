package core_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/fault"
)

var errHangs = errors.New("the run does not end")

// simResult is what came of a simulated run.
type simResult struct {
	err   error         // all that was wrong, or nil
	trace func() string // tells all calls, and the report
	took  time.Duration // of virtual time
}

// simulate runs the schedule in a bubble of its own. What the run leaves behind in there is an error too.
func simulate(t *testing.T, s schedule) (r simResult) {
	r.trace = func() string { return "" }
	defer func() {
		if p := recover(); p != nil { // the bubble's own panic: goroutines that can never end
			r.err = errors.Join(r.err, fmt.Errorf("%v", p))
		}
	}()
	synctest.Test(t, func(*testing.T) { newSimWorld(s).run(&r) })
	return r
}

func newSimWorld(s schedule) *simWorld {
	w := &simWorld{
		schedule: s, stream: coretest.Pattern(s.Seed, s.From, s.From+s.Size),
		began: time.Now(), released: make(chan struct{}),
	}
	w.source = simSource{world: w, rng: rand.New(rand.NewPCG(s.Seed, 1<<40)), in: w.stream.Reader()}
	for i, k := range s.Sinks {
		w.sinks = append(w.sinks, newSimActor(w, i, k))
	}
	return w
}

// run makes the run, and judges it.
func (w *simWorld) run(r *simResult) {
	ctx, cancel := context.WithCancelCause(coretest.StartAt(context.Background(), w.From))
	defer cancel(nil)
	var cancelled time.Time
	if w.Cancel > 0 {
		timer := time.AfterFunc(time.Duration(w.Cancel+w.align(w.Cancel, cancelClass)), func() {
			cancelled = time.Now()
			cancel(errCancelled)
		})
		defer timer.Stop()
	}
	var monitor core.Monitor
	events := &simEvents{world: w, monitor: &monitor, kinds: make([][]core.EventKind, len(w.sinks))}
	opts := core.Options{
		Buffer: w.Buffer, Require: w.Need, StopOnError: w.Stop, StallTimeout: time.Duration(w.Stall),
		StallWarn: time.Duration(w.Warn), FinishTimeout: time.Duration(w.schedule.Finish),
		Observe: events.observe, Monitor: &monitor,
	}
	var sinks []core.Sink
	for _, a := range w.sinks {
		sinks = append(sinks, a.sink())
	}
	run := coretest.Run{Stream: w.stream}
	if w.Seed%2 == 1 {
		opts.Digest, run.Digest = sha256.New(), sha256.New
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		run.Report, run.Err = core.Run(ctx, core.Source{Reader: &w.source, Finish: w.source.finish}, sinks, opts)
		events.over = true
	}()
	select {
	case <-done:
	case <-time.After(w.bound()):
		stacks := make([]byte, 1<<20)
		r.err = fmt.Errorf("%w within %v:\n%s", errHangs, w.bound(), stacks[:runtime.Stack(stacks, true)])
		cancel(nil)
		return // the bubble can't end
	}
	r.took = time.Since(w.began)
	var late time.Duration
	if !cancelled.IsZero() {
		late = time.Since(cancelled)
	}
	close(w.released)
	for _, a := range w.sinks {
		a.plan.Close()
	}
	synctest.Wait() // whatever was left behind has ended
	w.complete(&run)
	r.err = errors.Join(run.Check(), events.check(), w.check(late), w.checkStop(run.Report))
	r.trace = func() string { return w.trace(run.Report) }
}

// bound is when the run must have ended: if everything happened one after the other, and no wait lasted longer than its timeout.
func (w *simWorld) bound() time.Duration {
	sum := span(w.Size+2)*(w.Pause+1) + w.Judge.Takes + w.Cancel + span(time.Minute)
	for _, k := range w.Sinks {
		sum += span(w.Size+2)*(k.Latency+1) + 2*(w.timeout(k)+w.schedule.Finish) + span(time.Minute)
		for _, f := range []*simFinish{k.Open, k.Finish} {
			if f != nil {
				sum += f.Takes
			}
		}
		for _, s := range k.Stops {
			sum += s.At + s.For
		}
		sum += planned(k.Plan, w.Size)
	}
	return time.Duration(sum)
}

// planned is how long the stalls of a plan last together.
func planned(p fault.Plan, size int64) (sum span) {
	for _, rule := range p.Rules {
		times := int64(1)
		if rule.Trigger.Kind == fault.Every {
			times += size / rule.Trigger.N
		}
		for _, a := range rule.Actions {
			switch a.Verb {
			case fault.Stall:
				sum += span(times * max(a.Count, 1) * int64(a.Duration))
			case fault.Rate:
				sum += span((size/a.Size + 2) * int64(time.Second))
			}
		}
	}
	return sum
}

// slice is the engine's resolution of timeouts, at most.
func (w *simWorld) slice() span {
	shortest := span(0)
	consider := func(d span) {
		if d > 0 && (shortest == 0 || d < shortest) {
			shortest = d
		}
	}
	consider(w.Warn)
	consider(w.schedule.Finish)
	for _, k := range w.Sinks {
		consider(w.timeout(k))
	}
	return min(max(shortest/10, span(time.Millisecond)), span(time.Second))
}

// complete adds what is known of the run to what Check needs.
func (w *simWorld) complete(run *coretest.Run) {
	if w.End == "error" {
		run.SourceErr = errRead
	} else if w.Judge.Fails != "" {
		run.SourceErr = errJudged
	}
	if w.Stop {
		run.Ended = append(run.Ended, core.ErrRequireUnmet)
	}
	if w.Cancel > 0 {
		run.Ended = append(run.Ended, errCancelled)
	}
	for i, a := range w.sinks {
		op := run.Report.Sinks[i].Op
		if op == core.OpExit {
			op = core.OpClose
		}
		run.Sinks = append(run.Sinks, coretest.Sink{
			Holds: a.holds, Faults: a.faults, Stalls: a.stalls[op] || a.stalls[core.OpClose], Blocked: a.blocked, Finish: a.simSink.Finish != nil,
		})
	}
}

// check returns what else the engine has done wrong. late is how long Run took from the cancellation on.
func (w *simWorld) check(late time.Duration) error {
	var wrong []error
	for _, a := range w.sinks {
		if wrong = append(wrong, a.wrong...); a.ended != a.opened {
			wrong = append(wrong, fmt.Errorf("sink %d: opened %d times, ended %d times", a.index, a.opened, a.ended))
		}
	}
	if w.source.finished != 1 {
		wrong = append(wrong, fmt.Errorf("the source's Finish was called %d times", w.source.finished))
	}
	if limit := w.farewell(); late > limit {
		wrong = append(wrong, fmt.Errorf("Run returned %v after its cancellation, later than %v", late, limit))
	}
	return errors.Join(wrong...)
}

// checkStop requires that the run was stopped, where that was asked for, as soon as too few sinks could be complete.
func (w *simWorld) checkStop(rep core.Report) error {
	if !w.Stop {
		return nil
	}
	for _, last := range rep.Sinks {
		lost := 0
		for _, s := range rep.Sinks {
			if !s.Optional && !s.OK() && !s.At.After(last.At) {
				lost++
			}
		}
		if w.counted()-lost < rep.Required && last.At.Before(w.source.ended) && rep.Source.Ended {
			return fmt.Errorf("the run goes on after %v, though too few sinks can be complete", last.At.Sub(w.began))
		}
	}
	return nil
}

// farewell is how long a cancelled run may take: a second for a write in flight, and for a close then; what promised to return
// soon and doesn't is given 12 s.
func (w *simWorld) farewell() time.Duration {
	deaf := func(f *simFinish) bool { return f != nil && f.Deaf }
	limit := 3 * time.Second
	if slices.ContainsFunc(w.Sinks, func(k simSink) bool { return deaf(k.Open) || deaf(k.Finish) }) {
		limit += 26 * time.Second
	}
	return limit
}

// trace tells the whole run.
func (w *simWorld) trace(rep core.Report) string {
	var b strings.Builder
	for _, a := range w.sinks {
		fmt.Fprintf(&b, "sink %d: %v\n", a.index, a.trace)
	}
	for _, s := range rep.Sinks {
		fmt.Fprintf(&b, "%+v\n", s)
	}
	fmt.Fprintf(&b, "%+v in %v\n", rep.Source, rep.Ended.Sub(rep.Started))
	return b.String()
}

// simEvents judges what a run tells while it goes on.
type simEvents struct {
	world   *simWorld
	monitor *core.Monitor
	kinds   [][]core.EventKind // of each sink
	over    bool               // Run has returned
	wrong   []error
}

// observe is called by one goroutine at a time.
func (e *simEvents) observe(ev core.Event) {
	if e.over {
		e.wrong = append(e.wrong, fmt.Errorf("an event after the run: %+v", ev))
	}
	if ev.Kind == core.EventSettled {
		e.world.sinks[ev.Index].settle()
	}
	e.kinds[ev.Index] = append(e.kinds[ev.Index], ev.Kind)
	for _, s := range e.monitor.Status().Sinks {
		if s.Waiting > e.world.Buffer || s.Waiting < 0 {
			e.wrong = append(e.wrong, fmt.Errorf("%d bytes wait for sink %s, with a buffer of %d", s.Waiting, s.Name, e.world.Buffer))
		}
	}
}

// check requires one verdict of each sink, at the end, after one detachment at most.
func (e *simEvents) check() error {
	for i, kinds := range e.kinds {
		count := func(k core.EventKind) (n int) {
			for _, kind := range kinds {
				if kind == k {
					n++
				}
			}
			return n
		}
		if count(core.EventSettled) != 1 || kinds[len(kinds)-1] != core.EventSettled || count(core.EventDetached) > 1 ||
			count(core.EventResumed) > count(core.EventStalled) {
			e.wrong = append(e.wrong, fmt.Errorf("events of sink %d: %v", i, kinds))
		}
	}
	return errors.Join(e.wrong...)
}
