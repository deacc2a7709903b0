//go:build linux && (amd64 || arm64)

package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
	"yjoint/core/fault"
)

// Run is a run that goes on, or is over.
type Run struct{ s *supervisor }

// Start starts the command. The error is an [*UnsupportedError], a [*StartError], or says what this process can't do.
func Start(o Options) (*Run, error) {
	s := &supervisor{ledger: o.Ledger, table: newTable(), trace: o.Trace, parked: -1,
		search: make(chan struct{}, 2), stopped: make(chan struct{})}
	var err error
	if s.span, err = reserve(); err != nil {
		return nil, err
	}
	if err := s.inherit(o.descriptors()); err != nil {
		s.table.closeAll()
		return nil, err
	}
	s.needs = s.need(o.Watch)
	s.root, _ = os.Readlink("/proc/self/root")
	if err := s.start(o); err != nil {
		s.table.closeAll()
		return nil, err
	}
	if err := unix.Pipe2(s.stop[:], unix.O_CLOEXEC); err != nil {
		s.process.End()
		return nil, os.NewSyscallError("pipe2", err)
	}
	s.lead()
	s.calls.Add(2)
	go s.watching()
	go s.searching()
	return &Run{s}, nil
}

// descriptors returns the command's descriptors: of which of this process's each is.
func (o Options) descriptors() map[int]int {
	all := map[int]int{}
	if o.Files == nil {
		for _, n := range guard.Inherited() {
			all[n] = n
		}
	}
	for n, fd := range o.Files {
		if fd >= 0 {
			all[n] = fd
		}
	}
	if o.Stderr != nil {
		all[2] = int(o.Stderr.Fd())
	}
	return all
}

// inherit makes descriptions of the command's descriptors that have faults.
func (s *supervisor) inherit(descriptors map[int]int) error {
	for _, e := range s.ledger.Entries() {
		fd, ok := e.Target.FD()
		if !ok {
			continue
		}
		here, ok := descriptors[fd]
		if !ok {
			return fmt.Errorf("%s: descriptor %d is not open: expected one of %v, which COMMAND inherits",
				e.Target, fd, slices.Sorted(maps.Keys(descriptors)))
		}
		own, err := unix.FcntlInt(uintptr(here), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return os.NewSyscallError("fcntl", err)
		}
		d, err := newDescription(own, e.Open(e.Target.String()))
		if err != nil {
			return err
		}
		s.warn(d)
		s.table.add(d)
		s.table.release(d)
	}
	return nil
}

// need returns what must be held.
func (s *supervisor) need(watch []int) needs {
	n := needs{watched: numbers{{0, 2}, s.span}}
	for _, e := range s.ledger.Entries() {
		fd, inherited := e.Target.FD()
		if inherited && !n.watched.has(fd) {
			n.watched = append(n.watched, span{fd, fd})
		}
		n.paths = n.paths || !inherited
		n.renames = n.renames || !inherited && e.Has(fault.Rename)
		n.reads = n.reads || e.Has(fault.ReadAt)
	}
	for _, fd := range watch {
		if !n.watched.has(fd) {
			n.watched = append(n.watched, span{fd, fd})
		}
	}
	return n
}

// order is what the child is told: JSON on the socket.
type order struct {
	Filter []unix.SockFilter
}

// start starts the child that becomes the command, and takes the listener from it.
func (s *supervisor) start(o Options) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	own, theirs := pair[0], os.NewFile(uintptr(pair[1]), "child")
	defer unix.Close(own)
	s.process, err = guard.Start(guard.Command{Path: "/proc/self/exe", Args: append([]string{childName, o.Path}, o.Args...),
		Env: o.Env, Files: o.Files, Stderr: o.Stderr, Extra: theirs, Sole: o.Sole})
	theirs.Close()
	if err != nil {
		return err
	}
	if err = canRead(s.process.PID()); err == nil {
		err = s.command(own, o.Path)
	}
	if err != nil {
		s.process.End()
		return err
	}
	s.listener.quicken()
	return nil
}

// canRead returns an error unless the memory of a process may be read: where it may not, no file's name would be seen, and no fault
// would be met.
func canRead(process int) error {
	const nowhere = 0 // never mapped: who may read gets EFAULT
	if _, errno := load(process, pieces{{nowhere, 1}}, 0, make([]byte, 1)); errno != unix.EFAULT {
		return &UnsupportedError{Reason: "process_vm_readv(2) is refused here", Err: errno,
			Remedy: "allow it in the sandbox or container, by --cap-add SYS_PTRACE for one; kernel.yama.ptrace_scope must be 0 or 1"}
	}
	return nil
}

// command has the child become the command.
func (s *supervisor) command(socket int, path string) error {
	text, err := json.Marshal(order{newFilter(s.needs)})
	if err == nil {
		_, err = unix.Write(socket, text)
	}
	if err != nil {
		return err
	}
	return s.accept(socket, path)
}

// report is what the child tells: the listener comes with the first that has no error.
type report struct {
	Step  string // at which it failed; "": not
	Errno syscall.Errno
}

// The steps of the child that can fail.
const (
	stepFilter = "filter"
	stepExec   = "exec"
)

// accept takes the listener, and sees the command begin: then the child's end of the socket is closed.
func (s *supervisor) accept(socket int, path string) error {
	r, fd, err := receiveReport(socket)
	if err == nil && r.Step == "" {
		s.listener = listener(fd)
		r, _, err = receiveReport(socket)
		if errors.Is(err, errClosed) {
			return nil
		}
		unix.Close(fd)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the command could not be prepared: %w", err)
	case r.Step == stepFilter:
		return unsupported(r.Errno)
	}
	return &StartError{path, r.Errno}
}

// unsupported says why the filter could not be installed.
func unsupported(errno syscall.Errno) error {
	e := &UnsupportedError{Err: errno, Reason: "system calls can't be held here"}
	switch errno {
	case unix.EBUSY:
		e.Reason, e.Remedy = "a supervisor with a listener is in place already", "run it outside of the other faultsink exec, or of the container that has one"
	case unix.EINVAL:
		e.Reason, e.Remedy = "the kernel is too old", "Linux 5.19 is needed"
	case unix.ENOSYS, unix.EPERM, unix.EACCES:
		e.Reason, e.Remedy = "seccomp(2) is refused here", "allow it in the sandbox or container"
	}
	return e
}

var errClosed = errors.New("the other end was closed")

func receiveReport(socket int) (r report, fd int, err error) {
	buf, oob := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
	var n, oobn int
	for {
		n, oobn, _, _, err = unix.Recvmsg(socket, buf, oob, unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return r, -1, os.NewSyscallError("recvmsg", err)
	}
	if n == 0 {
		return r, -1, errClosed
	}
	if err := json.Unmarshal(buf[:n], &r); err != nil || r.Step != "" {
		return r, -1, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return r, -1, errors.New("no listener was handed over")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return r, -1, errors.New("no listener was handed over")
	}
	return r, fds[0], nil
}

// Process returns the command.
func (r *Run) Process() *guard.Process { return r.s.process }

// Conclude returns what there is to note, and what made the run end before its time or inexact. It is called once, when the process is
// gone.
func (r *Run) Conclude() (notes []string, err error) {
	s := r.s
	<-s.process.Gone()
	close(s.stopped)
	unix.Close(s.stop[1])
	s.calls.Wait()
	unix.Close(s.stop[0])
	unix.Close(int(s.listener))
	if s.parked >= 0 {
		unix.Close(s.parked)
	}
	s.table.closeAll()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes), s.err
}
