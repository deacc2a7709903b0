package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Drive runs the programs in this process, one after the other, with plain system calls. Signals that interrupt it are what
// a program may meet as EINTR: Go's runtime sends some, see [Command].
func Drive(programs []Program) []Outcome {
	outcomes := make([]Outcome, len(programs))
	for i, p := range programs {
		fd, err := openRetrying(p.Path)
		if err != nil {
			outcomes[i].Open = name(err)
			continue
		}
		outcomes[i] = p.run(descriptor(fd))
	}
	return outcomes
}

func openRetrying(path string) (int, error) {
	for {
		fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o666)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// descriptor is a file that is used by plain system calls.
type descriptor int

func (d descriptor) Write(p []byte) (int, error) { return unix.Write(int(d), p) }
func (d descriptor) Sync() error                 { return unix.Fsync(int(d)) }
func (d descriptor) Close() error                { return unix.Close(int(d)) }

// programsVariable is the environment variable that has the name of a file with programs, as JSON.
const programsVariable = "FAULTSINK_CONFORMANCE"

// Main runs programs and exits, if this process was started by [Command]. A test binary calls it at the beginning of its
// TestMain.
func Main() {
	name := os.Getenv(programsVariable)
	if name == "" {
		return
	}
	text, err := os.ReadFile(name)
	var programs []Program
	if err == nil {
		err = json.Unmarshal(text, &programs)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(Drive(programs))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Command returns a command that runs the programs in a process of its own, by the test binary that calls it and [Main]. It
// writes their outcomes, for [Read], to its standard output. dir is a folder for a file that the command reads.
func Command(dir string, programs []Program) (*exec.Cmd, error) {
	text, err := json.Marshal(programs)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "programs")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return nil, err
	}
	cmd := exec.Command(os.Args[0])
	// Without them Go's runtime interrupts its own system calls, and race detectors sleep for a second at the end.
	cmd.Env = append(os.Environ(), programsVariable+"="+f.Name(), "GODEBUG=asyncpreemptoff=1", "GORACE=atexit_sleep_ms=0")
	return cmd, nil
}

// Read returns the outcomes that a [Command] wrote.
func Read(stdout []byte) ([]Outcome, error) {
	var outcomes []Outcome
	err := json.NewDecoder(bytes.NewReader(stdout)).Decode(&outcomes)
	return outcomes, err
}
