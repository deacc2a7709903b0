//go:build linux && (amd64 || arm64)

package supervisor

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// numbers are those of descriptors that a faulty description can have: they are watched. Calls for others never come here.
type numbers []span

// span is some numbers in a row.
type span struct{ first, last int }

func (n numbers) has(fd int) bool {
	return slices.ContainsFunc(n, func(s span) bool { return s.first <= fd && fd <= s.last })
}

// reserved is how many numbers are set aside for files that the supervisor opens for a program. They end where the program's
// limit does, or where select(2) does, so that they differ from those that the kernel gives it.
const (
	reserved     = 128
	selectLimit  = 1024 // FD_SETSIZE
	leastNumbers = 2 * reserved
)

// reserve returns the reserved numbers, for the limit on open files that this process has and hands down.
func reserve() (span, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return span{}, os.NewSyscallError("getrlimit", err)
	}
	if limit.Cur < leastNumbers {
		return span{}, fmt.Errorf("the limit of open files is %d (ulimit -n): expected %d or more", limit.Cur, leastNumbers)
	}
	end := int(min(limit.Cur, selectLimit))
	return span{end - reserved, end - 1}, nil
}

// free returns the least number of the span, from "from" on, that the thread's process doesn't use.
func (s span) free(thread, from int) (int, error) {
	for n := max(s.first, from); n <= s.last; n++ {
		if !isOpen(thread, n) {
			return n, nil
		}
	}
	return 0, unix.EMFILE
}

// lowest returns the number that the kernel would give, which is the least that is free.
func lowest(thread int) int {
	n := 0
	for isOpen(thread, n) {
		n++
	}
	return n
}

func isOpen(thread, fd int) bool {
	_, err := os.Readlink(fdPath(thread, fd))
	return !errors.Is(err, os.ErrNotExist)
}

func fdPath(thread, fd int) string { return procPath(thread, "fd/"+strconv.Itoa(fd)) }

// procPath returns the name of a file in /proc of a thread. It has the files of processes only, but finds those of threads.
func procPath(thread int, name string) string { return "/proc/" + strconv.Itoa(thread) + "/" + name }
