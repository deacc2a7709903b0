//go:build linux && (amd64 || arm64)

package supervisor

import (
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// as calls f with the rights that the caller has for files. They are a thread's own on Linux: where they differ from this process's,
// as after su, a thread is made for it that ends afterwards.
func as(st status, f func()) {
	if int(st.uid) == unix.Geteuid() && int(st.gid) == unix.Getegid() && st.groups == ownGroups() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		groups := parseGroups(st.groups)
		unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), pointer(groups), 0)
		unix.SetfsgidRetGid(int(st.gid))
		unix.SetfsuidRetUid(int(st.uid))
		f()
	}()
	<-done
}

func ownGroups() string {
	st, err := readStatus(unix.Gettid())
	if err != nil {
		return ""
	}
	return st.groups
}

func parseGroups(text string) (all []uint32) {
	for field := range strings.FieldsSeq(text) {
		n, _ := strconv.ParseUint(field, 10, 32)
		all = append(all, uint32(n))
	}
	return all
}
