//go:build linux && (amd64 || arm64)

package trial

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// threads returns what /proc tells of each thread of a process: the text of its file of that name.
func threads(pid int, file string) (all []string) {
	tasks := fmt.Sprintf("/proc/%d/task", pid)
	entries, _ := os.ReadDir(tasks)
	for _, e := range entries {
		if text, err := os.ReadFile(tasks + "/" + e.Name() + "/" + file); err == nil {
			all = append(all, string(text))
		}
	}
	return all
}

// statFields are those of /proc/PID/stat after the name in parentheses: the first is the state.
func statFields(text string) []string {
	return strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
}

// allThreads reports whether each thread is in one of the states.
func allThreads(pid int, states string) bool {
	all := threads(pid, "stat")
	for _, text := range all {
		if f := statFields(text); len(f) == 0 || !strings.Contains(states, f[0]) {
			return false
		}
	}
	return len(all) > 0
}

// sleepStates are those of a thread that waits, or has ended.
const sleepStates = "S" + diskState + endStates

// diskState is that of a thread that waits for a disk or the like, which ends by itself or never.
const diskState = "D"

// endStates are those of a thread that has ended.
const endStates = "ZX"

// Fields of a stat after the name.
const (
	userTicks   = 11
	systemTicks = 12
	// ticksPerSecond is USER_HZ, which is 100 on all platforms that this is built for.
	ticksPerSecond = 100
)

// family returns the process and its descendants.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		for _, text := range threads(all[i], "children") {
			for word := range strings.FieldsSeq(text) {
				if child, err := strconv.Atoi(word); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// state is what a process and its descendants are doing.
type state int

const (
	awake  state = iota // some of it runs, or would if there were a processor for it
	held                // all wait, some for a disk or for the supervisor's answer to a call
	asleep              // all wait for something else
)

// survey returns the ticks that the process and its descendants have used, and what they are doing. One that has ended is not asleep:
// it is its parent who has something to do, and on a busy machine that may take longer than anybody's patience.
func survey(pid int) (ticks int64, s state) {
	s = asleep
	for _, p := range family(pid) {
		all := threads(p, "stat")
		if len(all) == 0 {
			s = awake // it has gone meanwhile
		}
		for _, text := range all {
			f := statFields(text)
			if len(f) <= systemTicks {
				continue
			}
			user, _ := strconv.ParseInt(f[userTicks], 10, 64)
			system, _ := strconv.ParseInt(f[systemTicks], 10, 64)
			ticks += user + system
			switch {
			case !strings.Contains(sleepStates, f[0]):
				s = awake
			case f[0] == diskState && s == asleep:
				s = held
			}
		}
	}
	switch {
	case allThreads(pid, endStates):
		s = awake
	case s == asleep && isHeld(pid):
		s = held
	}
	return ticks, s
}

// isHeld reports whether a call of the process waits for the answer of its supervisor, as far as the kernel tells.
func isHeld(pid int) bool {
	return slices.ContainsFunc(threads(pid, "wchan"), func(place string) bool { return strings.HasPrefix(place, "seccomp_") })
}

// sleepWatch finds out whether the tool is asleep: at two looks in a row all threads of it and of what it has started wait, and none
// has run in between. What was given as the tool may only start it, as strace and timeout do.
type sleepWatch struct {
	x    *run
	last string
}

func (w *sleepWatch) asleep() bool {
	if w.x.hasExited() {
		return true
	}
	var now strings.Builder
	for _, p := range family(w.x.process.PID()) {
		for _, text := range threads(p, "status") {
			state, switches := sleepOf(text)
			if !strings.Contains(sleepStates, state) {
				w.last = ""
				return false
			}
			now.WriteString(state + switches + "\n")
		}
	}
	same := now.Len() > 0 && now.String() == w.last
	w.last = now.String()
	return same
}

// sleepOf returns the state in a thread's status, and which thread it is and how often it has been switched.
func sleepOf(status string) (state, switches string) {
	for line := range strings.Lines(status) {
		switch key, value, _ := strings.Cut(line, ":"); key {
		case "State":
			state = strings.TrimSpace(value)[:1]
		case "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", "Pid":
			switches += " " + strings.TrimSpace(value)
		}
	}
	return state, switches
}

// where says what each thread of the process is doing.
func where(pid int) string {
	var all []string
	for _, text := range threads(pid, "syscall") {
		word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		what := word
		if n, err := strconv.Atoi(word); err == nil {
			what = callName(n)
			if f := strings.Fields(text); usesFD[what] && len(f) > 1 {
				if fd, err := strconv.ParseInt(f[1], 0, 64); err == nil {
					what += fmt.Sprintf("(%d)", fd)
				}
			}
		}
		if len(all) == 0 || all[len(all)-1] != what {
			all = append(all, what)
		}
	}
	if len(all) > 3 {
		all = append(all[:3], "…")
	}
	return strings.Join(all, ", ")
}
