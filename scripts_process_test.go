//go:build linux

package yjoint_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// A process is a command that a script started, by start or status, in a session of its own.
type process struct {
	label  string // for messages
	cmd    *exec.Cmd
	stdin  *os.File // the script's end of the pipe; nil if the script doesn't feed it
	stdout *capture
	stderr *capture
	ended  chan struct{} // closed when cmd has been waited for; cmd.ProcessState is set then
}

// A capture reads one output of a process to its end.
type capture struct {
	r *os.File

	mu      sync.Mutex // guards the fields below
	text    []byte
	eof     bool
	changed chan struct{} // closed at the next change, and replaced
}

// newCapture returns a capture and the file whose reader it is, for the process.
func newCapture() (*capture, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	conn, err := r.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	c := &capture{r: r, changed: make(chan struct{})}
	go c.read(conn)
	return c, w, nil
}

// read ends when all writers are gone, or when the script's end closes r.
func (c *capture) read(conn syscall.RawConn) {
	buf := make([]byte, 1<<16)
	for more := true; more; {
		err := conn.Read(func(fd uintptr) (done bool) {
			done, more = c.readOnce(int(fd), buf)
			return done
		})
		more = more && err == nil
	}
}

// readOnce says whether there was anything to read, and whether more can come. It holds mu meanwhile, so
// that no byte is neither in the pipe nor in text.
func (c *capture) readOnce(fd int, buf []byte) (done, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := unix.Read(fd, buf)
	if err == unix.EAGAIN || err == unix.EINTR {
		return err == unix.EINTR, true
	}
	c.text = append(c.text, buf[:max(n, 0)]...)
	c.eof = n <= 0
	close(c.changed)
	c.changed = make(chan struct{})
	return true, !c.eof
}

// state returns what has been read so far, whether that is all, and a channel that is closed when
// either changes.
func (c *capture) state() (text []byte, eof bool, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.text), c.eof, c.changed
}

// pending is the number of bytes that were written and not read yet.
func (c *capture) pending() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn, err := c.r.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }) // FIONREAD
	}
	return n
}

// input says where a command's standard input comes from: the zero value is /dev/null.
type input struct {
	file string // opened and handed over
	pipe string // its contents are written to a pipe
	fed  bool   // a pipe that stdin-write and stdin-close serve
}

// launch starts args for the script.
func launch(ts *testscript.TestScript, in input, label string, args []string) (*process, error) {
	env, err := environment(ts)
	if err != nil {
		return nil, err
	}
	path, err := lookPath(ts.Getenv("PATH"), args[0])
	if err != nil {
		return nil, err
	}
	p := &process{label: label, ended: make(chan struct{})}
	p.cmd = &exec.Cmd{Path: path, Args: args, Dir: ts.MkAbs("."), Env: env}
	// A session of its own: no terminal of whoever runs the tests, and a group to be signalled. Killed
	// with the test run, should that be ended by its own deadline.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	handedOver, err := p.open(ts, in)
	defer func() {
		for _, f := range handedOver {
			f.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	s := scenarioOf(ts)
	s.all = append(s.all, p)
	go func() {
		p.cmd.Wait() // the status is in p.cmd.ProcessState
		close(p.ended)
	}()
	return p, nil
}

// open makes p's standard descriptors. It returns those to be closed when p has its copies.
func (p *process) open(ts *testscript.TestScript, in input) (handedOver []*os.File, err error) {
	keep := func(f *os.File) { handedOver = append(handedOver, f) }
	var stdin *os.File
	switch {
	case in.fed || in.pipe != "":
		if stdin, p.stdin, err = os.Pipe(); err != nil {
			return handedOver, err
		}
	default:
		name := os.DevNull
		if in.file != "" {
			name = ts.MkAbs(in.file)
		}
		if stdin, err = os.Open(name); err != nil {
			return handedOver, err
		}
	}
	keep(stdin)
	if in.pipe != "" {
		source, err := os.Open(ts.MkAbs(in.pipe))
		if err != nil {
			return handedOver, err
		}
		w := p.stdin
		go func() {
			defer source.Close()
			defer w.Close()
			// In pieces, through the pipe: io.Copy would splice pages of the file.
			io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{source}, make([]byte, 1<<16))
		}()
		p.stdin = nil
	}
	var stdout, stderr *os.File
	if p.stdout, stdout, err = newCapture(); err != nil {
		return handedOver, err
	}
	keep(stdout)
	if p.stderr, stderr, err = newCapture(); err != nil {
		return handedOver, err
	}
	keep(stderr)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
	return handedOver, nil
}

// environment returns the script's environment. testscript has no call for it: sh is asked.
func environment(ts *testscript.TestScript) ([]string, error) {
	file := filepath.Join(scenarioOf(ts).work, ".tmp", "environment")
	if err := ts.Exec("sh", "-c", `exec env -0 >"$1"`, "sh", file); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), err
}

// wait returns when p has ended and nobody holds its outputs any more; with exitOnly, when p has
// ended and what it wrote has been read. It makes p's outputs the script's current ones.
func (p *process) wait(ts *testscript.TestScript, exitOnly bool) error {
	limit, err := watchdog(ts.Getenv)
	if err != nil {
		return err
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	err = p.waitFor(timer.C, exitOnly)
	p.show(ts)
	if err != nil {
		return fatalf("watchdog: not within %v: %w\n%s", limit, err, scenarioOf(ts).describe())
	}
	return nil
}

func (p *process) waitFor(expired <-chan time.Time, exitOnly bool) error {
	select {
	case <-p.ended:
	case <-expired:
		return fmt.Errorf("%s has not ended", p.label)
	}
	for _, c := range []*capture{p.stdout, p.stderr} {
		for {
			_, eof, changed := c.state()
			if eof || exitOnly && c.pending() == 0 {
				break
			}
			select {
			case <-changed:
			case <-expired:
				return fmt.Errorf("%s has ended (%v), but others hold its outputs open", p.label, p.cmd.ProcessState)
			}
		}
	}
	return nil
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// show makes p's outputs those that the commands stdout and stderr look at.
func (p *process) show(ts *testscript.TestScript) {
	text, _, _ := p.stdout.state()
	ts.Stdout().Write(text)
	text, _, _ = p.stderr.state()
	ts.Stderr().Write(text)
}
