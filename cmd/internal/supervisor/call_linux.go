//go:build linux && (amd64 || arm64)

package supervisor

import (
	"math"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/fault"
)

// call is a system call that waits for its answer.
type call struct {
	s      *supervisor
	worker *worker
	id     uint64
	thread int
	name   string
	args   [6]uint64
	quiet  bool // no SIGPIPE: MSG_NOSIGNAL
	looks  int  // how many times in a row SIGCHLD has waited
}

// answer is what becomes of a call.
type answer struct {
	value int64
	errno syscall.Errno
	pass  bool // the kernel makes the call, as if nobody had held it
}

var pass = answer{pass: true}

func failed(errno syscall.Errno) answer { return answer{errno: errno} }

// restart is the errno with which the kernel itself leaves a call that is to be made again when a signal has been handled, or to
// fail with EINTR if its handler was installed without SA_RESTART: ERESTARTSYS. No program sees it.
const restart = syscall.Errno(512)

// fatal ends the run, for it can't be exact: the caller gets no answer before it is killed.
func (c *call) fatal(err error) answer {
	c.s.fail(err)
	for c.alive() {
		c.pauseForever()
	}
	return failed(unix.EIO)
}

// fd returns an argument as a descriptor. The kernel looks at 32 bits of it.
func (c *call) fd(arg int) int { return int(int32(c.args[arg])) }

// description returns what the argument refers to, in use until release; nil: none that has faults.
func (c *call) description(arg int) *description { return c.s.table.find(c.thread, c.fd(arg)) }

// alive reports whether the caller still waits.
func (c *call) alive() bool { return c.s.listener.valid(c.id) }

// attention is how often a call that waits looks whether a signal has come for its caller, and whether that is still there:
// the kernel has no event for either.
const attention = 10 * time.Millisecond

// leave returns why a call that waits must not wait on: the caller is gone, or a signal has come for it. 0: it may.
func (c *call) leave() syscall.Errno {
	switch {
	case !c.alive():
		return unix.ESRCH // nobody gets it
	case interrupted(c.thread) || c.missesChild():
		return restart
	}
	return 0
}

// missesChild reports whether the end of a child waits to be told, and seems to wait for this thread, which then is sent the signal
// once more for itself. The kernel gives SIGCHLD to the thread that has started the child, and does not wake that while its call
// is held; nor does it tell another one.
func (c *call) missesChild() bool {
	st, err := readStatus(c.thread)
	if err != nil || st.shared&st.caught&^st.blocked&mask(unix.SIGCHLD) == 0 {
		c.looks = 0
		return false
	}
	const enough = 3 // another thread, whose it is, would have taken it
	if c.looks++; c.looks < enough {
		return false
	}
	c.signal(unix.SIGCHLD)
	return true
}

// pause waits for that time, unless the call must be left.
func (c *call) pause(d time.Duration) syscall.Errno {
	if d <= 0 {
		return 0
	}
	c.worker.depose()
	for end := time.Now().Add(d); ; {
		left := time.Until(end)
		if left <= 0 {
			return 0
		}
		time.Sleep(min(left, attention))
		if errno := c.leave(); errno != 0 {
			return errno
		}
	}
}

func (c *call) pauseForever() syscall.Errno { return c.pause(math.MaxInt64) }

// waitFile waits until the file exists.
func (c *call) waitFile(name string) syscall.Errno {
	for {
		if unix.Access(name, unix.F_OK) == nil {
			return 0
		}
		if errno := c.pause(attention); errno != 0 {
			return errno
		}
	}
}

// poll waits until fd is ready for the events, or has an error or hang-up.
func (c *call) poll(fd int, events int16) syscall.Errno {
	c.worker.depose()
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		n, err := unix.Poll(fds, int(attention/time.Millisecond))
		if n > 0 {
			return 0
		}
		if err != nil && err != unix.EINTR {
			return readErrno(err)
		}
		if errno := c.leave(); errno != 0 {
			return errno
		}
	}
}

// begin waits until no other transfer by op is under way on the description.
func (c *call) begin(d *description, op fault.Op) syscall.Errno {
	for !d.stream.TryBegin(op) {
		if errno := c.pause(attention / 10); errno != 0 {
			return errno
		}
	}
	return 0
}

// raise sends the caller the signal that the kernel sends with an errno.
func (c *call) raise(errno syscall.Errno) {
	switch {
	case errno == unix.EPIPE && !c.quiet:
		c.signal(unix.SIGPIPE)
	case errno == unix.EFBIG:
		c.signal(unix.SIGXFSZ)
	}
}

// signal sends the calling thread a signal.
func (c *call) signal(sig syscall.Signal) {
	if st, err := readStatus(c.thread); err == nil && c.alive() {
		unix.Tgkill(st.process, c.thread, sig)
	}
}

// kill sends the calling process a signal that a plan has, and waits until it has had an effect.
func (c *call) kill(name string) syscall.Errno {
	number, _ := fault.SignalNumber(name)
	sig := syscall.Signal(number)
	st, err := readStatus(c.thread)
	if err != nil || !c.alive() {
		return unix.ESRCH
	}
	if err := unix.Kill(st.process, sig); err != nil {
		return readErrno(err)
	}
	ignored := st.ignored&mask(sig) != 0 || harmless&^st.caught&mask(sig) != 0
	if ignored || st.blocked&mask(sig) != 0 {
		return 0
	}
	return c.pauseForever()
}
