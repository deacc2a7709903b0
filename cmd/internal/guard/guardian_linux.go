package guard

import (
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Main does not return in a process that was started as a guardian. A program calls it before all else.
func Main() {
	if os.Args[0] == guardianName {
		runtime.LockOSThread() // the command dies with its parent's thread, PR_SET_PDEATHSIG
		os.Exit(guardianMain(os.Args[1:]))
	}
}

// guardian is the state of that process.
type guardian struct {
	control int

	mu      sync.Mutex                   // guards the fields below
	command int                          // its process; 0 once it was waited for
	arrived map[syscall.Signal]time.Time // the last of each that pass has not seen
	news    *sync.Cond                   // a signal has arrived
	probes  int                          // how many probe signals have arrived
	ending  bool
}

func guardianMain(args []string) int {
	control, _ := strconv.Atoi(args[0])
	extra, _ := strconv.Atoi(args[1])
	g := &guardian{control: control, arrived: map[syscall.Signal]time.Time{}}
	g.news = sync.NewCond(&g.mu)
	unix.CloseOnExec(control)
	// Fails before Linux 3.4 only, which can't do what the callers need either.
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	g.catch()
	if err := g.start(args[2], args[3:], extra); err != nil {
		g.tell(message{Errno: err.(syscall.Errno)})
		return 1
	}
	g.release()
	go g.obey()
	g.reap()
	return 0
}

// terminalSignals are those that a terminal, or who ends a whole group, sends to all of it.
var terminalSignals = []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2}

// catch lets signals arrive without an effect here; those that were ignored at the start stay so, for the command too.
func (g *guardian) catch() {
	signals := make(chan os.Signal, 64)
	for _, sig := range append(slices.Clone(terminalSignals), probe) {
		if !signal.Ignored(sig) {
			signal.Notify(signals, sig)
		}
	}
	go func() {
		for sig := range signals {
			g.mu.Lock()
			if sig == probe {
				g.probes++
			}
			g.arrived[sig.(syscall.Signal)] = time.Now()
			g.news.Broadcast()
			g.mu.Unlock()
		}
	}()
}

// start starts the command with what this process has inherited.
func (g *guardian) start(path string, args []string, extra int) error {
	env := os.Environ()
	if extra >= 0 {
		env = append(env, ExtraVariable+"="+strconv.Itoa(extra))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	pid, _, err := syscall.StartProcess(path, args, &syscall.ProcAttr{Env: env, Files: inherited(),
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}})
	if err != nil {
		return err
	}
	g.command = pid
	g.tell(message{Started: pid})
	return nil
}

// release gives up the command's files, whose readers would see no end otherwise.
func (g *guardian) release() {
	for n, fd := range inherited() {
		if fd != none && n > 2 {
			unix.Close(n)
		}
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	for n := range 3 {
		unix.Dup3(null, n, 0)
	}
	unix.Close(null)
}

func (g *guardian) tell(m message) {
	text, err := json.Marshal(m)
	if err == nil {
		unix.SendmsgN(g.control, text, nil, nil, unix.MSG_NOSIGNAL) // fails if the starter is gone, which obey sees
	}
}

// obey does what it is told, until the starter is gone: then all must end.
func (g *guardian) obey() {
	buf := make([]byte, 4096)
	for {
		n, err := unix.Read(g.control, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case n <= 0:
			g.end()
			return
		}
		var m message
		if json.Unmarshal(buf[:n], &m) != nil {
			continue
		}
		if m.End {
			g.end()
		}
		if m.Signal > 0 {
			go g.pass(syscall.Signal(m.Signal))
		}
	}
}

// A signal to the whole group arrives here, and at the starter, within a moment. But either may come to know of it later on
// a busy machine: an arrival is waited for as long as that, and until a signal that is sent afterwards has come; it is
// remembered for longer.
const (
	together   = 100 * time.Millisecond
	remembered = 100 * together
)

// probe is the signal that is sent afterwards: it means nothing to whom it concerns not, and its number is higher than those of
// the others, so that the kernel delivers it after them.
const probe = unix.SIGWINCH

// pass sends the signal on to the command, unless it arrives here too.
func (g *guardian) pass(sig syscall.Signal) {
	late := false
	timer := time.AfterFunc(together, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.catchUp()
		late = true
		g.news.Broadcast()
	})
	defer timer.Stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for time.Since(g.arrived[sig]) > remembered && !late {
		g.news.Wait()
	}
	switch {
	case time.Since(g.arrived[sig]) <= remembered:
		delete(g.arrived, sig)
	case g.command > 0:
		unix.Kill(g.command, sig)
	}
}

// catchUp waits until it is known here which signals have come. mu is held.
func (g *guardian) catchUp() {
	if signal.Ignored(probe) {
		return
	}
	before := g.probes
	unix.Kill(os.Getpid(), probe)
	for g.probes == before {
		g.news.Wait()
	}
}

// reap waits for all processes of the tree, and returns when there are none.
func (g *guardian) reap() {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return // ECHILD
		}
		g.mu.Lock() // no signal is sent to a number that is another's by now
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
		if err == nil && pid > 0 && pid == g.command {
			g.command = 0
			status := uint32(ws)
			g.tell(message{Exited: &status})
		}
		g.mu.Unlock()
	}
}

// end kills the tree, again and again while it is still growing; reap sees when none is left.
func (g *guardian) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ending {
		return
	}
	g.ending = true
	go func() {
		for pause := time.Millisecond; ; pause = min(2*pause, time.Second) {
			for _, pid := range descendants(os.Getpid()) {
				unix.Kill(pid, unix.SIGKILL)
			}
			time.Sleep(pause)
		}
	}()
}
