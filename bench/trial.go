//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// trial is one run of one tool: what it is given, and who is at the other ends.
type trial struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	timeout  time.Duration // of the run itself
	bench    *bench
	tool     tool
	checks   bool       // every byte, instead of their number
	stdin    *os.File   // what the fan-out gets
	stdout   *os.File   // its first output
	extra    []*os.File // further outputs that are pipes
	paths    []string   // the names of all but the first
	producer *actor
	readers  []*actor
}

// wrongBytes is the error of a run after which an output hasn't what went in.
type wrongBytes struct{ detail string }

func (w *wrongBytes) Error() string { return "WRONG BYTES: " + w.detail }

// checkTimeout bounds a run whose time isn't measured: it is short, unless the tool hangs.
const checkTimeout = time.Minute

func (b *bench) newTrial(t tool, checks bool) *trial {
	timeout := b.timeout
	if checks {
		timeout = min(timeout, checkTimeout)
	}
	tr := &trial{bench: b, tool: t, checks: checks, timeout: timeout}
	tr.ctx, tr.cancel = context.WithCancelCause(b.ctx)
	return tr
}

// end leaves nothing behind: neither a process nor a descriptor.
func (tr *trial) end() {
	tr.cancel(nil)
	tr.release()
	for _, r := range tr.readers {
		r.end()
	}
	if tr.producer != nil {
		tr.producer.end()
	}
}

// release closes what the fan-out has, so that who is at the other ends sees when it has gone.
func (tr *trial) release() {
	for _, f := range append([]*os.File{tr.stdin, tr.stdout}, tr.extra...) {
		if f != nil {
			f.Close()
		}
	}
	tr.stdin, tr.stdout, tr.extra = nil, nil, nil
}

// pipe returns one that blocks: the flag would be shared with the tool.
func pipe() (r, w *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	return os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe"), nil
}

// fromProducer gives the fan-out n bytes by a pipe.
func (tr *trial) fromProducer(n int64) error {
	r, w, err := pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	tr.stdin = r
	role := "produce"
	if tr.checks {
		role = "generate"
	}
	tr.producer, err = startActor(tr.ctx, tr.bench.self, nil, w, role, strconv.FormatInt(n, 10))
	return err
}

// toReaders gives it n pipes that are read.
func (tr *trial) toReaders(n int) error {
	for i := range n {
		r, w, err := pipe()
		if err != nil {
			return err
		}
		tr.addOutput(i, w)
		reader, err := startActor(tr.ctx, tr.bench.self, r, nil, tr.readRole(), "0")
		r.Close()
		if err != nil {
			return err
		}
		tr.readers = append(tr.readers, reader)
	}
	return nil
}

func (tr *trial) readRole() string {
	if tr.checks {
		return "verify"
	}
	return "count"
}

// addOutput adds a pipe: the first as standard output, the others by the name that a descriptor has.
func (tr *trial) addOutput(i int, w *os.File) {
	if i == 0 {
		tr.stdout = w
		return
	}
	const firstExtra = 3
	tr.paths = append(tr.paths, fmt.Sprintf("/dev/fd/%d", firstExtra+len(tr.extra)))
	tr.extra = append(tr.extra, w)
}

// perform runs the fan-out and waits until it and its readers have ended. told is what each reader has told.
func (tr *trial) perform() (f figures, told []string, err error) {
	var words bytes.Buffer
	cmd := tr.command()
	cmd.Stderr = &words
	hangs := fmt.Errorf("hangs: ended after %v", tr.timeout)
	defer time.AfterFunc(tr.timeout, func() { tr.cancel(hangs) }).Stop()
	begin := time.Now()
	err = cmd.Start()
	tr.release()
	if err != nil {
		return f, nil, err
	}
	done := make(chan struct{})
	peak := watchPeak(cmd, done)
	err = cmd.Wait()
	for i, r := range tr.readers {
		line, readErr := r.end()
		if readErr != nil && tr.ctx.Err() == nil {
			err = errors.Join(err, fmt.Errorf("output %d: %w", i+1, readErr))
		}
		told = append(told, line)
	}
	f.wall = time.Since(begin)
	close(done)
	f.peak = <-peak
	f.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if tr.ctx.Err() != nil {
		return f, nil, context.Cause(tr.ctx)
	}
	if err != nil {
		err = withWords(err, words.Bytes())
	}
	return f, told, err
}

func (tr *trial) command() *exec.Cmd {
	cmd := exec.CommandContext(tr.ctx, tr.tool.path, tr.tool.arguments(tr.paths)...)
	cmd.Env = tr.tool.environment()
	cmd.Stdin, cmd.ExtraFiles = tr.stdin, tr.extra
	if tr.stdout != nil { // otherwise it is /dev/null, for which the interface must be nil
		cmd.Stdout = tr.stdout
	}
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd.Process.Pid) }
	cmd.WaitDelay = lingering
	return cmd
}

// endGroup ends a fan-out with what it has started, which Wait would leave behind.
func endGroup(pid int) error {
	err := unix.Kill(-pid, unix.SIGKILL)
	if err == unix.ESRCH {
		return os.ErrProcessDone
	}
	return os.NewSyscallError("kill", err)
}
