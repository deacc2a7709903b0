//go:build linux

package yjoint_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// programs are copies of the test binary that the scripts can run beside those of cmd. They must not
// change what they inherit, but for what they are asked to.
var programs = map[string]func(){
	"peer":    peerMain,
	"with":    withMain,
	"fds":     fdsMain,
	"measure": measureMain,
	"inpty":   inptyMain,
}

// programUsages are the programs and their arguments, as the README's table has them.
var programUsages = []string{
	"peer STEP...",
	"with SETTING... -- COMMAND...",
	"fds [FILE]",
	"measure FILE COMMAND...",
	"inpty STEP... -- COMMAND...",
}

// programFailed is the exit status of a program that could not do what it was told: one that no
// script asks for.
const programFailed = 125

func fail(program string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
	os.Exit(programFailed)
}

// endAs ends this process as another one ended, by exit or by signal.
func endAs(ws syscall.WaitStatus) {
	if ws.Signaled() {
		dieOf(ws.Signal())
	}
	os.Exit(ws.ExitStatus())
}

// dieOf ends this process by sig. The Go runtime has handlers of its own for signals: sh has none, and
// leaves no core file.
func dieOf(sig syscall.Signal) {
	script := fmt.Sprintf("ulimit -c 0; kill -%d $$", int(sig))
	fail("die", syscall.Exec("/bin/sh", []string{"sh", "-c", script}, os.Environ()))
}

// patience is how long a program waits: less than the script's own watchdog, so that the program's
// message is the one that is seen.
func patience() time.Duration {
	limit, err := watchdog(os.Getenv)
	if err != nil {
		limit = defaultWatchdog
	}
	return limit / 4 * 3
}

// splitCommand splits the arguments of a program at "--".
func splitCommand(args []string) (words, command []string, err error) {
	i := slices.Index(args, "--")
	if i < 0 || i == len(args)-1 {
		return nil, nil, errors.New("no -- COMMAND")
	}
	return args[:i], args[i+1:], nil
}

// withMain changes attributes that processes inherit, then becomes COMMAND.
func withMain() {
	settings, command, err := splitCommand(os.Args[1:])
	if err != nil {
		fail("with", err)
	}
	path, err := lookPath(os.Getenv("PATH"), command[0])
	if err != nil {
		fail("with", err)
	}
	for _, word := range settings {
		name, value, _ := strings.Cut(word, "=")
		set := withSettings[name]
		if set == nil {
			fail("with", fmt.Errorf("unknown setting %q: want one of %v", word, slices.Sorted(maps.Keys(withSettings))))
		}
		if err := set(value); err != nil {
			fail("with", fmt.Errorf("%s: %w", word, err))
		}
	}
	fail("with", syscall.Exec(path, command, os.Environ()))
}

var withSettings = map[string]func(value string) error{
	"fsize":    func(value string) error { return setLimit(unix.RLIMIT_FSIZE, value) },
	"nofile":   func(value string) error { return setLimit(unix.RLIMIT_NOFILE, value) },
	"nproc":    func(value string) error { return setLimit(unix.RLIMIT_NPROC, value) },
	"ignore":   ignoreSignals,
	"uid":      becomeUser,
	"umask":    setUmask,
	"nonblock": func(value string) error { return setNonblock(value, true) },
	"close":    closeDescriptor,
}

func setLimit(resource int, value string) error {
	n, err := parseSize(value)
	if err != nil {
		return err
	}
	// By syscall, not unix: it makes Exec leave the number of open files as set here.
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: uint64(n), Max: uint64(n)})
}

func ignoreSignals(value string) error {
	for name := range strings.SplitSeq(value, ",") {
		sig, err := parseSignal(name)
		if err != nil {
			return err
		}
		signal.Ignore(sig)
	}
	return nil
}

func becomeUser(value string) error {
	uid, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	if err := syscall.Setgroups(nil); err != nil {
		return os.NewSyscallError("setgroups", err)
	}
	if err := syscall.Setgid(uid); err != nil {
		return os.NewSyscallError("setgid", err)
	}
	return os.NewSyscallError("setuid", syscall.Setuid(uid))
}

func setUmask(value string) error {
	mask, err := strconv.ParseUint(value, 8, 12)
	if err != nil {
		return err
	}
	syscall.Umask(int(mask))
	return nil
}

// setNonblock changes the flag of the open file description that fd shares with others.
func setNonblock(value string, nonblocking bool) error {
	fd, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	return os.NewSyscallError("fcntl", unix.SetNonblock(fd, nonblocking))
}

func closeDescriptor(value string) error {
	fd, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	return os.NewSyscallError("close", unix.Close(fd))
}

// fdsMain lists the descriptors that it inherited, one a line: the number, what it is, its flags.
// Those that the Go runtime has opened are close-on-exec and left out.
func fdsMain() {
	var list strings.Builder
	for fd := range 1024 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil {
			fail("fds", err)
		}
		fmt.Fprintf(&list, "%d %s%s\n", fd, target, descriptionFlags(fd))
	}
	if len(os.Args) < 2 {
		os.Stdout.WriteString(list.String())
		return
	}
	// Renamed into place: whoever waits for the file finds it whole.
	if err := os.WriteFile(os.Args[1]+".new", []byte(list.String()), 0o666); err != nil {
		fail("fds", err)
	}
	if err := os.Rename(os.Args[1]+".new", os.Args[1]); err != nil {
		fail("fds", err)
	}
}

func descriptionFlags(fd int) string {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		fail("fds", os.NewSyscallError("fcntl", err))
	}
	names := map[int]string{unix.O_RDONLY: " read", unix.O_WRONLY: " write", unix.O_RDWR: " read write"}[flags&unix.O_ACCMODE]
	if flags&unix.O_APPEND != 0 {
		names += " append"
	}
	if flags&unix.O_NONBLOCK != 0 {
		names += " nonblock"
	}
	return names
}

// usage is what measure writes.
type usage struct {
	MaxRSS int64 `json:"maxrss"` // bytes
	// CPU time of COMMAND and of the children that it waited for, in seconds.
	User   float64 `json:"user"`
	System float64 `json:"system"`
	Wall   float64 `json:"wall"`
}

// measureMain runs COMMAND, writes what it used to FILE as JSON, and ends as it ended. The memory is
// that of the largest process, and not less than measure's own (a few MiB): a fork inherits it.
func measureMain() {
	if len(os.Args) < 3 {
		fail("measure", errors.New("usage: measure FILE COMMAND..."))
	}
	used, ws, err := measure(os.Args[2:])
	if err != nil {
		fail("measure", err)
	}
	text, err := json.Marshal(used)
	if err == nil {
		err = os.WriteFile(os.Args[1], append(text, '\n'), 0o666)
	}
	if err != nil {
		fail("measure", err)
	}
	endAs(ws)
}

func measure(command []string) (usage, syscall.WaitStatus, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, 0, err
	}
	cmd.Wait() // its status is in ProcessState
	ru := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return usage{
		MaxRSS: int64(ru.Maxrss) << 10, // KiB on Linux
		User:   cmd.ProcessState.UserTime().Seconds(),
		System: cmd.ProcessState.SystemTime().Seconds(),
		Wall:   time.Since(start).Seconds(),
	}, cmd.ProcessState.Sys().(syscall.WaitStatus), nil
}
