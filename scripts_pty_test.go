//go:build linux

package yjoint_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// openPty opens a new terminal: master is its keyboard and screen, tty what a program has.
func openPty() (master, tty *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	// Not blocking: so that reads of master can be given a deadline.
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		master.Close()
		return nil, nil, os.NewSyscallError("TIOCSPTLCK", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		master.Close()
		return nil, nil, os.NewSyscallError("TIOCGPTN", err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		master.Close()
	}
	return master, tty, err
}

// A terminal is one with COMMAND on it.
type terminal struct {
	master *os.File
	limit  time.Duration // of each wait
	unread []byte        // what COMMAND printed since the last match of expect
	shown  io.Writer     // has all that COMMAND prints
}

var terminalSteps = map[string]func(t *terminal, value string) error{
	"expect": (*terminal).expect,
	"send":   (*terminal).send,
	"touch":  func(_ *terminal, value string) error { return os.WriteFile(value, nil, 0o666) },
	"wait":   (*terminal).wait,
	"size":   (*terminal).resize,
	"hangup": func(t *terminal, _ string) error { return t.master.Close() },
}

// inptyMain runs COMMAND as the foreground job of a new terminal, its standard descriptors included
// unless keep=N[,N] leaves some as they are, takes the steps one by one, and ends as COMMAND ends. All
// that is printed on the terminal goes to standard output.
func inptyMain() {
	steps, command, err := splitCommand(os.Args[1:])
	if err != nil {
		fail("inpty", err)
	}
	var kept string
	if len(steps) > 0 {
		if value, ok := strings.CutPrefix(steps[0], "keep="); ok {
			kept, steps = value, steps[1:]
		}
	}
	master, tty, err := openPty()
	if err != nil {
		fail("inpty", err)
	}
	cmd, err := startOnTty(tty, kept, command)
	tty.Close()
	if err != nil {
		fail("inpty", err)
	}
	t := &terminal{master: master, limit: patience(), shown: os.Stdout}
	for _, word := range steps {
		if err := t.step(word); err != nil {
			cmd.Process.Kill()
			fail("inpty", fmt.Errorf("%s: %w", word, err))
		}
	}
	t.watch(cmd)
	endAs(cmd.ProcessState.Sys().(syscall.WaitStatus))
}

// startOnTty starts command in a new session whose terminal is tty.
func startOnTty(tty *os.File, kept string, command []string) (*exec.Cmd, error) {
	files := []*os.File{tty, tty, tty}
	if kept != "" {
		for text := range strings.SplitSeq(kept, ",") {
			fd, err := strconv.Atoi(text)
			if err != nil || fd < 0 || fd > 2 {
				return nil, fmt.Errorf("keep=%s: only 0, 1 and 2 can be kept", kept)
			}
			files[fd] = []*os.File{os.Stdin, os.Stdout, os.Stderr}[fd]
		}
	}
	onTty := slices.Index(files, tty)
	if onTty < 0 {
		return nil, errors.New("one of 0, 1 and 2 must be the terminal: let sh redirect it")
	}
	cmd := exec.Command(command[0], command[1:]...)
	return cmd, startSession(cmd, files, onTty)
}

// startSession starts cmd with these standard descriptors as the leader of a session, whose terminal one of them is.
func startSession(cmd *exec.Cmd, files []*os.File, onTty int) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = files[0], files[1], files[2]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: onTty, Pdeathsig: syscall.SIGKILL}
	return cmd.Start()
}

func (t *terminal) step(word string) error {
	name, value, _ := strings.Cut(word, "=")
	step := terminalSteps[name]
	if step == nil {
		return fmt.Errorf("unknown step: want one of %v", slices.Sorted(maps.Keys(terminalSteps)))
	}
	return step(t, value)
}

// read takes what is printed next, and copies it to t.shown.
func (t *terminal) read(deadline time.Time) error {
	t.master.SetReadDeadline(deadline)
	buf := make([]byte, 4096)
	n, err := t.master.Read(buf)
	t.unread = append(t.unread, buf[:n]...)
	t.shown.Write(buf[:n])
	if errors.Is(err, syscall.EIO) || errors.Is(err, os.ErrClosed) {
		return io.EOF
	}
	return err
}

// expect waits until the terminal's text since the last expect matches value.
func (t *terminal) expect(value string) error {
	re, err := regexp.Compile(value)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(t.limit)
	for {
		if at := re.FindIndex(t.unread); at != nil {
			t.unread = t.unread[at[1]:]
			return nil
		}
		if err := t.read(deadline); err != nil {
			return fmt.Errorf("%w; the terminal shows %q", err, t.unread)
		}
	}
}

// resize makes the terminal of value's size, COLUMNSxROWS; a new one has none.
func (t *terminal) resize(value string) error {
	var size unix.Winsize
	if _, err := fmt.Sscanf(value, "%dx%d", &size.Col, &size.Row); err != nil {
		return err
	}
	conn, err := t.master.SyscallConn()
	if err != nil {
		return err
	}
	return errors.Join(conn.Control(func(fd uintptr) { err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &size) }), err)
}

// send types value, with the escapes of a Go string: \r is Return, \x03 Ctrl-C, \x1a Ctrl-Z.
func (t *terminal) send(value string) error {
	text, err := unescape(value)
	if err != nil {
		return err
	}
	_, err = io.WriteString(t.master, text)
	return err
}

func (t *terminal) wait(name string) error {
	deadline := time.Now().Add(t.limit)
	return poll(t.limit, func() (bool, error) {
		// The terminal is read meanwhile, so that nobody is held up by it.
		err := t.read(time.Now().Add(time.Millisecond))
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && err != io.EOF {
			return false, err
		}
		_, err = os.Lstat(name)
		return err == nil || time.Now().After(deadline), nil
	})
}

// lastWords is how long watch waits, after the end of COMMAND, for others that have the terminal open.
const lastWords = time.Second

// watch copies the terminal's text until COMMAND has ended and all have closed the terminal.
func (t *terminal) watch(cmd *exec.Cmd) {
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		for t.read(time.Time{}) == nil {
		}
	}()
	cmd.Wait() // its status is in ProcessState
	select {
	case <-copied:
	case <-time.After(lastWords):
	}
}
