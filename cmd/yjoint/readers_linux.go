package main

import (
	"bytes"
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Of what /proc has of a process, fd and status can be read at any time. cmdline, stat and environ can't while it is stuck in
// an execve on a dead file system.

const (
	// commandPatience is how long a process's command line is waited for.
	commandPatience = 100 * time.Millisecond
	// longestCmdline is how much of it is read, in bytes.
	longestCmdline = 4096
)

// pipeEnd tells by what a pipe or FIFO is recognised among the descriptors of other processes.
type pipeEnd struct {
	link string // what /proc/PID/fd/N is a link to: "pipe:[INODE]", or a FIFO's path
	id   identity
}

func (p pipeEnd) known() bool { return p.link != "" }

// pipeEndOf returns t's, the zero value if t is nil or neither pipe nor FIFO.
func pipeEndOf(t *target) pipeEnd {
	if t == nil || t.err != nil || t.state.kind != kindPipe && t.state.kind != kindFIFO {
		return pipeEnd{}
	}
	link, err := "", error(nil)
	if t.adopted() {
		link, err = os.Readlink("/proc/self/fd/" + strconv.Itoa(t.fd))
	} else {
		link, err = realPath(t.path)
	}
	if err != nil {
		return pipeEnd{}
	}
	return pipeEnd{link: strings.TrimSuffix(link, deletedSuffix), id: t.state.id}
}

// deletedSuffix is added to the path of a file that was removed.
const deletedSuffix = " (deleted)"

// holder is a process that has a pipe open for reading. All is taken down where it is found, because it may end at any time.
type holder struct {
	pid, fd int // the lowest such descriptor
	command string
	brief   bool  // as in sighting
	above   []int // its ancestors
}

// reader is the holder as one that is told of.
func (h holder) reader() reader { return reader{Command: h.command, PID: h.pid} }

// findReaders returns those of pipes that are found until deadline, under the same keys.
func findReaders(pipes map[int]pipeEnd, deadline time.Time) map[int]sighting {
	holders := map[int][]holder{}
	for _, pid := range processes() {
		if time.Now().After(deadline) {
			break
		}
		held := heldBy(pid, pipes)
		if len(held) == 0 {
			continue
		}
		h := holder{pid: pid, above: ancestorsOf(pid)}
		if h.command, h.brief = commandOf(pid); h.command == "" {
			continue // it has just gone
		}
		for i, fd := range held {
			h.fd = fd
			holders[i] = append(holders[i], h)
		}
	}
	found := map[int]sighting{}
	for i, all := range holders {
		reads, waiting := likeliest(all)
		s := sighting{reader: reads.reader(), brief: reads.brief}
		for _, h := range waiting {
			s.waiting = append(s.waiting, h.reader())
		}
		found[i] = s
	}
	return found
}

// processes returns the numbers of all processes but this one, the nearest to it first: a reader was most likely started
// together with it.
func processes() (pids []int) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	self := os.Getpid()
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid != self {
			pids = append(pids, pid)
		}
	}
	distance := func(pid int) int { return max(pid-self, self-pid) }
	slices.SortFunc(pids, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
	return pids
}

// heldBy returns which of pipes the process has open for reading, and by which descriptor. A process of another user's has
// none that can be seen.
func heldBy(pid int, pipes map[int]pipeEnd) map[int]int {
	folder := "/proc/" + strconv.Itoa(pid) + "/fd/"
	dir, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var held map[int]int
	for _, name := range names {
		link, err := os.Readlink(folder + name)
		if err != nil {
			continue
		}
		link = strings.TrimSuffix(link, deletedSuffix)
		fd, _ := strconv.Atoi(name)
		for i, p := range pipes {
			if link != p.link || !readable(folder+name) || !p.isAt(folder+name) {
				continue
			}
			if held == nil {
				held = map[int]int{}
			}
			if lowest, ok := held[i]; !ok || fd < lowest {
				held[i] = fd
			}
		}
	}
	return held
}

// readable reports whether the descriptor behind link, in a folder /proc/PID/fd, is open for reading, which the link's own mode
// tells.
func readable(link string) bool {
	info, err := os.Lstat(link)
	return err == nil && info.Mode()&0o400 != 0
}

// isAt reports whether link leads to the pipe itself: in another name space its path may be another FIFO's.
func (p pipeEnd) isAt(link string) bool {
	state, err := statPath(link)
	return err == nil && state.id.same(p.id)
}

// likeliest returns the process that does the reading. Shells hold the pipes of the commands that they have started,
// so whose descendant is among the holders is not meant, but waiting; then who has it as standard input is.
func likeliest(all []holder) (reads holder, waiting []holder) {
	above := map[int]bool{} // processes that have a descendant among the holders
	for _, h := range all {
		for _, pid := range h.above {
			above[pid] = true
		}
	}
	var left []holder
	for _, h := range all {
		if above[h.pid] {
			waiting = append(waiting, h)
		} else {
			left = append(left, h)
		}
	}
	if len(left) == 0 {
		left, waiting = all, nil
	}
	// Among equals the first: it is the nearest.
	return slices.MinFunc(left, func(a, b holder) int { return cmp.Compare(a.fd, b.fd) }), waiting
}

// parentOf returns the process's parent, or 0.
func parentOf(pid int) int {
	ppid, _ := strconv.Atoi(statusField(pid, "PPid"))
	return ppid
}

// statusField returns a field of /proc/PID/status, or "".
func statusField(pid int, name string) string {
	data, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// commandOf returns the process's command line or, where that can't be had in time or is gone already, its name, which is
// brief; "" if there is no such process any more.
func commandOf(pid int) (command string, brief bool) {
	read := make(chan string, 1)
	go func() { read <- cmdline(pid) }() // left behind where it blocks
	select {
	case text := <-read:
		if text != "" {
			return text, false
		}
	case <-time.After(commandPatience):
	}
	return statusField(pid, "Name"), true
}

// cmdline returns the beginning of the process's command line, with spaces between its words.
func cmdline(pid int) string {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/cmdline", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	data := make([]byte, longestCmdline)
	n := 0
	err = retryInterrupted(func() (err error) {
		n, err = unix.Read(fd, data)
		return err
	})
	if err != nil {
		return ""
	}
	return string(bytes.ReplaceAll(bytes.TrimRight(data[:n], "\x00"), []byte{0}, []byte{' '}))
}
