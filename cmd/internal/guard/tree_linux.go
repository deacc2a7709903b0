package guard

import (
	"os"
	"strconv"
	"strings"
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

// parentOf returns the parent of a live process, from /proc/PID/status. /proc/PID/stat would do, but can't be read while the kernel
// closes descriptors for an exec of that process, be it anybody's, which lasts as long as a file system takes for it.
func parentOf(pid int) (parent int, live bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "State" && strings.Trim(value[:min(1, len(value))], "ZX") == "":
			return 0, false
		case key == "PPid":
			parent, err = strconv.Atoi(value)
			return parent, err == nil
		}
	}
	return 0, false
}
