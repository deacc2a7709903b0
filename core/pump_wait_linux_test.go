package core

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// TestPrepare requires that a pump which can't sleep is no pump, and leaves nothing behind.
func TestPrepare(t *testing.T) {
	for _, c := range []struct {
		name string
		fits int // descriptors; -1: as many as are wanted
	}{
		{"no wake", 1}, {"no poller", 2}, {"no watch", -1},
	} {
		t.Run("because="+c.name, func(t *testing.T) {
			keepFiles(t)
			before := descriptors(t)
			want := unix.EMFILE
			var undo func()
			if c.fits < 0 {
				want = unix.ENOSPC
				undo = sys.RefuseWatch(want)
			} else {
				undo = limitDescriptors(t, c.fits)
			}
			p := &pump{window: newWindow(DefaultBuffer)}
			err := p.prepare()
			undo()
			if err != want || p.window.bell.wake != nil {
				t.Errorf("error %v, wake %v", err, p.window.bell.wake)
			}
			if left := more(t, before); left != 0 {
				t.Errorf("%d descriptors are left", left)
			}
		})
	}
}

// TestSourceIsWatched requires that the pump hears of what comes from the source while it wants to, and not when reading has ended:
// the source may be closed then.
func TestSourceIsWatched(t *testing.T) {
	m := newManual(t, 1, Options{Buffer: DefaultBuffer})
	m.write(10)
	m.ready = false
	if m.sleep(); !m.ready || !m.watched {
		t.Error("not heard")
	}
	m.settle()
	m.takeAll()
	m.window.listen()
	m.run.window.bell.wake.set() // as if it were rung
	if m.sleep(); m.ready || !m.watched {
		t.Error("heard of something that is not there")
	}
	m.watchSource(false)
	m.write(10)
	m.ready = false
	if m.sleep(); !m.ready {
		t.Error("not heard once it was watched again")
	}
	m.endReading()
	if err := m.poller.Add(m.in.fd, sys.Input); err != nil {
		t.Errorf("still watched at the end: %v", err)
	}
}

// TestSourceIsNotWatched requires, where the kernel refuses to watch the source, that it is asked again and again.
func TestSourceIsNotWatched(t *testing.T) {
	m := newManual(t, 1, Options{Buffer: DefaultBuffer})
	defer sys.RefuseWatch(unix.ENOSPC)()
	for range 3 {
		if m.move() {
			t.Error("found something")
		}
		m.window.listen()
		if m.sleep(); !m.ready { // which ends
			t.Error("not asked")
		}
	}
	m.write(10)
	m.settle()
	m.takeAll()
}

// TestGoneSinkIsDismissed requires that a sink whose reader has left while it was idle is given back once, and not looked at any more.
func TestGoneSinkIsDismissed(t *testing.T) {
	m := newManual(t, 2, Options{Buffer: DefaultBuffer})
	m.next(10)
	unix.Close(m.outs[0].r)
	m.outs[0].r = -1
	m.window.listen()
	m.sleep()
	if len(m.sinks) != 1 || (<-m.all[0].back).turn != turnGone {
		t.Errorf("%d sinks", len(m.sinks))
	}
}

// TestHalt requires that a run which is halted gives everything back at once, and gives nobody anything more.
func TestHalt(t *testing.T) {
	m := newManual(t, 2, Options{Buffer: DefaultBuffer})
	m.clog()
	m.run.isHalted.Store(true)
	m.take(1, 1<<20)
	if m.admit(); len(m.sinks) != 0 || m.reading || !m.hasRead() || m.window.ended() {
		t.Errorf("%d sinks are left, reading: %t", len(m.sinks), m.reading)
	}
	for i, c := range m.all {
		if b := <-c.back; b.turn != turnHalt || b.err != nil {
			t.Errorf("sink %d: %+v", i, b)
		}
	}
	if left, _ := sys.Unread(m.outs[1].w); left != 0 {
		t.Errorf("%d bytes were written afterwards", left)
	}
}

func TestSooner(t *testing.T) {
	for _, c := range []struct{ timeout, other, want time.Duration }{{-1, 5, 5}, {0, 5, 0}, {4, 5, 4}, {5, 5, 5}, {6, 5, 5}, {-1, 0, 0}} {
		if got := sooner(c.timeout, c.other); got != c.want {
			t.Errorf("of %d and %d: %d, want %d", c.timeout, c.other, got, c.want)
		}
	}
}

// limitDescriptors lets the process have so many more descriptors, until undo is called.
func limitDescriptors(t *testing.T, more int) (undo func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	last := 0 // the number behind those that are free
	var free []int
	for range more + 1 {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		free, last = append(free, fd), fd
	}
	for _, fd := range free {
		unix.Close(fd)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(last), Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	return func() { unix.Setrlimit(unix.RLIMIT_NOFILE, &old) }
}

// TestBellIsHeardOnce requires that the pump, once woken, can sleep again.
func TestBellIsHeardOnce(t *testing.T) {
	m := newManual(t, 1, Options{Buffer: DefaultBuffer})
	w := m.window
	w.listen()
	if !w.mayRest() {
		t.Fatal("may not rest")
	}
	w.nudge()
	if !sys.Ready(w.bell.wake.fd(), unix.POLLIN) {
		t.Error("not woken")
	}
	w.rise()
	w.listen()
	if !w.mayRest() || sys.Ready(w.bell.wake.fd(), unix.POLLIN) {
		t.Error("still woken")
	}
}
