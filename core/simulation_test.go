package core_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

var (
	simSchedules = flag.Int("schedules", 0, "how many schedules TestSimulation runs; 0: some hundred")
	simSeed      = flag.Uint64("seed", 1, "seed of the first of them")
	simSchedule  = flag.String("schedule", "", "the one schedule that TestSimulation runs, as it has printed it")
)

// TestSimulation runs random schedules in virtual time: sources that pause, fail and never end, 1 to 16 sinks that stall, trickle,
// die, recover, are stopped and released in another order, opened late and finished slowly, and cancellation, at offsets up to
// 8 EiB-1. Each run is judged by coretest, by what its actors have seen, and by the clock: nobody waits for a sink for longer
// than its timeout, and the run ends. The long form:
//
//	go test ./core -run '^TestSimulation$' -v -timeout 0 -args -schedules 1000000 -seed 1
func TestSimulation(t *testing.T) {
	if *simSchedule != "" {
		s, err := parseSchedule(*simSchedule)
		if err != nil {
			t.Fatal(err)
		}
		r := simulate(t, s)
		t.Log(r.trace())
		if r.err != nil {
			t.Fatal(r.err)
		}
		return
	}
	n := *simSchedules
	if n == 0 {
		if n = 1000; testing.Short() {
			n = 200
		}
	}
	var count, virtual atomic.Int64
	began := time.Now()
	t.Run("schedules="+strconv.Itoa(n), func(t *testing.T) {
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			t.Run(key("worker", w), func(t *testing.T) {
				t.Parallel()
				for i := w; i < n && !t.Failed(); i += workers {
					virtual.Add(int64(simulateSeed(t, *simSeed+uint64(i))))
					count.Add(1)
				}
			})
		}
	})
	took := time.Since(began)
	t.Logf("%d schedules, %.0f hours of virtual time, in %v: %.0f per second",
		count.Load(), time.Duration(virtual.Load()).Hours(), took.Round(time.Millisecond), float64(count.Load())/took.Seconds())
}

// simulateSeed runs the schedule of a seed, and tells a failure as the smallest schedule that it finds which fails too.
func simulateSeed(t *testing.T, seed uint64) (took time.Duration) {
	s := newSchedule(seed)
	if !s.valid() {
		t.Fatalf("seed %d: a schedule that never ends: %s", seed, s)
	}
	// Where goroutines wait for a lock the virtual clock stands still, and nothing in there would tell.
	watchdog := time.AfterFunc(patience, func() { panic(fmt.Sprintf("seed %d: goes on for %v of real time: %s", seed, patience, s)) })
	defer watchdog.Stop()
	var r simResult
	pprof.Do(context.Background(), pprof.Labels("seed", strconv.FormatUint(seed, 10)), func(context.Context) { r = simulate(t, s) })
	if r.err == nil {
		return r.took
	}
	small := shrink(s, func(s schedule) bool { return simulate(t, s).err != nil }, 1000)
	again := simulate(t, small)
	if again.err == nil {
		small, again = s, r // it doesn't fail each time
	}
	t.Errorf("seed %d: %v\n\nthe smallest schedule that fails: %v\n%s\n\ngo test ./core -run '^TestSimulation$' -v -args -schedule '%s'",
		seed, r.err, again.err, again.trace(), small)
	return r.took
}

// TestSimulationReplays requires that a seed replays its run exactly: each call at the same time, with the same bytes.
func TestSimulationReplays(t *testing.T) {
	for seed := uint64(1); seed <= 100; seed++ {
		s := newSchedule(seed)
		parsed, err := parseSchedule(s.String())
		if err != nil || parsed.String() != s.String() {
			t.Fatalf("%s parses as %s, error %v", s, parsed, err)
		}
		first, second := simulate(t, s), simulate(t, parsed)
		if a, b := first.trace(), second.trace(); a != b {
			t.Errorf("seed %d: two runs of %s:\n%s\n%s", seed, s, a, b)
		}
	}
}

// TestShrink requires that what a failure needs is kept, and nothing else.
func TestShrink(t *testing.T) {
	needs := func(s schedule) bool { // a sink that stalls for ever beside one that has a Finish
		stalls, finishes := false, false
		for _, k := range s.Sinks {
			stalls = stalls || k.Stall > 0 && len(k.Stops) > 0
			finishes = finishes || k.Finish != nil
		}
		return stalls && finishes && s.Size > 10
	}
	shrunk := 0
	for seed := uint64(1); shrunk < 3; seed++ {
		s := newSchedule(seed)
		if !needs(s) {
			continue
		}
		shrunk++
		small := shrink(s, needs, 10_000)
		if len(small.Sinks) > 2 || small.Size != 11 || small.From != 0 || small.Cancel != 0 || !needs(small) || len(small.String()) > 250 {
			t.Errorf("seed %d: %s", seed, small)
		}
	}
}

// simRegressions are schedules in which the engine has failed.
var simRegressions = map[string]string{
	"the memory at 8 EiB was taken for free, since its end has no int64": `{"seed":35,"from":9223372036854775806,"size":1,"piece":2,` +
		`"buffer":2,"sinks":[{}]}`,
	"a sink was given a part of an interval less to finish than its timeout": `{"seed":49,"size":0,"piece":1,"buffer":1,` +
		`"finish":"30s","sinks":[{"finish":{"takes":"9m45.701546521s"}}]}`,
}

func TestSimulationRegressions(t *testing.T) {
	for what, text := range simRegressions {
		s, err := parseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		r := simulate(t, s)
		if r.err != nil {
			t.Errorf("%s: %v\n%s", what, r.err, r.trace())
		}
	}
}

// TestSimulationHang requires that a run which does not end is told, and so is what it leaves behind.
func TestSimulationHang(t *testing.T) {
	s, err := parseSchedule(`{"seed":1,"size":3,"piece":3,"buffer":4,"sinks":[{"stops":[{"at":"0s"}]}]}`)
	if err != nil || s.valid() {
		t.Fatal(s, err)
	}
	r := simulate(t, s)
	if r.err == nil || !errors.Is(r.err, errHangs) {
		t.Error(r.err)
	}
}
