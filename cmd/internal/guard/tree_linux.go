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

// parentOf returns the parent of a live process, from /proc/PID/stat: the fields after the name in parentheses, which may
// itself contain them.
func parentOf(pid int) (parent int, live bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 2 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
		return 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return parent, err == nil
}
