//go:build linux && (amd64 || arm64)

package supervisor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	"yjoint/internal/pace"
)

// description is an open file description that a fault is for. It is the caller's own, under a number of this process.
type description struct {
	fd      int
	own     int // for pipes: another description of the same pipe, non-blocking, for writing; -1: none
	kind    kind
	regular bool
	writes  bool // it was opened for writing
	dev     uint64
	ino     uint64
	stream  *ledger.Stream

	// Used by who has begun a transfer of the stream.
	writeRate, readRate pace.Rate

	// Guarded by the table's mu.
	users   int  // calls under way
	touched bool // a call has used it since it was last looked for
	missing int  // how many times in a row no process had it
}

// kind is how a description is waited for.
type kind int

const (
	kindFile   kind = iota // regular files and devices: a call is made and takes as long as it takes
	kindPipe               // and FIFOs
	kindSocket             //
	kindTTY                //
)

// newDescription takes fd over.
func newDescription(fd int, stream *ledger.Stream) (*description, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	d := &description{fd: fd, own: -1, stream: stream, dev: st.Dev, ino: st.Ino}
	d.writes = d.flags()&unix.O_ACCMODE != unix.O_RDONLY
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		d.regular = true
	case unix.S_IFIFO:
		d.kind = kindPipe
		name := "/proc/self/fd/" + strconv.Itoa(fd)
		if !d.writes {
			break
		}
		// Fails for another user's pipe.
		if own, err := unix.Open(name, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			d.own = own
		}
	case unix.S_IFSOCK:
		d.kind = kindSocket
	case unix.S_IFCHR:
		if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
			d.kind = kindTTY
		}
	}
	return d, nil
}

// faultKind is the kind of file as fault plans know it; false: they know none such.
func (d *description) faultKind() (fault.Kind, bool) {
	switch {
	case d.regular:
		return fault.RegularFile, true
	case d.kind == kindPipe:
		return fault.Pipe, true
	case d.kind == kindSocket:
		return fault.Socket, true
	}
	return 0, false
}

func (d *description) flags() int {
	flags, err := unix.FcntlInt(uintptr(d.fd), unix.F_GETFL, 0)
	if err != nil {
		return 0
	}
	return flags
}

func (d *description) close() {
	d.stream.Progressed()
	unix.Close(d.fd)
	if d.own >= 0 {
		unix.Close(d.own)
	}
}

// table has the descriptions that a process of the run may hold.
type table struct {
	mu     sync.Mutex // guards the fields below
	all    []*description
	noKcmp bool // kcmp(2) is refused here
}

// withoutKcmp has tables do without kcmp(2), as they must where it is refused: for tests.
var withoutKcmp bool

func newTable() *table { return &table{noKcmp: withoutKcmp} }

// add enters a description, in use by a call.
func (t *table) add(d *description) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d.users, d.touched = 1, true
	t.all = append(t.all, d)
}

// find returns what the thread has as fd, if that is one of the descriptions, and uses it until release.
func (t *table) find(thread, fd int) *description {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.all {
		if t.same(d, thread, fd) {
			d.users++
			d.touched = true
			return d
		}
	}
	return nil
}

func (t *table) release(d *description) {
	if d == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	d.users--
}

// same reports whether the thread's fd is the description. mu is held.
func (t *table) same(d *description, thread, fd int) bool {
	if !t.noKcmp {
		const kcmpFile = 0 // KCMP_FILE
		order, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(unix.Getpid()), uintptr(thread), kcmpFile, uintptr(d.fd), uintptr(fd), 0)
		if errno != unix.EPERM && errno != unix.ENOSYS {
			return errno == 0 && order == 0
		}
		t.noKcmp = true
	}
	return d.resembles(thread, fd)
}

// resembles is same where the kernel won't say: the same file, opened in the same way, at the same position. Two descriptions
// of one file that agree in all that can't be told apart, but nor can what is written to them.
func (d *description) resembles(thread, fd int) bool {
	var st unix.Stat_t
	if unix.Stat(fdPath(thread, fd), &st) != nil || st.Dev != d.dev || st.Ino != d.ino {
		return false
	}
	theirs, err := fdInfo(strconv.Itoa(thread), fd)
	ours, err2 := fdInfo("self", d.fd)
	return err == nil && err2 == nil && theirs == ours
}

// info is what /proc/PID/fdinfo/N tells of a description.
type info struct{ position, flags int64 }

func fdInfo(process string, fd int) (i info, err error) {
	text, err := readFile("/proc/" + process + "/fdinfo/" + strconv.Itoa(fd))
	for line := range strings.Lines(text) {
		switch key, value, _ := strings.Cut(line, ":"); key {
		case "pos":
			i.position, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		case "flags":
			i.flags, _ = strconv.ParseInt(strings.TrimSpace(value), 8, 64)
			i.flags &^= unix.O_CLOEXEC // of the number, not of the description
		}
	}
	return i, err
}

// search looks for each description in the processes of the trees, one tree after the other until all are found, and closes those that
// nobody has any more, so that whoever is at the other end sees that. So the last tree must be complete. It returns an error if one
// has a number that is not watched.
func (t *table) search(watched numbers, trees ...func() []int) (err error) {
	t.mu.Lock()
	all := slices.Clone(t.all)
	for _, d := range all {
		d.touched = false
	}
	t.mu.Unlock()
	held := map[*description]bool{}
	for _, tree := range trees {
		for _, pid := range tree() {
			if bypass := t.searchProcess(pid, all, held, watched); err == nil {
				err = bypass
			}
		}
		if len(held) == len(all) {
			break
		}
	}
	t.settle(all, held)
	return err
}

// searchProcess notes in held which descriptions a process has.
func (t *table) searchProcess(pid int, all []*description, held map[*description]bool, watched numbers) (err error) {
	for _, fd := range openNumbers(pid) {
		var st unix.Stat_t
		if unix.Stat(fdPath(pid, fd), &st) != nil {
			continue
		}
		for _, d := range all {
			if st.Dev != d.dev || st.Ino != d.ino || !t.isSame(d, pid, fd) {
				continue
			}
			held[d] = true
			if !watched.has(fd) && err == nil {
				err = bypassError(pid, fd, d.stream.Name)
			}
		}
	}
	return err
}

func (t *table) isSame(d *description, thread, fd int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.same(d, thread, fd)
}

// settle closes what was missing twice in a row: a process that was forked while they were looked through may have it.
func (t *table) settle(all []*description, held map[*description]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range all {
		switch {
		case held[d] || d.users > 0 || d.touched:
			d.missing = 0
		case d.missing == 0:
			d.missing++
		default:
			d.close()
			t.all = slices.DeleteFunc(t.all, func(o *description) bool { return o == d })
		}
	}
}

// closeAll closes all descriptions; no call is under way any more.
func (t *table) closeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.all {
		d.close()
	}
	t.all = nil
}

func (t *table) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all) == 0
}

// bypassError returns an error which says that bytes may pass unseen.
func bypassError(process, fd int, name string) error {
	return fmt.Errorf("%s: process %d (%s) has it as descriptor %d, which is not watched, so that what is written there is not counted: add --watch %d",
		name, process, commandName(process), fd, fd)
}

// readErrno returns the errno that err is, or EIO.
func readErrno(err error) syscall.Errno {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return unix.EIO
}
