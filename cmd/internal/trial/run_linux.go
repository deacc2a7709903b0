//go:build linux && (amd64 || arm64)

package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
	"yjoint/cmd/internal/ledger"
	"yjoint/cmd/internal/supervisor"
	"yjoint/core/fault"
)

// run is a run that goes on. One goroutine is the watchdog, each reader and the source have one.
type run struct {
	c       Case
	t       Template
	folder  string // of this run alone
	self    string // this program
	patient time.Duration
	limit   time.Duration

	readers []*reader // nil for outputs that are no pipes
	paths   []string  // of outputs that are files; ""
	source  *source
	files   []int // the tool's descriptors, as this process's numbers; closed once it has them

	recorder *recorder

	ledger  *ledger.Ledger
	process *guard.Process
	exited  chan struct{} // closed when the tool has ended
	gone    chan struct{} // closed when nobody has its descriptors any more
	gaveUp  chan struct{} // closed when what is waited for won't come

	moves atomic.Int64 // steps and calls that were made
	fired atomic.Int64
	void  atomic.Bool // see Observation

	mu       sync.Mutex // guards the fields below
	events   map[string]chan struct{}
	unmet    string // the first step that could not be made
	held     string
	nonblock int // a copy of the tool's standard output; -1: none
	said     []byte
}

// Run carries out the case for a tool. It returns an error if it can't tell what came of it.
func (r *Runner) Run(ctx context.Context, t Template, c Case) (Observation, error) {
	folder, err := os.MkdirTemp(r.Folder, "cell")
	if err != nil {
		return Observation{}, err
	}
	defer os.RemoveAll(folder)
	x := &run{c: c, t: t, folder: folder, patient: r.patience(), limit: r.limit(c.Size), nonblock: -1, events: map[string]chan struct{}{},
		exited: make(chan struct{}), gone: make(chan struct{}), gaveUp: make(chan struct{})}
	x.recorder = newRecorder(names(t))
	if x.self, err = os.Executable(); err != nil {
		return Observation{}, err
	}
	defer x.release()
	if err := x.prepare(); err != nil {
		return Observation{}, err
	}
	return x.perform(ctx)
}

// perform starts the tool and the actors, and waits for all of them.
func (x *run) perform(ctx context.Context) (o Observation, err error) {
	conclude, err := x.start()
	if err != nil {
		return o, err
	}
	x.closeFiles()
	var actors sync.WaitGroup
	for _, r := range x.readers {
		if r != nil {
			actors.Go(r.perform)
		}
	}
	actors.Go(x.source.perform)
	stuck, where, trouble := x.watch(ctx)
	x.shutNonblock()
	_, err = conclude()
	close(x.gone)
	actors.Wait()
	if err = errors.Join(trouble, err); err != nil {
		return o, err
	}
	return x.observe(stuck, where)
}

// starting is held, shared, while a process is started, and by whoever closes the end that a reader has: until it has become another
// program, a new process has all that this one has open, and a pipe whose reader is there still does not break.
var starting sync.RWMutex

// start starts the tool. conclude waits until all that it has started is gone.
func (x *run) start() (conclude func() ([]string, error), err error) {
	starting.RLock()
	defer starting.RUnlock()
	words := x.words()
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "LC_ALL=C")
	specs, err := x.specs()
	if err != nil {
		return nil, err
	}
	x.ledger = ledger.New(specs)
	if len(specs) > 0 {
		run, err := supervisor.Start(supervisor.Options{Path: path, Args: words, Env: env, Files: x.files, Ledger: x.ledger,
			Trace: x.written})
		if err != nil {
			return nil, err
		}
		x.process = run.Process()
		return run.Conclude, nil
	}
	if x.process, err = guard.Start(guard.Command{Path: path, Args: words, Env: env, Files: x.files}); err != nil {
		return nil, err
	}
	return func() ([]string, error) { <-x.process.Gone(); return nil, nil }, nil
}

// words returns the command that is run: the tool's, or a shell that becomes it, where it is to find something closed or ignored.
func (x *run) words() []string {
	names := make([]string, 0, len(x.c.Outputs))
	for i := range x.t.kinds {
		names = append(names, x.name(i))
	}
	words := x.t.Fill(names)
	script := ""
	if len(x.c.Ignored) > 0 {
		script = "trap '' " + strings.Join(x.c.Ignored, " ") + "; "
	}
	script += `exec "$@"`
	if x.c.Source.Kind == ClosedSource {
		script += " <&-"
	}
	if x.t.Stdout && x.c.Outputs[len(x.t.kinds)].Kind == ClosedOut {
		script += " >&-"
	}
	if x.c.Stderr == ClosedStderr {
		script += " 2>&-"
	}
	if script == `exec "$@"` {
		return words
	}
	return append([]string{"/bin/sh", "-c", script, "sh"}, words...)
}

// name returns what the tool gets in place of {out} or {cmd}.
func (x *run) name(i int) string {
	switch o := x.c.Outputs[i]; o.Kind {
	case PipeOut:
		return fmt.Sprintf("/dev/fd/%d", x.readers[i].number)
	case CommandOut:
		return fmt.Sprintf("exec '%s' %s %s", strings.ReplaceAll(x.self, "'", `'\''`), readerWord, x.readers[i].socket)
	}
	return x.paths[i]
}

// specs returns the faults of the tool's own calls.
func (x *run) specs() (all []ledger.Spec, err error) {
	add := func(target, plan string) {
		if plan == "" || err != nil {
			return
		}
		var s ledger.Spec
		if s, err = ledger.Parse(target+"="+plan, fault.ForExec, true, x.folder); err == nil {
			all = append(all, s)
		}
	}
	add("stdin", x.c.Source.Plan)
	for i, o := range x.c.Outputs {
		if x.t.isStdout(i) {
			add("stdout", o.Plan)
		} else {
			add(filepath.Base(x.paths[i]), o.Plan)
		}
	}
	return all, err
}

// release closes and ends what is left.
func (x *run) release() {
	x.closeFiles()
	x.shutNonblock()
	for _, r := range x.readers {
		if r != nil {
			r.close(0)
		}
	}
	if x.source != nil {
		x.source.close()
	}
}

func (x *run) closeFiles() {
	for _, fd := range x.files {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	x.files = nil
}

// event returns what is closed when the event has happened.
func (x *run) event(name string) chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.events[name] == nil {
		x.events[name] = make(chan struct{})
	}
	return x.events[name]
}

// setNonblock sets O_NONBLOCK on the tool's standard output, as a sibling would that has it too, and goes.
func (x *run) setNonblock() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.nonblock >= 0 {
		unix.SetNonblock(x.nonblock, true)
		unix.Close(x.nonblock)
		x.nonblock = -1
	}
}

func (x *run) shutNonblock() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.nonblock >= 0 {
		unix.Close(x.nonblock)
		x.nonblock = -1
	}
}

// Supported returns an error where there are no trials.
func Supported() error { return nil }
