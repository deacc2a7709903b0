package core_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// Deeds are the steps that were taken, and what else happened to sinks, in their order.
type Deeds struct {
	mu  sync.Mutex
	all []string
}

func (d *Deeds) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, what)
}

func (d *Deeds) list() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.all)
}

// step is one that notes itself as what and returns err.
func (d *Deeds) step(what string, op core.Operation, err error) core.Step {
	return core.Step{Op: op, Do: func(context.Context) error {
		d.note(what)
		return err
	}}
}

// SyncWriter is a writer that notes when it is synced and closed.
type SyncWriter struct {
	io.Writer
	deeds *Deeds
	err   error // of Sync
}

func (w SyncWriter) Sync() error {
	w.deeds.note("sync")
	return w.err
}

func (w SyncWriter) Close() error {
	w.deeds.note("close")
	return nil
}

func TestPublishDecision(t *testing.T) {
	data := stream(1000)
	errStep := errors.New("no")
	for _, c := range []struct {
		name    string
		require int
		other   int // bytes that the other sink accepts before it fails
		step    error
		source  error
		want    core.Verdict
		op      core.Operation
		cause   error
		deeds   []string
	}{
		{"both whole", 0, 1000, nil, nil, core.Complete, "", nil, []string{"rename", "commit"}},
		{"other failed", 0, 10, nil, nil, core.Cancelled, core.OpPublish, core.ErrRequireUnmet, nil},
		{"one is enough", core.Any, 10, nil, nil, core.Complete, "", nil, []string{"rename", "commit"}},
		{"step fails", 0, 1000, errStep, nil, core.Failed, core.OpRename, errStep, []string{"rename"}},
		{"step fails elsewhere", 0, 1000, &core.OpError{Op: core.OpSync, Err: errStep}, nil, core.Failed, core.OpSync, errStep, []string{"rename"}},
		{"source failed", core.Any, 1000, nil, errRead, core.Cancelled, core.OpWrite, core.ErrSourceFailed, nil},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			var d Deeds
			source := core.Source{Reader: &PieceReader{Data: data, Sizes: []int{100}, End: c.source}}
			rep, _ := start(t, source, core.Options{Require: c.require},
				core.Sink{Name: "a", Writer: &Recorder{}, Publish: []core.Step{
					d.step("rename", core.OpRename, c.step), d.step("commit", core.OpCommit, nil)}},
				sink("other", &FailAfter{Limit: c.other})).Wait(t)
			s := rep.Sinks[0]
			if s.Verdict != c.want || s.Op != c.op || !errors.Is(s.Err, c.cause) || s.Accepted != 1000 {
				t.Errorf("sink %+v", s)
			}
			if got := d.list(); !slices.Equal(got, c.deeds) {
				t.Errorf("steps %v, want %v", got, c.deeds)
			}
		})
	}
}

// TestPublishWaits requires that nothing is published before each other sink has finished, however it does, and that the
// failure of one doesn't stop the others.
func TestPublishWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Deeds
		slow := func(context.Context, core.End) error {
			time.Sleep(patience / 2)
			d.note("finished")
			return nil
		}
		r := start(t, core.Source{Reader: bytes.NewReader([]byte("hello"))}, core.Options{Require: core.Any},
			core.Sink{Name: "a", Writer: &Recorder{}, Publish: []core.Step{d.step("published", core.OpCommit, nil)}},
			core.Sink{Name: "b", Writer: &Recorder{}, Publish: []core.Step{{Op: core.OpCommit, Do: func(context.Context) error { return errClose }}}},
			core.Sink{Name: "slow", Writer: &Recorder{}, Finish: slow},
			core.Sink{Name: "broken", OpenErr: syscall.EACCES})
		synctest.Wait()
		if st := r.Monitor.Status(); st.Sinks[0].Doing != "ready" || st.Sinks[2].Doing != "finishing" {
			t.Errorf("status %+v", st)
		}
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Complete, core.Failed, core.Complete, core.NotOpened)
		if got := d.list(); !slices.Equal(got, []string{"finished", "published"}) {
			t.Errorf("happened: %v", got)
		}
	})
}

// TestPublishEarlyExit requires that a sink which may leave early is published with the others, or not at all.
func TestPublishEarlyExit(t *testing.T) {
	for _, c := range []struct {
		name   string
		ok     bool
		step   error
		source error
		want   core.Verdict
		op     core.Operation
		cause  error
		deeds  []string
	}{
		{"may", true, nil, nil, core.EarlyExit, core.OpExit, core.ErrEarlyExit, []string{"a", "early"}},
		{"may not", false, nil, nil, core.EarlyExit, core.OpExit, core.ErrEarlyExit, nil},
		{"step fails", true, errClose, nil, core.Failed, core.OpCommit, errClose, []string{"a", "early"}},
		{"source fails", true, nil, errRead, core.Cancelled, core.OpPublish, core.ErrSourceFailed, nil},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			var d Deeds
			early := &Finisher{Err: core.ErrEarlyExit}
			source := core.Source{Reader: &PieceReader{Data: stream(1000), Sizes: []int{100}, End: c.source}}
			rep, _ := start(t, source, core.Options{},
				core.Sink{Name: "early", Writer: &FailWith{Limit: 10, Err: syscall.EPIPE}, Finish: early.Finish, EarlyExitOK: c.ok,
					Publish: []core.Step{d.step("early", core.OpCommit, c.step)}},
				core.Sink{Name: "a", Writer: &Recorder{}, Publish: []core.Step{d.step("a", core.OpCommit, nil)}}).Wait(t)
			if s := rep.Sinks[0]; s.Verdict != c.want || s.Op != c.op || !errors.Is(s.Err, c.cause) || s.Accepted != 10 {
				t.Errorf("sink %+v", s)
			}
			got := d.list()
			if slices.Sort(got); !slices.Equal(got, c.deeds) {
				t.Errorf("steps %v, want %v", got, c.deeds)
			}
		})
	}
}

// publishPatience is what steps have after the run was cancelled.
const publishPatience = 30 * time.Second

// TestPublishCancelled: before the decision a cancellation prevents every step; after it, steps that end in time count.
func TestPublishCancelled(t *testing.T) {
	why := errors.New("interrupt")
	for _, c := range []struct {
		name   string
		finish time.Duration // of the other sink
		step   time.Duration // 0: until its ctx is done
		want   core.Verdict
		took   time.Duration
	}{
		{"before", time.Hour, 0, core.Cancelled, 0},
		{"after, ends", 0, 20 * time.Second, core.Complete, 20 * time.Second},
		{"after, is told", 0, 0, core.Cancelled, publishPatience},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wait := func(ctx context.Context, d time.Duration) error {
					if d == 0 {
						<-ctx.Done()
						return ctx.Err()
					}
					select {
					case <-time.After(d):
						return nil
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
				taken, told := false, error(nil)
				r := start(t, core.Source{Reader: &PieceReader{Data: []byte("hello"), Sizes: []int{5}}}, core.Options{Require: core.Any},
					core.Sink{Name: "a", Writer: &Recorder{}, Publish: []core.Step{{Op: core.OpCommit, Do: func(ctx context.Context) error {
						taken = true
						err := wait(ctx, c.step)
						told = context.Cause(ctx)
						return err
					}}}},
					core.Sink{Name: "b", Writer: &Recorder{}, Finish: func(ctx context.Context, _ core.End) error {
						return wait(ctx, max(c.finish, time.Nanosecond))
					}})
				synctest.Wait()
				if c.finish == 0 {
					time.Sleep(time.Second) // of fake time: it is decided
				}
				began := time.Now()
				r.Cancel(why)
				time.Sleep(c.took / 2)
				rep, _ := r.Wait(t)
				s := rep.Sinks[0]
				if s.Verdict != c.want || c.want == core.Cancelled && !errors.Is(s.Err, why) || rep.Abandoned != 0 {
					t.Errorf("report %+v", rep)
				}
				if is := c.took == publishPatience; is != errors.Is(told, why) {
					t.Errorf("the step was told %v", told)
				}
				if taken != (c.finish == 0) {
					t.Errorf("step taken: %v", taken)
				}
				if took := time.Since(began); took < c.took-time.Second || took > c.took+time.Second {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
}

// TestPublishTimeout: what was before doesn't count, a step that takes too long is told, and one that can't hear it is left.
func TestPublishTimeout(t *testing.T) {
	for _, hears := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			const limit = 10 * time.Second
			release := make(chan struct{})
			almost := func(context.Context, core.End) error {
				time.Sleep(limit - 3*time.Second)
				return nil
			}
			late := func(context.Context, core.End) error { // it is told, but has no need to hurry
				time.Sleep(limit + 3*time.Second)
				return nil
			}
			good := core.Step{Op: core.OpCommit, Do: func(ctx context.Context) error {
				time.Sleep(limit - 3*time.Second)
				return ctx.Err()
			}}
			bad := core.Step{Op: core.OpRename, Do: func(ctx context.Context) error {
				if hears {
					<-ctx.Done()
					return ctx.Err()
				}
				<-release
				return nil
			}}
			rep, _ := run(t, []byte("hello"), core.Options{FinishTimeout: limit},
				core.Sink{Name: "good", Writer: &Recorder{}, Finish: almost, Publish: []core.Step{good}},
				core.Sink{Name: "bad", Writer: &Recorder{}, Publish: []core.Step{bad}},
				core.Sink{Name: "almost", Writer: &Recorder{}, Finish: almost},
				core.Sink{Name: "late", Writer: &Recorder{}, Finish: late, Publish: []core.Step{good}})
			checkVerdicts(t, rep, core.Complete, core.Stalled, core.Complete, core.Complete)
			if s := rep.Sinks[1]; s.Op != core.OpRename || !errors.Is(s.Err, core.ErrStalled) || s.AtLeast {
				t.Errorf("sink %+v", s)
			}
			if want := map[bool]int{true: 0, false: 1}[hears]; rep.Abandoned != want {
				t.Errorf("abandoned %d, want %d", rep.Abandoned, want)
			}
			close(release)
		})
	}
}

// TestPublishPatience: a step that can end a command has the time for that once it was told to, others hardly any.
func TestPublishPatience(t *testing.T) {
	const limit = 10 * time.Second
	for op, patience := range map[core.Operation]time.Duration{
		core.OpRename: time.Second, core.OpSync: time.Second, core.OpCommit: 12 * time.Second,
	} {
		t.Run("step="+string(op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				began := time.Now()
				rep, _ := run(t, []byte("hello"), core.Options{FinishTimeout: limit}, core.Sink{
					Name: "a", Writer: &Recorder{}, Publish: []core.Step{{Op: op, Do: func(context.Context) error {
						<-release
						return nil
					}}},
				})
				took := time.Since(began)
				if s := rep.Sinks[0]; s.Verdict != core.Stalled || s.Op != op || rep.Abandoned != 1 || took < limit+patience || took > limit+patience+4*time.Second {
					t.Errorf("sink %+v, abandoned %d, after %v", s, rep.Abandoned, took)
				}
			})
		})
	}
}

// TestSync: what is whole is synced before it is closed, and an error of that makes the sink failed; nothing else is.
func TestSync(t *testing.T) {
	for _, c := range []struct {
		name    string
		limit   int
		err     error
		want    core.Verdict
		op      core.Operation
		happens []string
	}{
		{"whole", 1000, nil, core.Complete, "", []string{"sync", "close", "published"}},
		{"refused", 1000, syscall.EIO, core.Failed, core.OpSync, []string{"sync", "close"}},
		{"write error", 10, nil, core.Failed, core.OpWrite, []string{"close"}},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			var d Deeds
			rep, _ := run(t, stream(1000), core.Options{}, core.Sink{
				Name: "a", Writer: SyncWriter{&FailAfter{Limit: c.limit}, &d, c.err}, Sync: true,
				Publish: []core.Step{d.step("published", core.OpRename, nil)},
			})
			if s := rep.Sinks[0]; s.Verdict != c.want || s.Op != c.op || c.err != nil && !errors.Is(s.Err, c.err) {
				t.Errorf("sink %+v", s)
			}
			if got := d.list(); !slices.Equal(got, c.happens) {
				t.Errorf("happened: %v, want %v", got, c.happens)
			}
		})
	}
}
