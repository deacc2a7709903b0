// Package command owns the child processes of the program: the commands that take the stream, and the producer.
//
// They stay in the program's own process group and session, so that they can prompt on the terminal and Ctrl-C reaches
// them. So a command can't be ended by a signal to its group; its tree of processes is looked for instead.
package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// killPatience is how long processes that were sent KILL have. One in an uninterruptible sleep may take longer.
const killPatience = 2 * time.Second

// Spec is a command to start.
type Spec struct {
	Argv []string // program, looked for in PATH, and arguments
	// Stdin, Stdout and Stderr are descriptors of this process that become the command's 0, 1 and 2.
	Stdin, Stdout, Stderr int
	// Keep are descriptors from 3 on that the command inherits under the same numbers. It inherits no others, if all are
	// close-on-exec.
	Keep []int
}

// Status is how a process ended.
type Status struct {
	Exited bool // by itself, with Code; otherwise by Signal
	Code   int
	Signal syscall.Signal
}

// Success reports whether the process exited with status 0.
func (s Status) Success() bool { return s.Exited && s.Code == 0 }

// String is "exit status 3" or "killed by SIGKILL".
func (s Status) String() string {
	if s.Exited {
		return fmt.Sprintf("exit status %d", s.Code)
	}
	return "killed by " + s.SignalName()
}

// Look reports whether there is such a program: nil, or an error that says why it can't be started.
func Look(program string) error {
	_, err := look(program)
	return err
}

// defaultPath is searched where PATH is not set at all, as by `env -i`; shells have such a list too.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// look returns the program's path. The error is without the program's name.
func look(program string) (string, error) {
	path, err := exec.LookPath(program)
	if _, set := os.LookupEnv("PATH"); !set && err != nil && !strings.ContainsRune(program, '/') {
		for _, dir := range filepath.SplitList(defaultPath) {
			if path, err = exec.LookPath(filepath.Join(dir, program)); err == nil {
				break
			}
		}
	}
	var e *exec.Error
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist) && !strings.ContainsRune(program, '/'):
		return "", errors.New("no such program in PATH")
	case errors.As(err, &e):
		return "", e.Err
	}
	return "", err
}
