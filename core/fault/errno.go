package fault

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// sameErrnos are pairs of names that are one errno on most platforms; the first of a pair is printed then.
var sameErrnos = [][2]string{{"EAGAIN", "EWOULDBLOCK"}, {"ENOTSUP", "EOPNOTSUPP"}, {"EDEADLK", "EDEADLOCK"}}

// errnos returns the platform's errnos by their names; an errno with two names has both.
var errnos = sync.OnceValue(func() map[string]syscall.Errno {
	all := platformErrnos()
	for _, pair := range sameErrnos {
		for i, name := range pair {
			if e, ok := all[name]; ok {
				if _, has := all[pair[1-i]]; !has {
					all[pair[1-i]] = e
				}
			}
		}
	}
	return all
})

// errnoNames returns all names in order.
var errnoNames = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(errnos())) })

// namesOfErrnos has the name by which each errno is printed.
var namesOfErrnos = sync.OnceValue(func() map[syscall.Errno]string {
	names := map[syscall.Errno]string{}
	for name, e := range platformErrnos() {
		names[e] = name
	}
	for _, pair := range sameErrnos {
		if e, ok := errnos()[pair[0]]; ok {
			names[e] = pair[0]
		}
	}
	return names
})

// errnoName returns the name from which Parse makes e, or something with its number if it has none.
func errnoName(e syscall.Errno) string {
	if name, ok := namesOfErrnos()[e]; ok {
		return name
	}
	return "errno " + strconv.Itoa(int(e))
}
