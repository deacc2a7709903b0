package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// execOptions are those of `faultsink exec`.
type execOptions struct {
	faulted
	watch descriptorList
}

func newExec() *cobra.Command {
	o := &execOptions{}
	c := &cobra.Command{
		Use:   "exec --fault TARGET=PLAN... [OPTION]... [--] COMMAND [ARG]...",
		Short: "Run COMMAND, and let its reads and writes fail",
		Long: `Run COMMAND, and let its own reads, writes and other calls for TARGET fail as
PLAN says: exactly at a byte of what was accepted since the file was opened.
No rights are needed, and COMMAND may be any program, with all that it starts.

  faultsink exec --fault 'app.log=at 1MB ENOSPC' -- ./app
  faultsink exec --fault 'stdout=at 64KiB short 1 -> EINTR*3' -- tee copy

TARGET is stdin, stdout, stderr or fdN, as COMMAND inherits them, or a pattern:
without "/" for the last part of a file's name, otherwise for all of it. Without
expectations the exit status is COMMAND's own, if every rule has fired. With
--expect-exit or --expect-stderr it is 0 if they hold. What COMMAND leaves
running is killed after 5 seconds. Linux 5.19 or later, amd64 and arm64.

` + planHelp,
		Args: wantsCommand,
		RunE: func(c *cobra.Command, args []string) error { return o.run(args, c.ErrOrStderr()) },
	}
	f := c.Flags()
	f.SetInterspersed(false) // what follows COMMAND is its own
	o.register(f, "TARGET")
	f.Var(&o.watch, "watch", "`FD[,FD]...`: follow faulty files to these too, where dup2 puts them (0 to 2 always, 3 to 9 for shells)")
	return c
}

func wantsCommand(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("no COMMAND: expected the program to run, and its arguments")
	}
	return nil
}

// run does what can be refused before COMMAND is started, and has it run.
func (o *execOptions) run(command []string, stderr io.Writer) error {
	if len(o.faults) == 0 {
		return errors.New("no --fault: expected one or more, such as --fault 'app.log=at 1MB ENOSPC'")
	}
	folder, err := realFolder()
	if err != nil {
		return err
	}
	specs, err := o.specs(fault.ForExec, true, folder, stderr)
	if err != nil {
		return err
	}
	path, err := findCommand(command[0])
	if err != nil {
		return err
	}
	to, err := openReport(o.report, "what COMMAND writes")
	if err != nil {
		return err
	}
	return o.supervise(supervision{command: command, path: path, specs: specs, report: to,
		watch: append(slices.Clone(o.watch), shellNumbers(path)...), stderr: stderr})
}

// supervision is a run of `faultsink exec`.
type supervision struct {
	command []string
	path    string
	specs   []ledger.Spec
	report  *reportFile
	watch   []int
	stderr  io.Writer
}

// realFolder returns the current folder by the name that the kernel has for it; $PWD may lead through links.
func realFolder() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(folder)
}

// findCommand returns the program's file, as a shell finds it.
func findCommand(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil || errors.Is(err, exec.ErrDot) {
		return path, nil
	}
	kind := errCannotRun
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		kind = errNotFound
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner // without the name, which exec and stat add as well
	}
	return "", &statusError{kind, fmt.Errorf("%s: %w", name, err)}
}

// shells put files on descriptors that they choose: exec 3>file.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox", "make", "env"}

// shellNumbers returns the descriptors that a shell's redirections may use, if the program is one, or a script.
func shellNumbers(path string) (numbers []int) {
	if !slices.Contains(shells, filepath.Base(path)) && !isScript(path) {
		return nil
	}
	for n := 3; n <= 9; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 2)
	n, _ := io.ReadFull(f, start)
	return string(start[:n]) == "#!"
}

// planHelp is what the help says of plans; faultsink-plan(7) has all of it.
const planHelp = `PLAN is TRIGGER ACTION [-> ACTION]... and further such rules after a ";":
  at SIZE, read at SIZE   when so many bytes were written, or read; what goes
                          beyond is cut there, and the next call meets ACTION
  across SIZE             the write that would go beyond SIZE, as a whole
  every SIZE, call N      at each multiple, not at 0; the Nth call that writes
  open, close, fsync, rename
An ACTION is an errno such as ENOSPC, short SIZE, stall D, stall forever,
stall until "FILE" (is there), rate SIZE/s, kill SIGNAL, nonblock FD, or ok.
ACTION*3 happens three times; the last errno, without a count, for ever. A plan
for the first SIZE bytes is drawn at random by 'TARGET=random SIZE'.`
