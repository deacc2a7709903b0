package core

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestWatcherTells requires that who has lost its reader is told and watched no longer, and that it isn't mistaken for who has got
// its descriptor since.
func TestWatcherTells(t *testing.T) {
	w := newWindow(DefaultBuffer)
	watch, err := newWatcher(w)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.stop()
	const fd = 7
	old, next := w.join(), w.join()
	watch.outputs[fd] = next
	watch.gone(fd, old)
	if old.gone || next.gone || watch.outputs[fd] != next {
		t.Errorf("old gone: %t, next gone: %t, watched: %v", old.gone, next.gone, watch.outputs)
	}
	watch.gone(fd, next)
	if fds, _ := watch.pollSet(); !next.gone || len(fds) != 1 {
		t.Errorf("gone: %t, polled: %v", next.gone, fds)
	}
}

// TestWakeClosed requires that an event which is closed leaves alone what has its descriptors now.
func TestWakeClosed(t *testing.T) {
	keepFiles(t)
	k, err := newWake()
	if err != nil {
		t.Fatal(err)
	}
	r, w := k.r, k.w
	k.close()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[0])
	defer unix.Close(p[1])
	if p != [2]int{r, w} {
		t.Fatalf("descriptors %d and %d, not %d and %d again", p[0], p[1], r, w)
	}
	k.set()
	if n, err := unix.Read(p[0], make([]byte, 1)); err != unix.EAGAIN {
		t.Errorf("%d bytes were written to somebody's pipe, error %v", n, err)
	}
	k.close()
	if _, err := unix.FcntlInt(uintptr(w), unix.F_GETFD, 0); err != nil {
		t.Errorf("somebody's descriptor was closed: %v", err)
	}
}
