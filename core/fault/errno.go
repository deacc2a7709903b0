package fault

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// errnos returns the platform's errnos by their names; an errno with two names has both.
var errnos = sync.OnceValue(func() map[string]syscall.Errno {
	all := platformErrnos()
	for alias, name := range map[string]string{"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP", "EDEADLOCK": "EDEADLK"} {
		if e, ok := all[name]; ok {
			if _, has := all[alias]; !has {
				all[alias] = e
			}
		}
	}
	return all
})

// errnoNames returns all names in order.
func errnoNames() []string { return slices.Sorted(maps.Keys(errnos())) }

// errnoByNumber has the name by which each errno is printed.
var errnoByNumber = sync.OnceValue(func() map[syscall.Errno]string {
	byNumber := map[syscall.Errno]string{}
	for name, e := range platformErrnos() {
		byNumber[e] = name
	}
	return byNumber
})

// errnoName returns the name from which Parse makes e, or its number if it has none.
func errnoName(e syscall.Errno) string {
	if name, ok := errnoByNumber()[e]; ok {
		return name
	}
	return "errno " + strconv.Itoa(int(e))
}
