package core

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// newTestOutput is what serves f in a run that has done nothing yet.
func newTestOutput(t *testing.T, f *os.File, spec Sink, p *pump) *fileOutput {
	t.Helper()
	w, err := newWatcher(newWindow(DefaultBuffer))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.stop)
	out, err := newFileOutput(&sink{run: &run{watch: w, pump: p}, spec: spec, cur: &cursor{}}, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return out.(*fileOutput)
}

func testSocket(t *testing.T) (r, w *os.File) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	r = os.NewFile(uintptr(p[0]), "r")
	t.Cleanup(func() { r.Close() })
	return r, os.NewFile(uintptr(p[1]), "w")
}

// TestTry requires that as much is taken at once as there is room for, where the kernel allows it, and then EAGAIN.
func TestTry(t *testing.T) {
	const large = 3 * sys.PipeBuf
	for _, c := range []struct {
		name           string
		open           func(t *testing.T) (r, w *os.File)
		refuse, shared bool
		most           int
	}{
		{"pipe", OSPipe, false, false, large},
		{"pipe-old-kernel", OSPipe, true, false, large},
		{"pipe-old-kernel-shared", OSPipe, true, true, sys.PipeBuf},
		{"socketpair", testSocket, false, false, large},
	} {
		t.Run("kind="+c.name, func(t *testing.T) {
			if c.refuse {
				defer sys.RefuseNowait(c.shared)()
			}
			_, w := c.open(t)
			unix.SetNonblock(int(fileDescriptor(t, w)), false)
			o := newTestOutput(t, w, Sink{}, nil)
			defer o.release()
			n, err := o.try(make([]byte, large))
			if n != c.most || err != nil {
				t.Errorf("takes %d of %d bytes, error %v", n, large, err)
			}
			for !sys.IsAgain(err) { // a test that hangs here has met a call that blocks
				if n, err = o.try(make([]byte, large)); err != nil && !sys.IsAgain(err) {
					t.Fatalf("takes %d bytes, error %v", n, err)
				}
			}
		})
	}
}

// TestDevices requires that a device is given little at once, unless it is memory: then it takes everything, or refuses it.
func TestDevices(t *testing.T) {
	const large = 10 * maxDeviceWrite
	for _, c := range []struct {
		path  string
		given int64
		err   error
	}{
		{"/dev/null", large, nil},
		{"/dev/full", large, unix.ENOSPC},
		{"/dev/ptmx", maxDeviceWrite, nil}, // a new terminal's other side
	} {
		t.Run("device="+filepath.Base(c.path), func(t *testing.T) {
			f, err := os.OpenFile(c.path, os.O_RDWR|unix.O_NOCTTY, 0)
			if err != nil {
				t.Fatal(err)
			}
			given := int64(0)
			o := newTestOutput(t, f, Sink{}, nil)
			defer o.release()
			defer sys.Intercept(func(call sys.Call) (int64, error) {
				given = call.N
				return call.N, nil
			})()
			n, err := o.try(make([]byte, large))
			if given != c.given || int64(n) > given || err != c.err || err == nil && n == 0 {
				t.Errorf("takes %d of the %d bytes that it is given, error %v; want %d given", n, given, err, c.given)
			}
		})
	}
}

func fileDescriptor(t *testing.T, f *os.File) int {
	t.Helper()
	fd, err := sys.FD(f)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// TestOwnDescriptor0 requires that 0, of a process that has closed its standard input, is a descriptor like others.
func TestOwnDescriptor0(t *testing.T) {
	defer sys.RefuseNowait(false)()
	_, w := OSPipe(t)
	o := newTestOutput(t, w, Sink{}, nil)
	if saved, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3); err == nil { // otherwise it is closed already
		unix.Close(0)
		defer func() {
			unix.Dup3(saved, 0, 0)
			unix.Close(saved)
		}()
	}
	if n, err := o.try(make([]byte, 2*sys.PipeBuf)); n != 2*sys.PipeBuf || o.own != 0 {
		t.Errorf("takes %d bytes through descriptor %d, error %v", n, o.own, err)
	}
	o.release()
	if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err != unix.EBADF {
		t.Errorf("it is still open: %v", err)
	}
}

// TestWhoIsWatched requires that what can't lose a reader, or what others watch, doesn't cost the run a thread.
func TestWhoIsWatched(t *testing.T) {
	_, pipe := OSPipe(t)
	_, carried := OSPipe(t)
	_, unwatched := OSPipe(t)
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file *os.File
		spec Sink
		pump *pump
		want bool
	}{
		{"pipe", pipe, Sink{}, nil, true},
		{"device", null, Sink{}, &pump{}, true},
		{"pipe of the pump", carried, Sink{}, &pump{}, false},
		{"unwatched", unwatched, Sink{Unwatched: true}, nil, false},
		{"file", file, Sink{}, nil, false},
	} {
		o := newTestOutput(t, c.file, c.spec, c.pump)
		watch := o.sink.run.watch
		watch.mu.Lock()
		watched := watch.outputs[o.fd] != nil
		watch.mu.Unlock()
		if watched != c.want {
			t.Errorf("%s: watched: %t", c.name, watched)
		}
		o.release()
	}
}
