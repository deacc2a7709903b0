//go:build unix

package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// markVariable is set in the environment of every command, and so of all that it starts, by which those are recognised
// whose parents have died. It holds one mark per enclosing Supervisor, joined by colons.
const markVariable = "YJOINT_COMMAND"

// Supervisor starts processes and waits for all children of this one. There must be no more than one, and nothing else
// in the program may wait for children.
type Supervisor struct {
	prefix string // of marks, unique among all supervisors

	mu       sync.Mutex // guards the fields below; held while a process is started, so that it is known before it is reaped
	children map[int]*Process
	started  []*Process
	over     bool          // KillAll was called: nothing is started any more
	reaped   chan struct{} // closed, and replaced, whenever a child was reaped
}

// Process is a command that was started.
type Process struct {
	sup    *Supervisor
	pid    int
	mark   string
	done   chan struct{} // closed when the fields below are set for good
	status Status
	ended  bool // guarded by sup.mu
}

// NewSupervisor begins to wait for children, also for orphans that become this process's children where the system can
// arrange that.
func NewSupervisor() *Supervisor {
	s := &Supervisor{
		prefix:   fmt.Sprintf("%d-%x-", os.Getpid(), time.Now().UnixNano()),
		children: map[int]*Process{}, reaped: make(chan struct{}),
	}
	adoptOrphans()
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	go func() {
		for range died {
			s.reap()
		}
	}()
	return s
}

// Start starts a command. It has default signals, except that INT and HUP stay ignored if they were when this program was
// started. (Whether others were ignored then can't be known: Go's runtime has replaced that.)
func (s *Supervisor) Start(spec Spec) (*Process, error) {
	path, err := look(spec.Argv[0])
	if err != nil {
		return nil, err
	}
	files := []uintptr{uintptr(spec.Stdin), uintptr(spec.Stdout), uintptr(spec.Stderr)}
	for _, fd := range spec.Keep {
		for len(files) <= fd {
			files = append(files, ^uintptr(0)) // not there
		}
		files[fd] = uintptr(fd)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil, errors.New("the run is over")
	}
	p := &Process{sup: s, mark: s.prefix + strconv.Itoa(len(s.started)), done: make(chan struct{})}
	attr := &syscall.ProcAttr{Env: markedEnvironment(p.mark), Files: files}
	if p.pid, err = syscall.ForkExec(path, spec.Argv, attr); err != nil {
		return nil, err
	}
	s.children[p.pid] = p
	s.started = append(s.started, p)
	return p, nil
}

// markedEnvironment is this process's environment with one more mark.
func markedEnvironment(mark string) []string {
	if outer := os.Getenv(markVariable); outer != "" {
		mark = outer + ":" + mark
	}
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, markVariable+"=") })
	return append(env, markVariable+"="+mark)
}

// reap waits for all children that are dead.
func (s *Supervisor) reap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	any := false
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			break
		}
		any = true
		if p := s.children[pid]; p != nil {
			delete(s.children, pid)
			p.status = Status{Exited: ws.Exited(), Code: ws.ExitStatus(), Signal: ws.Signal()}
			close(p.done)
		}
	}
	if any {
		close(s.reaped)
		s.reaped = make(chan struct{})
	}
}

// nextReaped is closed when another child has died.
func (s *Supervisor) nextReaped() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reaped
}

// KillAll sends KILL to all that was started and what that has started, at once, and waits for nothing. What is to be
// started later is not: it would be given the end of a stream that it has not seen.
func (s *Supervisor) KillAll() {
	s.mu.Lock()
	s.over = true
	started := slices.Clone(s.started)
	s.mu.Unlock()
	for _, p := range started {
		p.signalTree(unix.SIGKILL)
	}
}

// Done is closed when the process itself has ended. What it has started may go on.
func (p *Process) Done() <-chan struct{} { return p.done }

// Status is how the process ended. It must not be called before Done is closed.
func (p *Process) Status() Status { return p.status }

// Ended reports whether Stop or Terminate was called before the process ended.
func (p *Process) Ended() bool {
	p.sup.mu.Lock()
	defer p.sup.mu.Unlock()
	return p.ended
}

// Stop stops the process and all that it has started, until Terminate ends them. What happens in between, none of them
// acts upon: the end of a pipe that they share can be closed.
func (p *Process) Stop() {
	p.sup.mu.Lock()
	p.ended = p.ended || p.sup.children[p.pid] == p
	p.sup.mu.Unlock()
	p.signalTree(unix.SIGSTOP)
}

// Terminate ends the process and all that it has started, and returns when they are dead: TERM, and KILL for what is left
// after 5 s or when ctx is done. All of them are stopped before any gets its TERM, so that none takes the death of another for the end of its input.
// The error says that some could not be ended.
func (p *Process) Terminate(ctx context.Context) error {
	p.Stop()
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGCONT} {
		p.signalTree(sig)
	}
	term, cancel := context.WithTimeout(ctx, termPatience)
	defer cancel()
	if p.waitTree(term) == 0 {
		return nil
	}
	p.signalTree(unix.SIGKILL)
	kill, cancel := context.WithTimeout(context.Background(), killPatience)
	defer cancel()
	if n := p.waitTree(kill); n > 0 {
		return fmt.Errorf("%d of its processes could not be killed", n)
	}
	return nil
}

// waitTree waits until none of the tree lives, or ctx is done, and returns how many do. The last of them to die is, by
// then, a child of this process, since orphans are; so its death is an event.
func (p *Process) waitTree(ctx context.Context) int {
	for {
		changed := p.sup.nextReaped()
		left := len(p.tree())
		if left == 0 {
			p.sup.reap() // the dead may not have been waited for yet; after this, Status is known
			return 0
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return left
		}
	}
}

// signalTree sends sig to each process of the tree once, until no new ones are found: one may have started another
// before it got the signal.
func (p *Process) signalTree(sig unix.Signal) {
	sent := map[member]bool{}
	for range maxWalks {
		found := false
		for _, m := range p.tree() {
			if !sent[m] {
				sent[m], found = true, true
				m.signal(sig)
			}
		}
		if !found {
			return
		}
	}
}

// maxWalks bounds the search for processes that start new ones faster than they are found.
const maxWalks = 100
