//go:build linux && (amd64 || arm64)

package supervisor

import "golang.org/x/sys/unix"

// filter is a program for seccomp(2) that has the kernel hold the calls which concern watched descriptors until they are
// answered, and lets all others pass at full speed.
type filter struct {
	code   []unix.SockFilter
	jumps  map[int]string // from where to which label
	labels map[string]int
}

// needs is what the faults of a run need to be received.
type needs struct {
	watched numbers
	paths   bool
	renames bool
	reads   bool
}

// Places in struct seccomp_data.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16 // eight bytes each; the lower half of one comes first on both architectures
)

// x32 is the bit that marks calls of x86-64's other interface, which has numbers of its own.
const x32 = 0x40000000

const (
	labelAllow  = "allow"
	labelNotify = "notify"
)

// newFilter makes the program. A call of another architecture is received whatever it is: the supervisor says what it thinks of it.
func newFilter(n needs) []unix.SockFilter {
	f := &filter{jumps: map[int]string{}, labels: map[string]int{}}
	f.load(dataArch)
	f.unless(unix.BPF_JEQ, auditArch, labelNotify)
	f.load(dataNr)
	f.when(unix.BPF_JGE, x32, labelNotify)
	for _, t := range traps {
		if label, ok := n.label(t.when); ok {
			f.when(unix.BPF_JEQ, uint32(t.nr), label)
		}
	}
	f.jump(labelAllow)

	// Jumps lead forward only.
	f.label("dup")
	f.load(argument(1))
	f.when(unix.BPF_JEQ, unix.F_DUPFD, "fd0")
	f.when(unix.BPF_JEQ, unix.F_DUPFD_CLOEXEC, "fd0")
	f.jump(labelAllow)
	f.label("clone")
	f.load(argument(1))
	f.when(unix.BPF_JEQ, unix.FICLONE, "fd0")
	f.when(unix.BPF_JEQ, unix.FICLONERANGE, "fd0")
	f.jump(labelAllow)
	for _, block := range []struct {
		label string
		args  []int
	}{{"fd0", []int{0}}, {"fd01", []int{0, 1}}, {"fd02", []int{0, 2}}} {
		f.label(block.label)
		for _, i := range block.args {
			f.number(i, n.watched)
		}
		f.jump(labelAllow)
	}
	f.label("map")
	if !n.reads {
		f.load(argument(2))
		f.unless(unix.BPF_JSET, unix.PROT_WRITE, labelAllow)
		f.load(argument(3))
		f.unless(unix.BPF_JSET, unix.MAP_SHARED, labelAllow)
	}
	f.number(4, n.watched)
	f.jump(labelAllow)

	f.label(labelNotify)
	f.emit(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_USER_NOTIF)
	f.label(labelAllow)
	f.emit(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ALLOW)
	return f.link()
}

// label returns where a call of that condition goes on, if it is needed at all.
func (n needs) label(when condition) (string, bool) {
	switch when {
	case whenPath:
		return labelNotify, n.paths
	case whenRename:
		return labelNotify, n.renames
	case whenReadFD0:
		return "fd0", n.reads
	case whenFD0or1:
		return "fd01", true
	case whenFD0or2:
		return "fd02", true
	case whenDup:
		return "dup", true
	case whenClone:
		return "clone", true
	case whenMap:
		return "map", true
	case whenAlways:
		return labelNotify, true
	}
	return "fd0", true
}

func argument(i int) uint32 { return dataArgs + 8*uint32(i) }

func (f *filter) emit(code uint16, k uint32) {
	f.code = append(f.code, unix.SockFilter{Code: code, K: k})
}

func (f *filter) load(at uint32) { f.emit(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, at) }

func (f *filter) label(name string) { f.labels[name] = len(f.code) }

// jump goes on at the label; only such a jump can be as far as is needed.
func (f *filter) jump(label string) {
	f.jumps[len(f.code)] = label
	f.emit(unix.BPF_JMP|unix.BPF_JA, 0)
}

// when jumps if the comparison with what was loaded holds, unless if it doesn't.
func (f *filter) when(comparison uint16, k uint32, label string) {
	f.code = append(f.code, unix.SockFilter{Code: unix.BPF_JMP | comparison | unix.BPF_K, Jf: 1, K: k})
	f.jump(label)
}

func (f *filter) unless(comparison uint16, k uint32, label string) {
	f.code = append(f.code, unix.SockFilter{Code: unix.BPF_JMP | comparison | unix.BPF_K, Jt: 1, K: k})
	f.jump(label)
}

// number has the call received if that argument is a watched descriptor.
func (f *filter) number(arg int, watched numbers) {
	f.load(argument(arg))
	for _, r := range watched {
		// first <= A <= last, in three steps of which the second and third are left out by the first.
		f.code = append(f.code,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, Jf: 2, K: uint32(r.first)},
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K, Jt: 1, K: uint32(r.last)})
		f.jump(labelNotify)
	}
}

// link puts the distances in.
func (f *filter) link() []unix.SockFilter {
	for from, label := range f.jumps {
		f.code[from].K = uint32(f.labels[label] - from - 1)
	}
	return f.code
}
