package trial

import "golang.org/x/sys/unix"

// legacyCallNames are those that newer platforms don't have.
var legacyCallNames = map[int]string{
	unix.SYS_POLL: "poll", unix.SYS_SELECT: "select", unix.SYS_EPOLL_WAIT: "epoll_wait", unix.SYS_OPEN: "open", unix.SYS_PAUSE: "pause",
}
