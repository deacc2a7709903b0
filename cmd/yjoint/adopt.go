package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// role is what a file is for.
type role int

const (
	roleOutput role = iota
	roleSource
	roleReport
	roleDigests
)

// target is a file or descriptor that the command line names, and what was found out about it without opening it.
type target struct {
	role  role
	path  string // as the user wrote it; "" for the source
	fd    int    // the descriptor to adopt; -1: path is to be opened
	state fileState
	err   error  // it can't be opened, as is known before trying; or nil
	hint  string // advice about err, or ""
	// replaces is the new file that is to take path's place, or nil.
	replaces *replacement
}

// adopted reports whether t is an inherited descriptor, which is never opened again: that would truncate what the caller
// opened for appending, and fail for sockets and for another user's pipe.
func (t *target) adopted() bool { return t.fd >= 0 }

// String is what messages call t.
func (t *target) String() string {
	switch t.role {
	case roleSource:
		return descriptorName(t.fd)
	case roleReport:
		return "--report " + quoted(t.path)
	case roleDigests:
		return "--digest-file " + quoted(t.path)
	}
	return quoted(t.path)
}

// inspect finds out what path names, without opening it. inherited are the descriptors from 3 on that the program was
// started with; others belong to the program itself.
func inspect(r role, path string, inherited []int) *target {
	t := &target{role: r, path: path, fd: -1}
	if fd, ok := descriptorOf(path); ok {
		t.fd = fd
		t.inspectDescriptor(inherited)
		return t
	}
	// An error here is an error of opening too; it is told when that is tried.
	t.state, _ = statOutput(path)
	if t.state.kind == "" {
		t.state.kind = kindFile
	}
	return t
}

// inspectSource finds out what standard input is.
func inspectSource() *target {
	t := &target{role: roleSource}
	t.inspectDescriptor(nil)
	return t
}

// inspectDescriptor fills in what is known of descriptor t.fd.
func (t *target) inspectDescriptor(inherited []int) {
	var err error
	t.state, err = statDescriptor(t.fd)
	switch {
	case t.fd > 2 && !slices.Contains(inherited, t.fd), err != nil:
		t.state = fileState{kind: kindFile}
		t.err = t.notOpen()
	case t.fd <= 2 && t.state.null && openBothWays(t.fd):
		// The Go runtime has opened the null device so in place of a descriptor that was closed.
		t.err = t.notOpen()
		t.hint = "for no output use >/dev/null"
		if t.role == roleSource {
			t.hint = "for no input use </dev/null"
		}
	case t.role == roleSource && !openForReading(t.fd), t.role != roleSource && !openForWriting(t.fd):
		t.err = t.notOpen()
	}
}

// notOpen is the error that the system would give, if it were asked to read or write.
func (t *target) notOpen() error {
	return &fs.PathError{Op: "open", Path: t.String(), Err: errNotOpen}
}

// descriptorPath matches the names that Linux and the BSDs give to a process's descriptors, without doubled slashes.
var descriptorPath = regexp.MustCompile(`^(?:/dev|/proc/(self|thread-self|\d+)(?:/task/\d+)?)/fd/(0|[1-9]\d{0,8})$`)

// descriptorOf returns the number of this process's descriptor that name stands for, directly or through symbolic links.
func descriptorOf(name string) (fd int, ok bool) {
	if name == "-" {
		return 1, true
	}
	if !hasDescriptorPaths {
		return 0, false
	}
	if fd, ok = numberOf(name); ok {
		return fd, true
	}
	real, err := followLinks(name, func(real string) bool {
		_, ok := numberOf(real)
		return ok
	})
	if err != nil {
		return 0, false
	}
	return numberOf(real)
}

// numberOf is descriptorOf for a path that it can tell by its looks.
func numberOf(name string) (fd int, ok bool) {
	if strings.Contains(name, "..") {
		return 0, false // what is there depends on links
	}
	name = path.Clean(name)
	if i := slices.Index([]string{"/dev/stdin", "/dev/stdout", "/dev/stderr"}, name); i >= 0 {
		return i, true
	}
	m := descriptorPath.FindStringSubmatch(name)
	if m == nil || m[1] != "" && m[1] != "self" && m[1] != "thread-self" && m[1] != strconv.Itoa(os.Getpid()) {
		return 0, false
	}
	fd, err := strconv.Atoi(m[2])
	return fd, err == nil
}

// descriptorName is what messages call descriptor fd.
func descriptorName(fd int) string {
	switch fd {
	case 0:
		return "standard input"
	case 1:
		return "standard output"
	case 2:
		return "standard error"
	}
	return fmt.Sprintf("descriptor %d", fd)
}
