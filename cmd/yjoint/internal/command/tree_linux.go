package command

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// adoptOrphans makes processes whose parents die children of this one instead of init's.
func adoptOrphans() {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) // fails before Linux 3.4 only
}

// member is a process of a command's tree. Two with the same number have different start times.
type member struct {
	pid   int
	start string // clock ticks since boot, as /proc has it; "" for a child that was found without /proc
}

// signal sends sig, unless the process has ended and its number is another's.
func (m member) signal(sig unix.Signal) {
	if m.start == "" {
		_ = unix.Kill(m.pid, sig)
		return
	}
	if m.alive() {
		_ = unix.Kill(m.pid, sig) // ESRCH: it has just ended; EPERM: it is another user's, and is counted as left
	}
}

// stat is what /proc/PID/stat tells of a live process.
type stat struct {
	member
	parent int
}

// tree returns the live processes of the command: itself, its descendants, and those whose parents have died, which are
// this process's children then and carry the command's mark. None means that none was alive when the last look began.
func (p *Process) tree() (all []member) {
	if !procIsOurs() {
		return p.alone()
	}
	settled := false
	for range maxWalks {
		if all, settled = p.walk(processes(listProc)); settled {
			break
		}
	}
	return all
}

// walk picks the command's processes from those that were seen. settled is false if a child of this process has died since: nobody
// can tell any more whose it was, and its children, which have another parent now, are looked for where it was. Of an orphan that is
// about to be dead nobody can tell either: it belongs to every command, and its children, which are about to be orphans, to whom they
// are marked for.
func (p *Process) walk(seen []stat) (all []member, settled bool) {
	children := map[int][]stat{}
	for _, st := range seen {
		children[st.parent] = append(children[st.parent], st)
	}
	var add func(st stat)
	add = func(st stat) {
		all = append(all, st.member)
		for _, c := range children[st.pid] {
			add(c)
		}
	}
	settled = true
	var adopt func(parent int)
	adopt = func(parent int) {
		for _, st := range children[parent] {
			owner := p.sup.child(st.pid)
			if owner == p {
				add(st)
			}
			if owner != nil {
				continue
			}
			ours, err := marked(st.pid, p.mark)
			switch {
			case ours:
				add(st)
			case !st.alive():
				settled = false
			case err == errNoMemory:
				all = append(all, st.member)
				adopt(st.pid)
			}
		}
	}
	adopt(os.Getpid())
	return all, settled
}

// procIsOurs reports whether /proc is there and has the numbers of this process's name space; it may not in a chroot or a
// container.
func procIsOurs() bool {
	self, err := os.Readlink("/proc/self")
	return err == nil && self == strconv.Itoa(os.Getpid())
}

// alone is tree where nobody can tell the descendants: the command itself until it was waited for.
func (p *Process) alone() []member {
	if p.sup.child(p.pid) != p {
		return nil
	}
	return []member{{pid: p.pid}}
}

// child returns the process that was started under that number and has not ended, or nil.
func (s *Supervisor) child(pid int) *Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.children[pid]
}

// processes returns all processes that are alive when the last call of list begins, and maybe some that were before. Neither the list
// nor what is read of one process after the other is of one moment: a process may be born behind the list, and its parent die before
// it is read; or a parent may die that its child has still named. So it lists until nobody new is there, and asks the child again.
func processes(list func() []int) (all []stat) {
	seen, alive := map[int]bool{}, map[int]bool{}
	for looks, found := 0, true; found && looks < maxWalks; looks++ {
		found = false
		for _, pid := range list() {
			if seen[pid] {
				continue
			}
			seen[pid], found = true, true
			if st, ok := readStat(pid); ok {
				all, alive[pid] = append(all, st), true
			}
		}
	}
	for i, st := range all {
		if st.parent != 0 && !alive[st.parent] {
			if again, ok := readStat(st.pid); ok {
				all[i] = again // those of a dead parent were given another before it was dead
			}
		}
	}
	return all
}

// listProc returns the numbers of all processes.
func listProc() []int { return numbers("/proc") }

// numbers returns the names in a folder that are numbers.
func numbers(folder string) (all []int) {
	dir, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// readStat reads /proc/PID/stat; see proc_pid_stat(5). ok is false if the process is dead.
func readStat(pid int) (st stat, ok bool) {
	fields, ok := statFields("/proc/" + strconv.Itoa(pid))
	if !ok {
		return stat{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	return stat{member{pid, fields[19]}, parent}, err == nil
}

// alive reports whether it is the same process that lives.
func (m member) alive() bool {
	st, ok := readStat(m.pid)
	return ok && st.start == m.start
}

// statFields returns the fields from the third on of the stat file in a folder of /proc. ok is false if the process is dead, be it not
// yet waited for. While other threads live it isn't, although its first thread is called a zombie: it can't be waited for yet.
func statFields(folder string) (fields []string, ok bool) {
	data, err := os.ReadFile(folder + "/stat")
	if err != nil {
		return nil, false
	}
	// The second field is the program's name in parentheses, which may hold anything.
	fields = strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 20 || (fields[0] == "Z" || fields[0] == "X") && fields[17] <= "1" {
		return nil, false
	}
	return fields, true
}
