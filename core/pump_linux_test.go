package core

import (
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// TestRounds requires that pieces which are worth it go round, and small ones don't, nor those before it is known what kind of pieces come.
func TestRounds(t *testing.T) {
	m := newManual(t, 3, Options{Buffer: DefaultBuffer})
	for i, step := range []struct{ n, shared int }{
		{100, 0},
		{piece - 1, 0},
		{piece, 0},
		{piece, piece},
		{piece, piece},
		{2 * piece, 2 * piece},
		{piece - 1, piece - 1}, // nobody knew
		{piece - 1, 0},
		{piece, 0},
		{piece, piece},
	} {
		if shared := m.next(step.n); shared != int64(step.shared) {
			t.Errorf("step %d: %d of %d bytes were not copied, want %d", i, shared, step.n, step.shared)
		}
	}
	if m.write(piece); !m.fill() {
		t.Error("a round is nothing")
	}
	m.settle()
	m.takeAll()
	if m.ready = true; m.fill() || m.ready {
		t.Error("found something where nothing is")
	}
	unix.Close(m.feed.w)
	m.feed.w = -1
	if m.ready = true; !m.fill() || m.reading || !m.hasRead() {
		t.Error("the end was not found")
	}
}

// hasRead reports whether it is told that nothing more is read.
func (m *manual) hasRead() bool {
	select {
	case <-m.readEnded:
		return true
	default:
		return false
	}
}

// TestNoRounds requires that nothing goes round where it must not, or can't.
func TestNoRounds(t *testing.T) {
	for name, spoil := range map[string]func(m *manual){
		"refused":      func(*manual) {},
		"unspliceable": func(m *manual) { m.all[1].unspliceable = true },
		"no pipes":     func(m *manual) { m.renounce() },
		"another kind": func(m *manual) { m.window.join() },
	} {
		t.Run("because="+name, func(t *testing.T) {
			m := newManual(t, 2, Options{Buffer: DefaultBuffer, NoZeroCopy: name == "refused"})
			spoil(m)
			for range 3 {
				if shared := m.next(piece); shared != 0 {
					t.Errorf("%d bytes were not copied", shared)
				}
			}
		})
	}
}

// TestCopiedOnce requires that what may not go round is copied once into a pipe, however many sinks there are.
func TestCopiedOnce(t *testing.T) {
	m := newManual(t, 3, Options{Buffer: DefaultBuffer, NoZeroCopy: true})
	count := calls(t, func(call sys.Call) (int64, error) { return call.N, nil })
	for range 5 {
		m.next(piece)
	}
	if count["write"] != 5 || count["pwritev2"] != 0 || count["tee"] != 10 {
		t.Errorf("5 pieces, with these calls: %v", count)
	}
}

// TestSpliceRefused requires that an output which refuses to have bytes spliced to it is asked once, and gets all that was on its way
// to it, whatever the kernel knows of writes that don't block.
func TestSpliceRefused(t *testing.T) {
	for _, old := range []string{"no", "yes", "and shared"} {
		t.Run("kernel=old-"+old, func(t *testing.T) {
			m := newManual(t, 2, Options{Buffer: DefaultBuffer})
			if old != "no" {
				t.Cleanup(sys.RefuseNowait(old == "and shared"))
			}
			m.next(piece)
			refused := 0
			calls(t, func(call sys.Call) (int64, error) {
				if call.Name == "splice" && call.To == m.outs[1].w {
					refused++
					return 0, unix.EINVAL
				}
				return call.N, nil
			})
			if shared := m.next(piece); shared != piece {
				t.Errorf("%d bytes went round", shared)
			}
			if old == "and shared" {
				m.write(piece) // only its own goroutine may block
				if m.settle(); len(m.sinks) != 1 || (<-m.all[1].back).turn != turnWrite {
					t.Errorf("%d sinks are left", len(m.sinks))
				}
				return
			}
			for range 3 {
				if shared := m.next(piece); shared != 0 {
					t.Errorf("%d bytes went round", shared)
				}
			}
			if refused != 1 {
				t.Errorf("asked %d times", refused)
			}
		})
	}
}

// TestPrivatePipeFails requires that a private pipe which takes nothing is no error of the output, and that no other is tried.
func TestPrivatePipeFails(t *testing.T) {
	defer sys.RefuseNowait(true)()
	m := newManual(t, 2, Options{Buffer: DefaultBuffer, NoZeroCopy: true})
	count := calls(t, func(call sys.Call) (int64, error) { return 0, unix.ENOMEM })
	m.write(10)
	m.settle()
	for i, c := range m.all {
		if b := <-c.back; b.turn != turnWrite || b.err != nil {
			t.Errorf("sink %d: %+v", i, b)
		}
	}
	if count["write"] != 1 || m.pipeSize != 0 {
		t.Errorf("calls %v; pipes of %d bytes will be used", count, m.pipeSize)
	}
}

// TestNothingTaken requires that an output which takes nothing, without an error, is failed, and not asked for ever.
func TestNothingTaken(t *testing.T) {
	m := newManual(t, 1, Options{Buffer: DefaultBuffer})
	calls(t, func(sys.Call) (int64, error) { return 0, nil })
	m.write(10)
	m.settle()
	if b := <-m.all[0].back; b.err != errAcceptsEmpty {
		t.Errorf("given back: %+v", b)
	}
}

// TestBulk requires that it is known of each read whether there may be more, and whether much came: of one that its memory was too
// small for nobody knows.
func TestBulk(t *testing.T) {
	m := newManual(t, 1, Options{Buffer: 4 * piece}) // in chunks of a piece each
	for i, step := range []struct {
		writes      int
		was         bool // bulk before
		bulk, ready bool
	}{
		{100, true, false, false},
		{piece, true, true, true}, // as much as fits behind the 100
		{0, true, false, false},
		{piece, false, false, true},
		{0, false, false, false},
		{piece - 200, true, false, false},
		{piece, false, false, true},
		{100, false, true, true},
	} {
		m.bulk = step.was
		if m.write(step.writes); !m.read() || m.bulk != step.bulk || m.ready != step.ready {
			t.Errorf("step %d: bulk %t, ready %t; want %t and %t", i, m.bulk, m.ready, step.bulk, step.ready)
		}
	}
	m.settle()
	if m.read() || m.ready {
		t.Error("found something where nothing is")
	}
}

// TestWiden requires that the source's pipe and an output's are enlarged when they are found full, the output's at once of use.
func TestWiden(t *testing.T) {
	m := newManual(t, 1, Options{Buffer: DefaultBuffer})
	size := sys.DefaultPipeSize()
	m.run.pipeSize = 4 * size
	m.in.widened, m.all[0].out.widened = false, false
	check := func(fed, source, out int) {
		t.Helper()
		m.write(fed)
		m.all[0].full = true
		m.settle() // up to the output
		m.all[0].full = false
		m.settle()
		inNow, _ := sys.PipeSize(m.feed.w)
		outNow, _ := sys.PipeSize(m.outs[0].w)
		holds, _ := sys.Unread(m.outs[0].w)
		if inNow != source || outNow != out || holds != int64(len(m.fed)) {
			t.Errorf("pipes of %d and %d bytes, want %d and %d; of %d bytes the output has %d", inNow, outNow, source, out, len(m.fed), holds)
		}
	}
	check(size-1, size, size)
	check(size, 4*size, 4*size)
}
