//go:build linux

package yjoint_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// expectation is how a process must end: by exactly this exit status or this signal.
type expectation struct {
	status int
	signal syscall.Signal // 0: by exit
}

func parseExpectation(text string) (expectation, error) {
	if status, err := strconv.Atoi(text); err == nil && status >= 0 && status <= 255 {
		return expectation{status: status}, nil
	}
	sig, err := parseSignal(text)
	if err != nil {
		return expectation{}, fatalf("%q is neither an exit status nor a signal", text)
	}
	return expectation{signal: sig}, nil
}

// parseSignal knows SIGINT and INT.
func parseSignal(name string) (syscall.Signal, error) {
	sig := unix.SignalNum("SIG" + strings.TrimPrefix(name, "SIG"))
	if sig == 0 {
		return 0, fatalf("unknown signal %q", name)
	}
	return sig, nil
}

func (e expectation) check(p *process) error {
	ws := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case ws.Signaled() && ws.Signal() == e.signal, ws.Exited() && e.signal == 0 && ws.ExitStatus() == e.status:
		return nil
	case ws.Signaled():
		return fmt.Errorf("%s died of %s, want %s", p.label, unix.SignalName(ws.Signal()), e)
	}
	return fmt.Errorf("%s exited with status %d, want %s", p.label, ws.ExitStatus(), e)
}

func (e expectation) String() string {
	if e.signal != 0 {
		return "death of " + unix.SignalName(e.signal)
	}
	return "exit status " + strconv.Itoa(e.status)
}

func cmdStatus(ts *testscript.TestScript, args []string) error {
	in, exitOnly, args, err := runOptions(args)
	if err != nil || len(args) < 2 {
		return errUsage
	}
	want, err := parseExpectation(args[0])
	if err != nil {
		return err
	}
	p, err := launch(ts, in, args[1], args[1:])
	if err != nil {
		return fatalError{err}
	}
	if err := p.wait(ts, exitOnly); err != nil {
		return err
	}
	return want.check(p)
}

// runOptions takes the options of status and start from the front of args.
func runOptions(args []string) (in input, exitOnly bool, rest []string, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "-exit":
			exitOnly = true
			args = args[1:]
			continue
		case args[0] == "-in" && len(args) > 1:
			in.file = args[1]
		case args[0] == "-pipe" && len(args) > 1:
			in.pipe = args[1]
		default:
			return in, false, nil, errUsage
		}
		args = args[2:]
	}
	return in, exitOnly, args, nil
}

func cmdStart(ts *testscript.TestScript, args []string) error {
	in, exitOnly, args, err := runOptions(args)
	if err != nil || exitOnly || len(args) < 2 {
		return errUsage
	}
	s := scenarioOf(ts)
	name := args[0]
	if old := s.procs[name]; old != nil && !old.hasEnded() {
		return fatalf("a process called %s is running already", name)
	}
	in.fed = in == input{}
	p, err := launch(ts, in, name, args[1:])
	if err != nil {
		return fatalError{err}
	}
	s.procs[name] = p
	return nil
}

// process returns the one that start called name.
func (s *scenario) process(name string) (*process, error) {
	p := s.procs[name]
	if p == nil {
		return nil, fatalf("no process is called %s", name)
	}
	return p, nil
}

func cmdAwait(ts *testscript.TestScript, args []string) error {
	exitOnly := len(args) > 0 && args[0] == "-exit"
	if exitOnly {
		args = args[1:]
	}
	if len(args) != 2 {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	want, err := parseExpectation(args[1])
	if err != nil {
		return err
	}
	if err := p.wait(ts, exitOnly); err != nil {
		return err
	}
	return want.check(p)
}

func cmdStdinWrite(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	if p.stdin == nil {
		return fatalf("the standard input of %s is not, or no longer, a pipe from the script", args[0])
	}
	text, err := inputText(ts, args[1])
	if err != nil {
		return fatalError{err}
	}
	limit, err := watchdog(ts.Getenv)
	if err != nil {
		return err
	}
	p.stdin.SetWriteDeadline(time.Now().Add(limit))
	_, err = p.stdin.Write(text)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fatalf("watchdog: %s did not take it within %v\n%s", args[0], limit, scenarioOf(ts).describe())
	}
	return err
}

// inputText returns what TEXT, with the escapes of a Go string, or file:FILE stands for.
func inputText(ts *testscript.TestScript, arg string) ([]byte, error) {
	if name, ok := strings.CutPrefix(arg, "file:"); ok {
		return os.ReadFile(ts.MkAbs(name))
	}
	text, err := unescape(arg)
	return []byte(text), err
}

// unescape reads text as the inside of a Go string.
func unescape(text string) (string, error) {
	return strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
}

func cmdStdinClose(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	if p.stdin == nil {
		return fatalf("the standard input of %s is not, or no longer, a pipe from the script", args[0])
	}
	err = p.stdin.Close()
	p.stdin = nil
	return err
}

func cmdWaitLine(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	c := map[string]*capture{"stdout": p.stdout, "stderr": p.stderr}[args[1]]
	if c == nil {
		return errUsage
	}
	return waitText(ts, p, args[1], c, args[2], nil)
}

// askEvery is how soon waitstatus asks again.
const askEvery = 20 * time.Millisecond

func cmdWaitStatus(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	return waitText(ts, p, "stderr", p.stderr, args[1], ticker.C)
}

// waitText waits until c, which is the stream of p with this name, matches pattern. At each of asks p is sent SIGUSR1.
func waitText(ts *testscript.TestScript, p *process, stream string, c *capture, pattern string, asks <-chan time.Time) error {
	re, err := regexp.Compile("(?m)" + pattern)
	if err != nil {
		return fatalError{err}
	}
	if re.MatchString("") {
		return fatalf("%#q matches no output at all, and would wait for nothing", re)
	}
	limit, err := watchdog(ts.Getenv)
	if err != nil {
		return err
	}
	expired := time.After(limit)
	for {
		text, eof, changed := c.state()
		if re.Match(text) {
			return nil
		}
		if eof {
			return fmt.Errorf("%s of %s ended without a match for %#q:\n%s", stream, p.label, re, text)
		}
		select {
		case <-changed:
		case <-asks:
			if !p.hasEnded() {
				p.cmd.Process.Signal(unix.SIGUSR1)
			}
		case <-expired:
			return fatalf("watchdog: no match for %#q in %s of %s within %v:\n%s\n%s",
				re, stream, p.label, limit, text, scenarioOf(ts).describe())
		}
	}
}
