package core_test

import (
	"flag"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

var sweepAll = flag.Bool("sweep", false, "TestSweepCalls sweeps all places and errnos, TestSweepShort longer writes")

// sweepKinds are the kinds of runs that are swept. Their streams are more than a pipe and the window hold.
func sweepKinds() (all []sweepKind) {
	for _, portable := range []bool{false, true} {
		if portable && testing.Short() {
			continue // the tests of the portable path have it
		}
		for _, kind := range []string{"memory", "pipe", "pipe-old-kernel", "pipe-old-kernel-shared", "socket", "file"} {
			for _, source := range []string{"pipe", "pieces"} {
				k := sweepKind{kind, source, core.Options{Buffer: 64 << 10, Portable: portable}, 150_001}
				switch kind {
				case "pipe", "pipe-old-kernel": // with chunks that are worth rounds and lifts
					k.opts.Buffer, k.size = 256<<10, 400_001
				case "pipe-old-kernel-shared": // it takes a page at a time
					k.opts.Buffer, k.size = 32<<10, 40_001
				}
				all = append(all, k)
			}
		}
	}
	if pathWanted() == core.PathLinux { // elsewhere it is as any source
		all = append(all, sweepKind{"pipe", "file", core.Options{Buffer: 256 << 10}, len(sweepData())}) // of which a part is mapped
	}
	return all
}

// sweepFaults are the faults of the sinks in a run of that kind, without the number of their call.
func sweepFaults(k sweepKind) (all []sweepFault) {
	places, fatal := []int{1}, sweepFatal[:2]
	switch {
	case *sweepAll:
		places, fatal = []int{0, 1, 2}, sweepFatal
	case testing.Short():
		fatal = sweepFatal[:1]
	}
	for _, place := range places {
		write := func(errno unix.Errno, short int64, persists bool) {
			all = append(all, sweepFault{sink: place, op: core.OpWrite, errno: errno, short: short, persists: persists})
		}
		for _, errno := range fatal {
			for _, op := range []core.Operation{core.OpOpen, core.OpSync, core.OpClose} {
				all = append(all, sweepFault{sink: place, op: op, errno: errno})
			}
			write(errno, 0, false)
			write(errno, 0, true)
		}
		for _, n := range []int64{1, 4095, 4096, 4097, 65535} {
			write(0, n, false)
		}
		if k.kind == "memory" {
			continue // any error of a plain writer is one
		}
		for _, errno := range sweepPassing {
			write(errno, 0, false)
		}
		for _, errno := range sweepRefused {
			write(errno, 0, false)
			write(errno, 0, true)
		}
	}
	return all
}

// engineFaults are those of what the engine does to be faster: whatever comes of it, nobody is to notice.
func engineFaults() (all []sweepFault) {
	for _, errno := range []unix.Errno{unix.EINTR, unix.EAGAIN, unix.EINVAL, unix.ENOSYS, unix.EPERM, unix.ENOMEM} {
		all = append(all, sweepFault{sink: engine, op: core.OpWrite, errno: errno})
		if errno != unix.EINTR && errno != unix.EAGAIN {
			all = append(all, sweepFault{sink: engine, op: core.OpWrite, errno: errno, persists: true})
		}
	}
	for _, n := range []int64{1, 4095, 4096, 4097} {
		all = append(all, sweepFault{sink: engine, op: core.OpWrite, short: n})
	}
	return all
}

// sweep puts the fault at each call in turn, until a run goes by without it. It returns how many calls had it.
func (k sweepKind) sweep(t *testing.T, f sweepFault) (points int) {
	dir := t.TempDir()
	for f.call = 1; !t.Failed(); f.call++ {
		r := newSweepRun(t, k, dir, f)
		if r.run(); !r.faults[0].fired {
			if r.goesRound() && r.share == 0 {
				t.Error("no bytes went round: it is not what is to be swept")
			}
			return points
		}
		points++
	}
	return points
}

// TestSweepCalls lets every operation of every sink fail in turn, and every call by which the engine spares copies, on each path:
// open, each write, fsync and close; by errnos of each class, once and persistently, and by short writes; until a run completes
// without the fault having fired. The long form:
//
//	go test ./core -run '^TestSweep(Calls|Short)$' -v -args -sweep
func TestSweepCalls(t *testing.T) {
	all := 0
	for _, k := range sweepKinds() {
		t.Run(k.String(), func(t *testing.T) {
			undo := func() {}
			switch k.kind {
			case "pipe-old-kernel":
				undo = sys.RefuseNowait(false)
			case "pipe-old-kernel-shared":
				undo = sys.RefuseNowait(true)
			}
			defer undo()
			before, points := coretest.Held(), 0
			faults := sweepFaults(k)
			if k.kind != "memory" && !k.opts.Portable {
				faults = append(faults, engineFaults()...)
			}
			for _, f := range faults {
				points += k.sweep(t, f)
			}
			checkReleased(t, before)
			t.Logf("%d fault points", points)
			all += points
		})
	}
	t.Logf("%d fault points", all)
}

// TestSweepShort has each write of every sink take every number of bytes that is less than it was given.
func TestSweepShort(t *testing.T) {
	all := 0
	for _, k := range sweepKinds() {
		if k.source == "pipe" {
			continue
		}
		if k.size = 30; *sweepAll {
			k.size = 100
		}
		t.Run(k.String(), func(t *testing.T) {
			for short := int64(1); ; short++ {
				points := k.sweep(t, sweepFault{sink: 1, op: core.OpWrite, short: short})
				if points == 0 {
					break
				}
				all += points
			}
		})
	}
	t.Logf("%d fault points", all)
}
