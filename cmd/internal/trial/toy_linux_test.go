//go:build linux && (amd64 || arm64)

package trial

import (
	"os"
	"os/signal"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/supervisor"
	_ "yjoint/internal/sysmon"
)

func TestMain(m *testing.M) {
	supervisor.Main()
	Main()
	if len(os.Args) > 2 && os.Args[1] == toyWord {
		os.Exit(newToy(os.Args[2], os.Args[3:]).run())
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // the toys of a run under -race end at once
	os.Exit(m.Run())
}

// toyWord as the first argument makes the test binary a toy tee, with the bug that the second one names.
const toyWord = "toy"

// toy is a small tee that does everything right but for one bug.
type toy struct {
	bug     string
	outs    []int
	failed  bool
	residue []byte         // what is left of an output that failed in mid-chunk
	held    []byte         // what is not passed on yet
	count   uint32         // bytes that were read
	counted uint32         // the most that there were
	later   map[int][]byte // what an output had no room for: parts of the buffer that is read into
}

func newToy(bug string, paths []string) *toy {
	runtime.LockOSThread()
	signal.Ignore(unix.SIGPIPE)
	y := &toy{bug: bug, later: map[int][]byte{}}
	mode := unix.O_WRONLY
	if bug == "opens read-write" {
		mode = unix.O_RDWR
	}
	if y.failed = wasClosed(1); !y.failed {
		y.outs = append(y.outs, 1)
	}
	for _, p := range paths {
		fd, err := unix.Open(p, mode|unix.O_CREAT|unix.O_TRUNC, 0o600)
		if err != nil {
			y.failed = true
			continue
		}
		y.outs = append(y.outs, fd)
	}
	return y
}

// wasClosed reports whether a descriptor was closed at the start: the runtime opens the null device in its place.
func wasClosed(fd int) bool {
	name, _ := os.Readlink("/proc/self/fd/" + string(rune('0'+fd)))
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && name == os.DevNull && flags&unix.O_ACCMODE == unix.O_RDWR
}

func (y *toy) run() int {
	if wasClosed(0) {
		y.failed = y.bug != "ignores read errors"
	} else {
		y.copy()
	}
	y.pass(nil, true)
	for _, fd := range slices.Clone(y.outs) {
		if unix.Close(fd) != nil && y.bug != "ignores close errors" {
			y.failed = true
		}
	}
	if y.failed && y.bug != exitsZero {
		return 1
	}
	return 0
}

// copy passes on what it reads until the end, an error, or until there are no outputs.
func (y *toy) copy() {
	buf := make([]byte, 32<<10)
	for len(y.outs) > 0 {
		if y.bug != "takes EAGAIN for the end" && !y.await() {
			continue
		}
		n, err := unix.Read(0, buf)
		switch {
		case err == unix.EINTR, err == unix.EAGAIN && y.bug != "takes EAGAIN for the end":
		case err != nil:
			y.failed = y.failed || y.bug != "ignores read errors" && err != unix.EAGAIN
			return
		case n == 0:
			return
		default:
			y.pass(buf[:n], false)
		}
	}
}

// await waits for the source, and leaves outputs that nobody reads. It returns false if there is nothing to be read.
func (y *toy) await() bool {
	fds := []unix.PollFd{{Fd: 0, Events: unix.POLLIN}}
	for _, fd := range y.outs {
		if y.bug == "waits for its source only" {
			break
		}
		fds = append(fds, unix.PollFd{Fd: int32(fd)})
	}
	if _, err := unix.Poll(fds, -1); err != nil {
		return false
	}
	for _, p := range fds[1:] {
		if p.Revents&unix.POLLERR != 0 {
			y.drop(int(p.Fd))
		}
	}
	return fds[0].Revents != 0
}

func (y *toy) drop(fd int) {
	y.failed = true
	y.outs = slices.DeleteFunc(y.outs, func(o int) bool { return o == fd })
	unix.Close(fd)
	if y.bug == blocksOnOne && len(y.outs) > 0 {
		for {
			unix.Poll(nil, -1) // for good: the runtime's own signals (SIGURG, for preemption) end a single one with EINTR
		}
	}
}

// pass gives all outputs what was read.
func (y *toy) pass(p []byte, end bool) {
	y.count += uint32(len(p))
	if y.bug == "counts in 32 bits" && y.count < y.counted {
		return // it was passed on already
	}
	y.counted = max(y.counted, y.count)
	if y.bug == "fills its buffer first" {
		y.held = append(y.held, p...)
		if len(y.held) < 32<<10 && !end {
			return
		}
		p, y.held = y.held, nil
	}
	for _, fd := range slices.Clone(y.outs) {
		if late := y.later[fd]; len(late) > 0 {
			delete(y.later, fd)
			y.awaitRoom(fd)
			y.put(fd, late)
		}
		if y.bug == "leaves residue" && len(y.residue) > 0 {
			rest := y.residue
			y.residue = nil
			y.put(fd, rest)
		}
		y.put(fd, p)
	}
	y.residue = nil
}

// put writes all of p to an output.
func (y *toy) put(fd int, p []byte) {
	for begun := false; len(p) > 0; {
		n, err := unix.Write(fd, p)
		switch {
		case err == unix.EINTR && y.bug != "drops an output on EINTR":
		case err == unix.EAGAIN && y.bug == "drops the chunk on EAGAIN":
			return
		case err == unix.EAGAIN && y.bug == "reuses a buffer too early" && y.later[fd] == nil:
			y.later[fd] = p
			return
		case err == unix.EAGAIN:
			y.awaitRoom(fd)
		case err != nil:
			if begun {
				y.residue = slices.Clone(p)
			}
			y.drop(fd)
			return
		case n < len(p) && y.bug == "retries a short write from the start":
			begun = true
		default:
			p, begun = p[n:], true
		}
	}
}

// awaitRoom waits until a write won't say EAGAIN.
func (y *toy) awaitRoom(fd int) {
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		unix.Poll(fds, -1)
		if fds[0].Revents&unix.POLLOUT != 0 || fds[0].Revents != 0 && y.bug != "spins on POLLERR" {
			return
		}
	}
}
