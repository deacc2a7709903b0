package guard

import (
	"bytes"
	"os"
	"strconv"
)

// Children returns the live processes whose parent this one is.
func Children() (all []int) {
	self := os.Getpid()
	for _, pid := range descendants(self) {
		if parent, live := parentOf(pid); live && parent == self {
			all = append(all, pid)
		}
	}
	return all
}

// descendants returns the processes below root that have not ended.
func descendants(root int) []int {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, live := parentOf(pid); live {
			children[parent] = append(children[parent], pid)
		}
	}
	all := children[root]
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// quickDescendants is descendants in a time that depends on the tree, not on how many processes the system has. One is missing if an
// elder sibling of its own, or of one above it, is reaped meanwhile; all are where the kernel lacks CONFIG_PROC_CHILDREN.
func quickDescendants(root int) []int {
	all := childrenOf(root)
	for i := 0; i < len(all); i++ {
		all = append(all, childrenOf(all[i])...)
	}
	return all
}

// childrenOf returns the children of all threads of a process, the dead ones included, as the kernel lists them.
func childrenOf(pid int) (all []int) {
	tasks := "/proc/" + strconv.Itoa(pid) + "/task/"
	threads, _ := os.ReadDir(tasks)
	for _, thread := range threads {
		text, _ := os.ReadFile(tasks + thread.Name() + "/children")
		for number := range bytes.FieldsSeq(text) {
			if child, err := strconv.Atoi(string(number)); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

// parentOf returns the parent of a live process, from /proc/PID/status. Not from stat: who reads that waits while the process is in the
// middle of execve(2), and it may be there for good, when a file that it closes then is on a file system that is dead.
func parentOf(pid int) (parent int, live bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	state := field(text, "State:")
	if state == "" || state[0] == 'Z' || state[0] == 'X' {
		return 0, false
	}
	parent, err = strconv.Atoi(field(text, "PPid:"))
	return parent, err == nil
}

// field returns the value on the line that begins with key. The name of the process is on the first line, with what would end it escaped.
func field(text []byte, key string) string {
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte(key)); ok {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}
