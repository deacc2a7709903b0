//go:build linux && (amd64 || arm64)

package supervisor

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// status is what /proc/TID/status tells of a thread.
type status struct {
	process int // thread group
	umask   int
	threads int
	uid     uint32 // for files
	gid     uint32
	groups  string

	pending uint64 // signals for the thread
	shared  uint64 // for the process
	blocked uint64
	ignored uint64
	caught  uint64
}

func readStatus(thread int) (s status, err error) {
	text, err := readFile(procPath(thread, "status"))
	if err != nil {
		return s, err
	}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Tgid":
			s.process, _ = strconv.Atoi(value)
		case "Umask":
			mask, _ := strconv.ParseInt(value, 8, 32)
			s.umask = int(mask)
		case "Threads":
			s.threads, _ = strconv.Atoi(value)
		case "Uid":
			s.uid = lastID(value)
		case "Gid":
			s.gid = lastID(value)
		case "Groups":
			s.groups = value
		case "SigPnd":
			s.pending = hex(value)
		case "ShdPnd":
			s.shared = hex(value)
		case "SigBlk":
			s.blocked = hex(value)
		case "SigIgn":
			s.ignored = hex(value)
		case "SigCgt":
			s.caught = hex(value)
		}
	}
	return s, nil
}

// lastID returns the fourth of four numbers, that for files.
func lastID(value string) uint32 {
	fields := strings.Fields(value)
	id, _ := strconv.ParseUint(fields[len(fields)-1], 10, 32)
	return uint32(id)
}

func hex(value string) uint64 {
	n, _ := strconv.ParseUint(value, 16, 64)
	return n
}

// harmless are the signals that are ignored by default.
var harmless = mask(unix.SIGCHLD, unix.SIGURG, unix.SIGWINCH, unix.SIGCONT)

func mask(signals ...syscall.Signal) (m uint64) {
	for _, sig := range signals {
		m |= 1 << (sig - 1)
	}
	return m
}

// interrupted reports whether a signal waits for the thread that would interrupt its call. The kernel delivers none but
// deadly ones before the call is answered (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV). A signal for the process goes to its first
// thread unless that blocks it.
func interrupted(thread int) bool {
	s, err := readStatus(thread)
	if err != nil {
		return false
	}
	waiting := s.pending
	if s.process == thread || s.threads == 1 {
		waiting |= s.shared
	}
	return waiting&^s.blocked&^s.ignored&^(harmless&^s.caught) != 0
}

func readFile(name string) (string, error) {
	text, err := os.ReadFile(name)
	return string(text), err
}

func commandName(pid int) string {
	text, err := readFile(procPath(pid, "comm"))
	if err != nil {
		return "ended"
	}
	return strings.TrimSpace(text)
}

func openNumbers(pid int) (all []int) {
	entries, _ := os.ReadDir(procPath(pid, "fd"))
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			all = append(all, n)
		}
	}
	return all
}
