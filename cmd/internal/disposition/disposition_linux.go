// Package disposition is about what the kernel does when a signal comes, where Go's runtime has a handler of its own for
// almost every one.
package disposition

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Default has the kernel do what it does by default about a signal, whatever Go's runtime has arranged for it. It reports
// whether it could.
func Default(sig syscall.Signal) bool {
	var action [4]uint64 // struct sigaction of the kernel, at its longest: all zero is SIG_DFL
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	return errno == 0
}

// IgnoredAtStart reports whether the program was started with the signal ignored. It is false where that can't be known.
//
// os/signal tells this of SIGHUP and SIGINT alone. For the others the runtime installs its handlers before anything of the
// program runs, but keeps what it finds there, in runtime.fwdSig: that is read, which takes a few milliseconds and an
// executable that has its symbols (go build -ldflags=-s leaves them out).
func IgnoredAtStart(sig syscall.Signal) bool {
	actions, err := atStart()
	i := int(sig) * wordSize
	if err != nil || i < 0 || i+wordSize > len(actions) {
		return false
	}
	return word(actions[i:]) == sigIgn
}

const (
	sigIgn   = 1 // SIG_IGN
	wordSize = strconv.IntSize / 8
	// entries is the length of runtime.fwdSig: one for each of the kernel's signals, and none for 0.
	entries = 65
)

func word(b []byte) uint64 {
	if wordSize == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}

var atStart = sync.OnceValues(readActions)

// readActions returns the memory of runtime.fwdSig.
func readActions() ([]byte, error) {
	exe, err := elf.Open("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	defer exe.Close()
	symbols, err := exe.Symbols()
	if err != nil {
		return nil, err
	}
	// A position-independent executable is not where its symbols say, but all of it is equally far from there.
	here := reflect.ValueOf(readActions).Pointer()
	name := runtime.FuncForPC(here).Name()
	var table, self elf.Symbol
	for _, s := range symbols {
		switch s.Name {
		case "runtime.fwdSig":
			table = s
		case name:
			self = s
		}
	}
	if table.Size != entries*wordSize || self.Value == 0 {
		return nil, errors.New("the runtime's table of signals is not where it was expected")
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	actions := make([]byte, table.Size)
	_, err = mem.ReadAt(actions, int64(table.Value+uint64(here)-self.Value))
	return actions, err
}
