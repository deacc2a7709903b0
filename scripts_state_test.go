//go:build linux

package yjoint_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func cmdWaitState(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	name, program, _ := strings.Cut(args[0], "/")
	p, err := scenarioOf(ts).process(name)
	if err != nil {
		return err
	}
	reached, ok := map[string]func(now, before snapshot) bool{
		"blocked": snapshot.blocked,
		"stopped": func(now, _ snapshot) bool { return now.states == "T" },
		"running": func(now, _ snapshot) bool { return now.states != "" && !strings.Contains(now.states, "T") },
	}[args[1]]
	if !ok {
		return errUsage
	}
	var before snapshot
	var gone error
	err = waitUntil(ts, func() (bool, string) {
		var now snapshot
		if pid := p.find(program); pid != 0 {
			now = takeSnapshot(pid)
		}
		if p.hasEnded() {
			gone = fmt.Errorf("%s has ended (%v)", p.label, p.cmd.ProcessState)
			return true, ""
		}
		done := reached(now, before)
		if !now.sameAs(before) {
			before = now
		}
		return done, fmt.Sprintf("%s is not %s: its threads' states are %s", args[0], args[1], cmp.Or(now.states, "none"))
	})
	if err != nil {
		return err
	}
	return gone
}

// find returns the number of a process below p that runs that program, of p itself for none; 0: there is none.
func (p *process) find(program string) int {
	if program == "" {
		return p.cmd.Process.Pid
	}
	for _, d := range descendants(p.cmd.Process.Pid) {
		if d.comm == program {
			return d.pid
		}
	}
	return 0
}

// A snapshot tells whether a process does anything.
type snapshot struct {
	states string // the different states of its threads, sorted
	onCPU  string // how long each of its threads has run, in ns
	at     time.Time
}

func takeSnapshot(pid int) snapshot {
	now := snapshot{at: time.Now()}
	states := []byte{}
	for _, task := range tasks(pid) {
		if t, _, err := readStat(filepath.Join(task, "stat")); err == nil {
			states = append(states, t.state)
		}
		used, _ := os.ReadFile(filepath.Join(task, "schedstat"))
		now.onCPU += string(used)
	}
	slices.Sort(states)
	now.states = string(slices.Compact(states))
	return now
}

// blockedFor is how long a process must not have run to be taken for blocked: longer than a thread
// that merely yields, or a runtime's timer of 10 ms, stays off the CPU.
const blockedFor = 60 * time.Millisecond

// blocked says whether all threads have been asleep, and none has run, since before.
func (now snapshot) blocked(before snapshot) bool {
	return now.states == "S" && now.sameAs(before) && now.at.Sub(before.at) >= blockedFor
}

func (now snapshot) sameAs(before snapshot) bool {
	return now.states == before.states && now.onCPU == before.onCPU
}

func cmdCPUTime(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 || args[1] != "<=" {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	limit, err := time.ParseDuration(args[2])
	if err != nil {
		return fatalError{err}
	}
	used, err := p.cpuTime()
	if err != nil {
		return fatalError{err}
	}
	ts.Logf("[%s used %v of CPU time]", p.label, used)
	if used > limit {
		return fmt.Errorf("%s used %v of CPU time, want at most %v", p.label, used, limit)
	}
	return nil
}

// cpuTime is what the live process has used so far; after its end, with the children that it waited for.
func (p *process) cpuTime() (time.Duration, error) {
	if p.hasEnded() {
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime(), nil
	}
	_, fields, err := readStat(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// Fields 14 and 15 of the line, in ticks of USER_HZ, which is 100 on every Linux.
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100), nil
}

func cmdMaxRSS(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 || args[1] != "<=" {
		return errUsage
	}
	p, err := scenarioOf(ts).process(args[0])
	if err != nil {
		return err
	}
	limit, err := parseSize(args[2])
	if err != nil {
		return err
	}
	peak, err := p.maxRSS()
	if err != nil {
		return fatalError{err}
	}
	ts.Logf("[%s held %d bytes of memory at most]", p.label, peak)
	if peak > limit {
		return fmt.Errorf("%s held %d bytes of memory, want at most %d", p.label, peak, limit)
	}
	return nil
}

// maxRSS is the largest resident memory of the live process so far. After its end nobody knows: what
// wait4 then tells includes that of the process which forked it, the test run.
func (p *process) maxRSS() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	kib, ok := statusField(string(text), "VmHWM")
	if !ok {
		return 0, fmt.Errorf("%s has ended: use the program measure for its peak", p.label)
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(kib, " kB"), 10, 64)
	return n << 10, err
}

// statusField returns a field of the text of a status file of /proc.
func statusField(text, name string) (string, bool) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// cmdSigset checks a signal set in FILE, a copy of a process's own /proc/self/status.
func cmdSigset(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errUsage
	}
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	mask, ok := statusField(string(text), args[1])
	if !ok {
		return fatalf("no %s in %s", args[1], args[0])
	}
	bits, err := strconv.ParseUint(mask, 16, 64)
	if err != nil {
		return fatalError{err}
	}
	var want uint64
	for _, name := range args[2:] {
		sig, err := parseSignal(name)
		if err != nil {
			return err
		}
		want |= 1 << (sig - 1)
	}
	if bits != want {
		return fmt.Errorf("%s is %s, want %s", args[1], signalNames(bits), signalNames(want))
	}
	return nil
}

func signalNames(bits uint64) string {
	var names []string
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		if bits&(1<<(sig-1)) != 0 {
			name := unix.SignalName(sig)
			if name == "" {
				name = strconv.Itoa(int(sig))
			}
			names = append(names, name)
		}
	}
	return fmt.Sprintf("{%s}", strings.Join(names, " "))
}
