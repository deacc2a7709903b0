//go:build linux

package yjoint_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A command of the scripts. Its run returns a plain error where what the script demands does not hold:
// that is what "!" in front of it expects. Every other error is fatal, negated or not.
type command struct {
	usage string // name and arguments, as the README's table has them
	run   func(ts *testscript.TestScript, args []string) error
}

// commands are the scripts' commands beside those of testscript itself.
var commands = []command{
	{"require NAME...", cmdRequire},
	{"let VAR json FILE PATH | size FILE | pid NAME", cmdLet},

	{"status [-exit] [-in FILE | -pipe FILE] EXPECT COMMAND...", cmdStatus},
	{"start [-in FILE | -pipe FILE] NAME COMMAND...", cmdStart},
	{"await [-exit] NAME EXPECT", cmdAwait},
	{"signal [-group] NAME | file:FILE SIGNAL", cmdSignal},
	{"stdin-write NAME TEXT | file:FILE", cmdStdinWrite},
	{"stdin-close NAME", cmdStdinClose},

	{"waitfile FILE...", cmdWaitFile},
	{"waitsize FILE SIZE", cmdWaitSize},
	{"waitline NAME stdout|stderr REGEX", cmdWaitLine},
	{"waitstatus NAME REGEX", cmdWaitStatus},
	{"waitstate NAME[/PROGRAM] blocked|stopped|running", cmdWaitState},
	{"waitproc MARK", cmdWaitProc},
	{"noproc MARK", cmdNoProc},

	{"mkfifo FILE...", cmdMkfifo},
	{"genfile FILE SIZE [SEED]", cmdGenFile},
	{"size FILE SIZE", cmdSize},
	{"cmpbytes FILE1 FILE2", cmdCmpBytes},
	{"cmpprefix FILE WHOLE [SIZE]", cmdCmpPrefix},
	{"nofile PATTERN...", cmdNoFile},
	{"onlyfiles DIR [NAME...]", cmdOnlyFiles},
	{"nomount", cmdNoMount},

	{"json FILE PATH ==|!=|<|<=|>|>= VALUE", cmdJSON},
	{"json FILE PATH exists|absent|len N|match REGEX", cmdJSON},
	{"sigset FILE SigIgn|SigBlk|SigCgt [SIGNAL...]", cmdSigset},
	{"cputime NAME <= DURATION", cmdCPUTime},
	{"maxrss NAME <= SIZE", cmdMaxRSS},
}

func (c command) name() string { return strings.Fields(c.usage)[0] }

// fatalError is an error that "!" does not turn into a success.
type fatalError struct{ error }

func fatalf(format string, args ...any) error { return fatalError{fmt.Errorf(format, args...)} }

// errUsage is returned by a command that was called with the wrong arguments.
var errUsage = errors.New("wrong arguments")

func testscriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	usages := map[string][]string{}
	for _, c := range commands {
		usages[c.name()] = append(usages[c.name()], c.usage)
	}
	cmds := map[string]func(*testscript.TestScript, bool, []string){}
	for _, c := range commands {
		cmds[c.name()] = func(ts *testscript.TestScript, neg bool, args []string) {
			judge(ts, neg, c.name(), usages[c.name()], c.run(ts, args))
		}
	}
	return cmds
}

// judge ends the script unless err is what the line, negated or not, asked for.
func judge(ts *testscript.TestScript, neg bool, name string, usages []string, err error) {
	var fatal fatalError
	switch {
	case errors.Is(err, errUsage):
		ts.Fatalf("usage: %s", strings.Join(usages, "\n       "))
	case errors.As(err, &fatal), err != nil && !neg:
		ts.Fatalf("%s: %v", name, err)
	case err == nil && neg:
		ts.Fatalf("%s: unexpected success", name)
	case err != nil:
		ts.Logf("[fails, as it should: %v]", err)
	}
}

// defaultWatchdog is how long a command of the harness waits before it fails; WATCHDOG in the
// script's environment changes it.
const defaultWatchdog = time.Minute

func watchdog(getenv func(string) string) (time.Duration, error) {
	limit, err := time.ParseDuration(getenv("WATCHDOG"))
	if err != nil {
		return 0, fatalf("WATCHDOG: %w", err)
	}
	return limit, nil
}

// poll asks done again and again until it says true or returns an error, for as long as limit. It is
// the one place that sleeps, for what the kernel has no event for.
func poll(limit time.Duration, done func() (bool, error)) error {
	deadline := time.Now().Add(limit)
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("watchdog: not within %v", limit)
		}
		time.Sleep(pause)
	}
}

// waitUntil is poll with the script's watchdog; what is missing is in the error, together with the
// state of the script's processes.
func waitUntil(ts *testscript.TestScript, done func() (ok bool, missing string)) error {
	limit, err := watchdog(ts.Getenv)
	if err != nil {
		return err
	}
	var missing string
	err = poll(limit, func() (ok bool, _ error) {
		ok, missing = done()
		return ok, nil
	})
	if err != nil {
		return fatalf("%w: %s\n%s", err, missing, scenarioOf(ts).describe())
	}
	return nil
}

// cmdRequire skips the script if a prerequisite is missing: in CI, where all of them are installed, it
// fails.
func cmdRequire(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	for _, name := range args {
		missing := prerequisite(ts, name)
		if missing == "" {
			continue
		}
		if os.Getenv("CI_REQUIRE_ALL") == "1" {
			return fatalf("CI_REQUIRE_ALL=1, but %s", missing)
		}
		scenarioOf(ts).t.Skip("skipped: " + missing)
	}
	return nil
}

// prerequisite says why the prerequisite called name is missing, or "".
func prerequisite(ts *testscript.TestScript, name string) string {
	switch name {
	case "root":
		if os.Getuid() != 0 {
			return "this scenario needs root"
		}
	case "proc":
		if _, err := os.Stat("/proc/self/stat"); err != nil {
			return "/proc is not mounted"
		}
	case "pty":
		if master, _, err := openPty(); err != nil {
			return "no terminals: " + err.Error()
		} else {
			master.Close()
		}
	case "seccomp":
		return noExec()
	case "fuse":
		return noFuse()
	case "fuse-for-all":
		return noFuseForAll()
	case "sshd":
		// sshd insists on being called by its absolute path.
		path, err := lookPath(ts.Getenv("PATH")+":/usr/sbin:/usr/local/sbin:/sbin", name)
		if err != nil {
			return err.Error()
		}
		ts.Setenv("SSHD", path)
	default:
		if _, err := lookPath(ts.Getenv("PATH"), name); err != nil {
			return err.Error()
		}
	}
	return ""
}

// lookPath finds the program called name in the folders of path.
func lookPath(path, name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, dir := range filepath.SplitList(path) {
		full := filepath.Join(dir, name)
		if info, err := os.Stat(full); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return full, nil
		}
	}
	return "", fmt.Errorf("the program %s: %w", name, exec.ErrNotFound)
}

// cmdLet puts a value that a later line needs into a variable of the script.
func cmdLet(ts *testscript.TestScript, args []string) error {
	if len(args) < 3 {
		return errUsage
	}
	name, kind, rest := args[0], args[1], args[2:]
	var value string
	switch {
	case kind == "json" && len(rest) == 2:
		found, err := jsonAt(ts.MkAbs(rest[0]), rest[1])
		if err != nil {
			return err
		}
		value = fmt.Sprint(found)
	case kind == "size" && len(rest) == 1:
		info, err := os.Stat(ts.MkAbs(rest[0]))
		if err != nil {
			return err
		}
		value = fmt.Sprint(info.Size())
	case kind == "pid" && len(rest) == 1:
		p, err := scenarioOf(ts).process(rest[0])
		if err != nil {
			return err
		}
		value = fmt.Sprint(p.cmd.Process.Pid)
	default:
		return errUsage
	}
	ts.Setenv(name, value)
	ts.Logf("[%s=%s]", name, value)
	return nil
}
