package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"yjoint/cmd/internal/faultfs"
	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	"yjoint/internal/size"
)

// mountOptions are those of `faultsink mount`.
type mountOptions struct {
	faulted
	size    storeFlag
	backing string
	discard bool
}

func newMount() *cobra.Command {
	o := &mountOptions{}
	c := &cobra.Command{
		Use:   "mount DIR --fault GLOB=PLAN... [OPTION]... [-- COMMAND...]",
		Short: "Mount a file system whose files fail",
		Long: `Mount a file system on the empty folder DIR whose files accept what is written
and fail as PLAN says: on writes and reads at an exact byte, counted from the
open, on open, close, fsync and rename. Any program can use it. With COMMAND:
mount, run it, unmount, report. Otherwise it stays until INT, TERM or HUP comes
or somebody unmounts it.

  faultsink mount m --fault 'app.log=at 1MB ENOSPC' -- ./app --log m/app.log
  faultsink mount m --fault '*=close EIO' --discard -- cp disk.img m/copy

GLOB is a pattern: without "/" for the last part of a file's name, otherwise for
its place below DIR. Files are stored in memory. The exit status is as exec's.
What COMMAND leaves running is killed after 5 seconds. A dead mount that a
killed run has left is cleared. Linux with /dev/fuse, as root or by fusermount3.`,
		RunE: func(c *cobra.Command, args []string) error {
			folder, command, err := splitMount(args, c.ArgsLenAtDash())
			if err != nil {
				return err
			}
			return o.run(folder, command, c.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.register(f, "GLOB")
	f.Var(&o.size, "size", "no more than that can be stored, holes not counted (default half of the\nmemory; without limit if nothing is stored there)")
	f.StringVar(&o.backing, "backing", "", "let the files really be in the folder `DIR2`, which need not be empty")
	f.BoolVar(&o.discard, "discard", false, "store nothing but the length of files: what was written reads as zeros")
	return c
}

// splitMount takes DIR and COMMAND from the arguments, of which the first dash were before "--"; -1: there was none.
func splitMount(args []string, dash int) (folder string, command []string, err error) {
	if dash < 0 {
		dash = len(args)
	} else if command = args[dash:]; len(command) == 0 {
		return "", nil, errors.New(`mount: no COMMAND after "--": expected the program to run, and its arguments`)
	}
	switch {
	case dash == 0:
		return "", nil, errors.New("mount: no DIR: expected the empty folder to mount on")
	case dash > 1:
		return "", nil, fmt.Errorf(`mount: expected one DIR, found %q: COMMAND stands after "--"`, strings.Join(args[:dash], " "))
	}
	return args[0], command, nil
}

// mounting is a run of `faultsink mount`.
type mounting struct {
	folder  string
	command []string // nil: none
	path    string   // of its program
	specs   []ledger.Spec
	options faultfs.Options
	report  *reportFile
	stderr  io.Writer
}

// run does what can be refused before anything is mounted, and has it mounted.
func (o *mountOptions) run(folder string, command []string, stderr io.Writer) error {
	if err := o.check(command); err != nil {
		return err
	}
	full, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	specs, err := o.specs(fault.ForMount, false, full, stderr)
	if err == nil {
		err = faultfs.Check(specs)
	}
	if err != nil {
		return err
	}
	x := mounting{folder: folder, command: command, specs: specs, stderr: stderr,
		options: faultfs.Options{Size: int64(o.size), Backing: o.backing, Discard: o.discard}}
	if under(full, o.report) {
		return fmt.Errorf("--report %s: %s is mounted over: expected a file elsewhere", o.report, folder)
	}
	taken := ""
	if command != nil {
		taken = "what COMMAND writes"
		if x.path, err = findCommand(command[0]); err != nil {
			return err
		}
	}
	if x.report, err = openReport(o.report, taken); err != nil {
		return err
	}
	return o.mount(x)
}

// check refuses options that mean nothing together.
func (o *mountOptions) check(command []string) error {
	switch {
	case len(o.faults) == 0 && o.size == 0:
		return errors.New("nothing would fail: expected --fault, such as --fault 'app.log=at 1MB ENOSPC', or --size")
	case command == nil && o.expects.given():
		return errors.New("--expect-exit and --expect-stderr are about COMMAND: expected one after --")
	case o.backing != "" && o.discard:
		return errors.New("--backing and --discard: expected one of them, what is discarded is nowhere")
	case o.backing != "" && o.size != 0:
		return errors.New("--backing and --size: expected one of them, the backing folder has a size of its own")
	}
	return nil
}

// under reports whether the file is in the folder, which is an absolute name.
func under(folder, file string) bool {
	full, err := filepath.Abs(file)
	return file != "" && err == nil && strings.HasPrefix(full, strings.TrimSuffix(folder, "/")+"/")
}

// storeFlag is a pflag.Value: how much can be stored; 0: not given.
type storeFlag int64

func (s *storeFlag) Type() string { return "SIZE" }

func (s *storeFlag) String() string {
	if *s == 0 {
		return ""
	}
	return size.Format(int64(*s))
}

func (s *storeFlag) Set(text string) error {
	n, err := size.Parse(text)
	if err == nil && n == 0 {
		err = errors.New("0 stores nothing: expected 1 byte or more; --discard keeps nothing but accepts all")
	}
	*s = storeFlag(n)
	return err
}
