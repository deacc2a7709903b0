package main

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// isFull reports whether who writes to the pipe would block now: whether all its slots are taken, however little is in
// them. For the end that is read from, a description of the other one is opened for that moment. Where that is not
// allowed, for another user's pipe, only one that has taken slots for all its pages counts as full.
func (d descriptor) isFull() bool {
	if d != stdin {
		return d.poll(unix.POLLOUT, 0)&unix.POLLOUT == 0
	}
	w, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", d), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		held, err := unix.IoctlGetInt(int(d), unix.TIOCINQ)
		capacity, err2 := unix.FcntlInt(uintptr(d), unix.F_GETPIPE_SZ, 0)
		return err == nil && err2 == nil && held > capacity-unix.Getpagesize()
	}
	defer unix.Close(w)
	return descriptor(w).poll(unix.POLLOUT, 0)&unix.POLLOUT == 0
}

// errHoldsMore says that the pipe can't be made smaller now.
var errHoldsMore = errors.New("the pipe holds more")

// checkCapacity refuses what the system would round.
func checkCapacity(n int64) error {
	if page := int64(unix.Getpagesize()); n < page || n > 1<<30 || bits.OnesCount64(uint64(n)) != 1 {
		return fmt.Errorf("expected a power of two from %d to 1GiB", page)
	}
	return nil
}

// resize makes the pipe hold n bytes, or says why it can't.
func (d descriptor) resize(n int64) error {
	_, err := unix.FcntlInt(uintptr(d), unix.F_SETPIPE_SZ, int(n))
	switch {
	case errors.Is(err, unix.EBUSY):
		return errHoldsMore
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: more than /proc/sys/fs/pipe-max-size allows", err)
	case errors.Is(err, unix.EBADF) || errors.Is(err, unix.EINVAL):
		return errors.New("it is no pipe")
	}
	return err
}

// defaultCapacity is that of a new pipe, pipe(7).
const defaultCapacity = 16

// enlarge makes a pipe that has the default capacity hold n bytes if the system allows it.
func (d descriptor) enlarge(n int) {
	if got, err := unix.FcntlInt(uintptr(d), unix.F_GETPIPE_SZ, 0); err == nil && got == defaultCapacity*unix.Getpagesize() {
		unix.FcntlInt(uintptr(d), unix.F_SETPIPE_SZ, n)
	}
}

var nullDevice = sync.OnceValues(func() (*os.File, error) { return os.OpenFile(os.DevNull, os.O_WRONLY, 0) })

// discardNow takes at most n bytes from the pipe without looking at them, and doesn't wait for them: errWouldBlock.
// errors.ErrUnsupported: it can't.
func (d descriptor) discardNow(n int) (int, error) {
	null, err := nullDevice()
	if err != nil {
		return 0, errors.ErrUnsupported
	}
	taken, err := tryOnce(func() (int, error) {
		k, err := unix.Splice(int(d), nil, int(null.Fd()), nil, n, unix.SPLICE_F_NONBLOCK)
		return int(k), err
	})
	switch {
	case errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM):
		return 0, errors.ErrUnsupported
	case taken == 0 && err == nil:
		return 0, io.EOF
	}
	return taken, err
}

// readNowait is read(2) as if O_NONBLOCK were set, without setting it. Offset -1 means the current position. Pipes know it
// since Linux 6.5.
func (d descriptor) readNowait(p []byte) (int, error) {
	n, err := unix.Preadv2(int(d), [][]byte{p}, -1, unix.RWF_NOWAIT)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return 0, errors.ErrUnsupported
	}
	return n, err
}

func dup(from, to int) error { return unix.Dup3(from, to, 0) }
