//go:build linux

package yjoint_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// scenarioIDVar marks, in its environment, every process of a script.
const scenarioIDVar = "SCENARIO_ID"

// A procInfo is one line of the process table.
type procInfo struct {
	pid, ppid int
	session   int  // the process that leads it
	state     byte // as /proc/PID/stat has it: R, S, D, T, Z, …
	comm      string
}

func (p procInfo) String() string {
	return fmt.Sprintf("pid %d, parent %d, state %c: %s", p.pid, p.ppid, p.state, p.commandLine())
}

// commandLine returns the arguments separated by blanks, the name in brackets if there are none.
func (p procInfo) commandLine() string {
	text, _ := os.ReadFile(p.file("cmdline"))
	if len(text) == 0 {
		return "[" + p.comm + "]"
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(text), "\x00"), "\x00", " ")
}

func (p procInfo) file(name string) string {
	return filepath.Join("/proc", strconv.Itoa(p.pid), name)
}

// readStat reads a stat file of /proc, of a process or a thread.
func readStat(file string) (p procInfo, fields []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return p, nil, err
	}
	// pid (comm) state ppid …; comm may hold blanks and parentheses.
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return p, nil, fmt.Errorf("%s: %q", file, text)
	}
	fields = strings.Fields(string(text[end+1:]))
	p.comm = string(text[open+1 : end])
	p.state = fields[0][0]
	p.pid, _ = strconv.Atoi(strings.TrimSpace(string(text[:open])))
	p.ppid, _ = strconv.Atoi(fields[1])
	p.session, err = strconv.Atoi(fields[3])
	return p, fields, err
}

// descendants returns the live processes below pid, parents first. Zombies are not alive.
func descendants(pid int) []procInfo {
	entries, _ := os.ReadDir("/proc")
	children := map[int][]procInfo{}
	for _, e := range entries {
		if name := e.Name(); name[0] < '0' || name[0] > '9' {
			continue
		}
		if p, _, err := readStat("/proc/" + e.Name() + "/stat"); err == nil && p.state != 'Z' && p.state != 'X' {
			children[p.ppid] = append(children[p.ppid], p)
		}
	}
	found := slices.Clone(children[pid])
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found
}

// alive returns the live processes of the script: those that carry its mark, work in its folder or
// belong to a session that it began, and whatever they started.
func (s *scenario) alive() []procInfo {
	var found []procInfo
	ours := map[int]bool{}
	for _, p := range descendants(os.Getpid()) {
		if ours[p.ppid] || s.began(p) || s.worksHere(p) {
			ours[p.pid] = true
			found = append(found, p)
		}
	}
	return found
}

// began says whether p carries the script's mark or, without any, belongs to a session that the script began. The number of a
// session is another's as soon as nobody is left in it, which among many processes is soon.
func (s *scenario) began(p procInfo) bool {
	if mark := valueIn(p, scenarioIDVar); mark != "" {
		return mark == s.id
	}
	return slices.ContainsFunc(s.all, func(own *process) bool {
		return own.cmd.Process.Pid == p.session && !own.isReplaced()
	})
}

// isReplaced says whether p is over, and its number is that of another process by now: none of p's session can be left.
func (p *process) isReplaced() bool {
	select {
	case <-p.ended:
		return unix.Kill(p.cmd.Process.Pid, 0) != unix.ESRCH
	default:
		return false
	}
}

// valueIn returns the value that name has in p's environment; "" if none.
func valueIn(p procInfo, name string) string {
	env, _ := os.ReadFile(p.file("environ"))
	for variable := range strings.SplitSeq(string(env), "\x00") {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

func (s *scenario) worksHere(p procInfo) bool {
	dir, _ := os.Readlink(p.file("cwd"))
	return dir == s.work || strings.HasPrefix(dir, s.work+"/")
}

// end kills what is left of the script's processes, whole trees, and waits for them.
func (s *scenario) end() {
	// Again until none is left: a process may start another while the table is read.
	err := poll(defaultWatchdog, func() (bool, error) {
		left := s.alive()
		for _, p := range left {
			unix.Kill(p.pid, unix.SIGKILL)
		}
		return len(left) == 0, nil
	})
	if err != nil {
		s.t.Log("processes could not be killed:\n" + s.describe())
	}
	s.unmountAll() // a killed faultsink leaves what nobody answers for
	for _, p := range s.all {
		if err == nil {
			<-p.ended
		}
		if p.stdin != nil {
			p.stdin.Close()
		}
		p.stdout.r.Close()
		p.stderr.r.Close()
	}
}

// describe says of each process of the script what it is doing: for the message of a watchdog.
func (s *scenario) describe() string {
	var b strings.Builder
	b.WriteString("processes of this script:\n")
	for _, p := range s.alive() {
		fmt.Fprintf(&b, "  %s\n", p)
		for _, task := range tasks(p.pid) {
			t, _, err := readStat(filepath.Join(task, "stat"))
			if err != nil {
				continue
			}
			wchan, _ := os.ReadFile(filepath.Join(task, "wchan"))
			syscall, _ := os.ReadFile(filepath.Join(task, "syscall"))
			number, _, _ := strings.Cut(string(syscall), " ")
			fmt.Fprintf(&b, "    thread %d (%s) %c, in %s, system call %s\n", t.pid, t.comm, t.state, wchan, strings.TrimSpace(number))
		}
	}
	s.abort()
	for _, p := range s.all {
		text, _, _ := p.stderr.state()
		fmt.Fprintf(&b, "  standard error of %s so far:\n%s\n", p.label, text)
	}
	return b.String()
}

// abort ends those of the script's processes that are this project's programs, one after the other. Go's runtime then says on standard
// error what each goroutine was doing.
func (s *scenario) abort() {
	built := []string{"yjoint", "yjoint-patient", "faultsink", "faultsink-static"} // by buildPrograms
	const patience = 5 * time.Second                                               // for what no signal can end
	for _, p := range s.alive() {
		exe, _ := os.Readlink(p.file("exe"))
		if !slices.Contains(built, filepath.Base(exe)) {
			continue
		}
		unix.Kill(p.pid, unix.SIGABRT)
		poll(patience, func() (bool, error) {
			return !slices.ContainsFunc(s.alive(), func(q procInfo) bool { return q.pid == p.pid }), nil
		})
	}
}

// tasks returns the folders of the threads of pid.
func tasks(pid int) []string {
	found, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*", pid))
	return found
}

func cmdSignal(ts *testscript.TestScript, args []string) error {
	group := len(args) > 0 && args[0] == "-group"
	if group {
		args = args[1:]
	}
	if len(args) != 2 {
		return errUsage
	}
	sig, err := parseSignal(args[1])
	if err != nil {
		return err
	}
	pid, err := targetPid(ts, args[0])
	if err != nil {
		return err
	}
	if group {
		pid = -pid
	}
	if err := unix.Kill(pid, sig); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// targetPid returns the process that is called target, or whose number is in the FILE of file:FILE. It
// must be one of the script's own.
func targetPid(ts *testscript.TestScript, target string) (int, error) {
	s := scenarioOf(ts)
	file, ok := strings.CutPrefix(target, "file:")
	if !ok {
		p, err := s.process(target)
		if err != nil {
			return 0, err
		}
		if p.hasEnded() {
			return 0, fmt.Errorf("%s has ended (%v)", target, p.cmd.ProcessState)
		}
		return p.cmd.Process.Pid, nil
	}
	text, err := os.ReadFile(ts.MkAbs(file))
	if err != nil {
		return 0, fatalError{err}
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fatalf("%s: %w", file, err)
	}
	if !slices.ContainsFunc(s.alive(), func(p procInfo) bool { return p.pid == pid }) {
		return 0, fmt.Errorf("%d is no live process of this script", pid)
	}
	return pid, nil
}

func cmdWaitProc(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	return waitUntil(ts, func() (bool, string) {
		return len(scenarioOf(ts).marked(args[0])) > 0, "no process has the mark " + args[0]
	})
}

func cmdNoProc(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	return waitUntil(ts, func() (bool, string) {
		left := scenarioOf(ts).marked(args[0])
		return len(left) == 0, fmt.Sprint("still alive: ", left)
	})
}

// marked returns the script's live processes that have mark in their command line or environment.
func (s *scenario) marked(mark string) []procInfo {
	var found []procInfo
	for _, p := range s.alive() {
		env, _ := os.ReadFile(p.file("environ"))
		if strings.Contains(p.commandLine(), mark) || bytes.Contains(env, []byte(mark)) {
			found = append(found, p)
		}
	}
	return found
}
