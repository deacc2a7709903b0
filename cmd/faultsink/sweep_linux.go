//go:build linux && (amd64 || arm64)

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
	"yjoint/cmd/internal/sweep"
)

// run sweeps the command. Whatever ends it, no process and no temporary folder are left.
func (o *sweepOptions) run(command []string, stdout, stderr io.Writer) (err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	cancelOnSignal(cancel)
	own := guard.Children() // of whoever became this process: they are not to be waited for
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	lab, err := sweep.NewLab(".", int64(o.limit))
	if err != nil {
		return err
	}
	done := sweeping{sweepOptions: o, command: command, sweep: &sweep.Sweep{Lab: lab, Run: o.runner(command), Jobs: o.jobs,
		Check: o.check, Stderr: o.stderr, Timeout: time.Duration(o.timeout)}}
	err = done.make(ctx, stderr)
	awaitOrphans(own)
	if removing := lab.Remove(); removing != nil {
		err = errors.Join(err, fmt.Errorf("a temporary folder is left: %w", removing))
	}
	if err != nil {
		return done.fail(err)
	}
	return done.tell(stdout)
}

// cancelOnSignal cancels with an [ending] by the signal that comes. A reader of standard error that has gone ends nothing.
func cancelOnSignal(cancel context.CancelCauseFunc) {
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	signals := make(chan os.Signal, 1)
	if all := endingSignals(); len(all) > 0 {
		signal.Notify(signals, all...)
	}
	go func() { cancel(&ending{signal: signalName(<-signals)}) }()
}

// awaitOrphans waits for what runs that were ended have left to this process: guardians, which end when nothing is left that they guard,
// and where one was killed itself, what it guarded.
func awaitOrphans(others []int) {
	for {
		left := slices.DeleteFunc(guard.Children(), func(pid int) bool { return slices.Contains(others, pid) })
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			var ws unix.WaitStatus
			unix.Wait4(pid, &ws, 0, nil) // EINTR: the next round
		}
	}
}

// make makes all runs.
func (s *sweeping) make(ctx context.Context, stderr io.Writer) (err error) {
	if s.toJSON, err = openReport(s.json, "the table"); err != nil {
		return err
	}
	if s.xml, err = openReport(s.junit, "the table"); err != nil {
		return err
	}
	if err := s.takeInput(ctx, stderr); err != nil {
		return err
	}
	show := newProgress(stderr)
	defer show.end()
	show.text("recording a clean run")
	notes, err := s.sweep.Record(ctx)
	show.end()
	if err != nil {
		return recordError(err, stderr)
	}
	for _, n := range notes {
		fmt.Fprintf(stderr, "faultsink: note: %s\n", n)
	}
	s.cases, s.all = s.sweepOptions.cases(s.sweep.Recording)
	s.warn(s.cases, stderr)
	show.begin(len(s.cases))
	s.results, err = s.sweep.Try(ctx, s.cases, show.tell)
	return err
}

// recordError gives the error its status.
func recordError(err error, stderr io.Writer) error {
	var e *sweep.RecordError
	if !errors.As(err, &e) {
		return err
	}
	io.WriteString(stderr, e.Said)
	kinds := map[int]error{statusCannotRun: errCannotRun, statusNotFound: errNotFound}
	kind := kinds[e.Status]
	if e.Random {
		kind = errUnfired
	}
	if kind == nil {
		return e
	}
	return &statusError{kind, e}
}

// slowInput is after how long it is said that standard input is waited for.
const slowInput = 2 * time.Second

// takeInput reads standard input, if it is no terminal.
func (s *sweeping) takeInput(ctx context.Context, stderr io.Writer) error {
	if stdin.wasClosed() || isTerminal(int(stdin)) {
		return nil
	}
	s.input = inputName()
	told := time.AfterFunc(slowInput, func() {
		fmt.Fprintln(stderr, "faultsink: note: standard input is read to its end, to be given to each run; </dev/null gives none")
	})
	defer told.Stop()
	read := make(chan error, 1)
	counted := &countingReader{from: stdin}
	go func() { read <- s.sweep.Lab.Take(counted, int64(s.limit)) }()
	select {
	case err := <-read:
		if s.took = counted.n > 0; !s.took {
			s.input = ""
		}
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type countingReader struct {
	from io.Reader
	n    int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.n += int64(n)
	return n, err
}

// inputName returns the name of the file that standard input is, from its first byte on; "": it is none.
func inputName() string {
	var st, named unix.Stat_t
	at, err := unix.Seek(int(stdin), 0, unix.SEEK_CUR)
	name, err2 := os.Readlink("/proc/self/fd/0")
	if errors.Join(err, err2, unix.Fstat(int(stdin), &st), unix.Stat(name, &named)) != nil || at != 0 ||
		st.Mode&unix.S_IFMT != unix.S_IFREG || st.Dev != named.Dev || st.Ino != named.Ino {
		return ""
	}
	return name
}

// grace is how much longer than its command the process of a run may take.
const grace = time.Minute

// runner makes each run in a process of its own, in a session of its own: no terminal sends it a signal, or stops it.
func (o *sweepOptions) runner(command []string) sweep.Runner {
	return func(ctx context.Context, r *sweep.Room, order sweep.Order) (told sweep.Told, err error) {
		args := []string{"sweep-run", "--result", r.Result}
		for _, f := range order.Faults {
			args = append(args, "--fault", f)
		}
		for _, fd := range o.watch {
			args = append(args, "--watch", strconv.Itoa(fd))
		}
		if order.Record {
			args = append(args, "--record")
		}
		limited := ctx
		if order.Timeout > 0 {
			args = append(args, "--timeout", order.Timeout.String())
			var cancel context.CancelFunc
			limited, cancel = context.WithTimeout(ctx, order.Timeout+grace)
			defer cancel()
		}
		cmd := exec.CommandContext(limited, "/proc/self/exe", append(append(args, "--"), command...)...)
		cmd.Dir = r.Folder
		cmd.Env = append(os.Environ(), "PWD="+r.Folder, "TMPDIR="+r.Temp)
		cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Pdeathsig: unix.SIGKILL}
		if err := startIn(cmd, r); err != nil {
			return told, err
		}
		err = cmd.Wait()
		if ctx.Err() != nil {
			return told, context.Cause(ctx)
		}
		text, readErr := os.ReadFile(r.Result)
		if err == nil {
			err = errors.Join(readErr, json.Unmarshal(text, &told))
		}
		if err != nil {
			told.Error = "the process of the run: " + err.Error()
		}
		return told, nil
	}
}

// startIn starts the command with the room's files.
func startIn(cmd *exec.Cmd, r *sweep.Room) error {
	in, err := os.Open(r.Stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(r.Stdout, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	errs, err := os.OpenFile(r.Stderr, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer errs.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	return cmd.Start()
}
