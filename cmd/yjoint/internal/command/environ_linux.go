package command

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// errNoMemory says that a process is about to be dead: it has given up its memory, and so its environment, but still has its files
// and its children. With much memory it takes a while to be dead, with files that take long to close even longer.
var errNoMemory = errors.New("the process has no memory any more")

// marked reports whether mark is among those in the process's environment. The error says why the environment can't be read.
func marked(pid int, mark string) (bool, error) {
	env, err := environ(pid)
	if err != nil {
		return false, err
	}
	for entry := range bytes.SplitSeq(env, []byte{0}) {
		if marks, ok := bytes.CutPrefix(entry, []byte(markVariable+"=")); ok {
			for m := range strings.SplitSeq(string(marks), ":") {
				if m == mark {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// environ returns the process's environment, or errNoMemory. Of a process whose first thread has ended only the others have it.
func environ(pid int) ([]byte, error) {
	process := "/proc/" + strconv.Itoa(pid)
	seen := map[int]bool{}
	for found := true; found; {
		// At first, and again after the others: by execve(2), any of them becomes the first.
		if env, err := threadEnviron(process); err != errNoMemory {
			return env, err
		}
		found = false
		for _, tid := range numbers(process + "/task") {
			if tid == pid || seen[tid] {
				continue
			}
			seen[tid], found = true, true
			if env, err := threadEnviron(process + "/task/" + strconv.Itoa(tid)); err != errNoMemory {
				return env, err
			}
		}
	}
	return nil, errNoMemory
}

// threadEnviron returns the environment in a folder of /proc, which is a process's or a thread's; errNoMemory if that has ended. In
// the midst of execve(2) it has an empty one for a moment; that is waited out, or an orphan could be taken for somebody else's. An
// environment that is really empty stays so at one place.
func threadEnviron(folder string) (env []byte, err error) {
	const pause, most, settled = time.Millisecond, 1000, 100
	var last area
	same := 0
	for range most {
		env, err = readAtOnce(folder + "/environ")
		if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) {
			return nil, errNoMemory
		}
		if err != nil || len(env) > 0 {
			break
		}
		now, ok := environmentArea(folder)
		if !ok {
			return nil, errNoMemory // older kernels give an empty one, and no error
		}
		if same++; now != last || now.begin != now.end || now.end == "0" {
			same = 0
		}
		if same == settled {
			break
		}
		last = now
		time.Sleep(pause)
	}
	return env, err
}

// readAtOnce returns what one call reads of a file. What the next call would read may be another program's, or nothing: a file of
// /proc that was opened before execve ends with it.
func readAtOnce(name string) ([]byte, error) {
	for size := 64 << 10; ; size *= 4 {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		buf := make([]byte, size)
		n, err := f.Read(buf)
		f.Close()
		if n < size {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return buf[:n], err
		}
	}
}

// area is where something is in a process's memory: addresses as /proc has them.
type area struct{ begin, end string }

// environmentArea returns where the environment is: the fields 50 and 51 of proc_pid_stat(5). They are 0 in the midst of execve(2),
// and also where they may not be seen, but then environ may not either. ok is false if there is no memory: its size is field 23.
func environmentArea(folder string) (a area, ok bool) {
	fields, ok := statFields(folder)
	const size, begin, end = 23 - 3, 50 - 3, 51 - 3
	if !ok || len(fields) <= end || fields[size] == "0" {
		return area{}, false
	}
	return area{fields[begin], fields[end]}, true
}
