package faultfs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// closing is who closes a descriptor.
type closing int

const (
	byCall closing = iota // of close(2), dup2(2) and the like
	byExit                // of the process
	byExec                // O_CLOEXEC
)

// closingOf returns who closes what the thread waits for. While the kernel closes descriptors for an exec, it holds a lock of the
// process (exec_update_lock, fs/exec.c) that it also takes to show /proc/PID/syscall, and newer kernels for /proc/PID/stat. Whoever
// read them would wait until the close has been answered, so another thread does, and that it waits is the answer.
func closingOf(thread int) closing {
	reader, answer := make(chan int, 1), make(chan closing, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		reader <- unix.Gettid()
		os.ReadFile(fmt.Sprintf("/proc/%d/syscall", thread))
		if isExiting(thread) {
			answer <- byExit
			return
		}
		answer <- byCall
	}()
	const enough = 20 // looks in a row: nothing else that it does takes so long without running
	id := <-reader
	for waits := 0; waits < enough; {
		select {
		case c := <-answer:
			return c
		case <-time.After(time.Millisecond):
		}
		if waits++; !waitsInKernel(id) {
			waits = 0
		}
	}
	return byExec
}

// waitsInKernel reports whether a thread of this process waits for a lock, whatever signal comes.
func waitsInKernel(thread int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", thread))
	return err == nil && strings.HasPrefix(fields(string(text))["State"], "D")
}

// exiting is PF_EXITING of the kernel's include/linux/sched.h, in the flags that /proc/PID/stat has.
const exiting = 0x4

// isExiting reports whether the thread is ending.
func isExiting(thread int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", thread))
	if err != nil {
		return false
	}
	// The fields after the name in parentheses, which may itself contain them: state, parent, group, session, terminal,
	// its group, flags.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(string(fields[6]), 10, 64)
	return err == nil && flags&exiting != 0
}

// holds reports whether the thread's process has a descriptor for the file with that inode in the mount, opened for the
// same kind of access. It is false where that can't be known: other users' processes, kernels before 5.14.
func holds(thread int, mount string, inode uint64, access uint32) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/[0-9]*", thread))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		info := fields(string(text))
		flags, err := strconv.ParseUint(info["flags"], 8, 64)
		if err == nil && info["mnt_id"] == mount && info["ino"] == strconv.FormatUint(inode, 10) &&
			uint32(flags)&syscall.O_ACCMODE == access {
			return true
		}
	}
	return false
}

// fields parses lines of the form NAME:VALUE, as /proc has them.
func fields(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		all[name] = strings.TrimSpace(value)
	}
	return all
}
