package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a command that runs, or has ended.
type Process struct {
	control  *os.File // SOCK_SEQPACKET, to the guardian
	guardian int      // its process
	pid      int
	started  chan error // one value; closed

	exited chan struct{} // closed when the command has ended, or nobody can tell any more
	status syscall.WaitStatus
	gone   chan struct{} // closed when the guardian and all that it guarded have ended
	killed error         // set before gone is closed: the guardian was killed
	ending sync.Once
	sole   bool
}

// message is what guardian and starter tell each other, as JSON.
type message struct {
	Started int           `json:"started,omitempty"` // the command's process
	Errno   syscall.Errno `json:"errno,omitempty"`   // why it could not be started
	Exited  *uint32       `json:"exited,omitempty"`  // its wait status
	Signal  int           `json:"signal,omitempty"`  // to be passed on
	End     bool          `json:"end,omitempty"`     // kill what is left
}

// guardianName is what the guardian finds as its own name.
const guardianName = "faultsink:guard"

// Start starts the command. The error unwraps to the errno of execve(2) if that failed.
func Start(c Command) (*Process, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	if c.Sole {
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) // fails before Linux 3.4 only
	}
	own, theirs := os.NewFile(uintptr(pair[0]), "guardian"), os.NewFile(uintptr(pair[1]), "starter")
	defer theirs.Close()
	files := inherited()
	if c.Files != nil {
		files = chosen(c.Files)
	}
	if c.Stderr != nil {
		files[2] = c.Stderr.Fd()
	}
	control := max(len(files), firstExtra)
	files = grow(files, control, theirs.Fd())
	extra := -1
	if c.Extra != nil {
		extra = control + 1
		files = grow(files, extra, c.Extra.Fd())
	}
	env := c.Env
	if env == nil {
		env = os.Environ()
	}
	args := append([]string{guardianName, strconv.Itoa(control), strconv.Itoa(extra), c.Path}, c.Args...)
	// A program that is asked to be its own parent's helper isn't looked for: it is this one, even where it was replaced.
	guardian, _, err := syscall.StartProcess("/proc/self/exe", args, &syscall.ProcAttr{Env: env, Files: files})
	if err != nil {
		own.Close()
		return nil, fmt.Errorf("/proc/self/exe: %w", err)
	}
	p := &Process{control: own, guardian: guardian, started: make(chan error, 1), sole: c.Sole,
		exited: make(chan struct{}), gone: make(chan struct{})}
	go p.listen()
	if err := <-p.started; err != nil {
		<-p.gone
		return nil, err
	}
	return p, nil
}

// firstExtra is where files are put that the command didn't inherit: above those that shells use.
const firstExtra = 100

// none is the place of a descriptor that stays closed.
const none = ^uintptr(0)

// inherited returns the descriptors that a program started by this one would get, each at its number.
func inherited() []uintptr {
	files := []uintptr{none, none, none}
	for _, n := range numbers() {
		flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			files = grow(files, n, uintptr(n))
		}
	}
	return files
}

// chosen returns these descriptors, each at its place.
func chosen(fds []int) []uintptr {
	files := []uintptr{none, none, none}
	for n, fd := range fds {
		if fd >= 0 {
			files = grow(files, n, uintptr(fd))
		}
	}
	return files
}

func grow(files []uintptr, at int, fd uintptr) []uintptr {
	for len(files) <= at {
		files = append(files, none)
	}
	files[at] = fd
	return files
}

// Inherited returns the numbers of the descriptors that a program started by this one would get.
func Inherited() (all []int) {
	for n, fd := range inherited() {
		if fd != none {
			all = append(all, n)
		}
	}
	return all
}

// numbers returns the descriptors of this process that are open.
func numbers() (all []int) {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// listen takes what the guardian tells, until it is gone.
func (p *Process) listen() {
	err := p.messages()
	var ws syscall.WaitStatus
	for {
		if _, e := syscall.Wait4(p.guardian, &ws, 0, nil); !errors.Is(e, syscall.EINTR) {
			break
		}
	}
	if err == nil && !isClosed(p.exited) {
		err = fmt.Errorf("the guardian of the command was killed (%s)", describe(ws))
	}
	if err != nil && p.sole {
		endChildren()
	}
	p.killed = err
	p.control.Close()
	select {
	case p.started <- err:
	default:
	}
	if !isClosed(p.exited) {
		close(p.exited)
	}
	close(p.gone)
}

// endChildren kills all descendants of this process, until there are none.
func endChildren() {
	for {
		for _, pid := range descendants(os.Getpid()) {
			unix.Kill(pid, unix.SIGKILL)
		}
		var ws syscall.WaitStatus
		if _, err := syscall.Wait4(-1, &ws, 0, nil); errors.Is(err, syscall.ECHILD) {
			return
		}
	}
}

// messages returns an error if the command could not be started.
func (p *Process) messages() error {
	buf := make([]byte, 4096)
	for {
		n, err := p.control.Read(buf)
		if errors.Is(err, unix.ECONNRESET) {
			continue // it has ended without reading all; what it has sent is still to come
		}
		if n == 0 || err != nil {
			return nil // the end
		}
		var m message
		if err := json.Unmarshal(buf[:n], &m); err != nil {
			return err
		}
		switch {
		case m.Errno != 0:
			return m.Errno
		case m.Started > 0:
			p.pid = m.Started
			p.started <- nil
		case m.Exited != nil:
			p.status = syscall.WaitStatus(*m.Exited)
			close(p.exited)
		}
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func describe(ws syscall.WaitStatus) string {
	if ws.Signaled() {
		return unix.SignalName(ws.Signal())
	}
	return fmt.Sprintf("status %d", ws.ExitStatus())
}

// PID returns the number of the command's process.
func (p *Process) PID() int { return p.pid }

// Exited is closed when the command has ended; what it started may live on.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Gone is closed when the command and all that it has started have ended.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Status returns how the command ended, once Exited is closed. The error says that the guardian was killed, so that nobody
// can tell.
func (p *Process) Status() (syscall.WaitStatus, error) {
	<-p.exited
	if isClosed(p.gone) && p.killed != nil {
		return 0, p.killed
	}
	return p.status, nil
}

// Signal passes sig on to the command, unless the guardian got the same: then it was sent to all of the process group, as a
// terminal does, and the command has it already.
func (p *Process) Signal(sig syscall.Signal) { p.tell(message{Signal: int(sig)}) }

// End kills the command and all that it has started, and waits until they are gone.
func (p *Process) End() {
	p.ending.Do(func() { p.tell(message{End: true}) })
	<-p.gone
}

func (p *Process) tell(m message) {
	text, err := json.Marshal(m)
	if err == nil {
		_, err = p.control.Write(text)
	}
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return // it is gone, and so is what it would have been told about
	}
}

// Tree returns the processes that the guardian guards, the command included.
func (p *Process) Tree() []int { return descendants(p.guardian) }

// QuickTree returns those of them that are found in a time that depends on their number alone: usually all, see quickDescendants.
func (p *Process) QuickTree() []int { return quickDescendants(p.guardian) }
