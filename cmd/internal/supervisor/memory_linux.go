//go:build linux && (amd64 || arm64)

package supervisor

import (
	"bytes"
	"encoding/binary"
	"syscall"

	"golang.org/x/sys/unix"
)

// piece is a part of a caller's memory, as struct iovec has it.
type piece struct{ at, length uint64 }

const (
	mostPieces = 1024       // UIO_MAXIOV
	mostBytes  = 0x7ffff000 // MAX_RW_COUNT: no call transfers more
)

// pieces are the memory of one call.
type pieces []piece

// total returns how many bytes there are, for as many as one call transfers.
func (p pieces) total() int {
	n := uint64(0)
	for _, q := range p {
		n = min(n+q.length, mostBytes)
	}
	return int(n)
}

// from returns the pieces of n bytes that begin after the first skip bytes.
func (p pieces) from(skip, n int) (part []unix.RemoteIovec) {
	for _, q := range p {
		if uint64(skip) >= q.length {
			skip -= int(q.length)
			continue
		}
		length := min(int(q.length)-skip, n)
		part = append(part, unix.RemoteIovec{Base: uintptr(q.at) + uintptr(skip), Len: length})
		skip = 0
		if n -= length; n == 0 {
			break
		}
	}
	return part
}

// load copies bytes of a thread's memory, which begin after the first skip of the pieces. Fewer than len(to) are returned
// where the rest can't be read; the error is EFAULT if none can.
func load(thread int, p pieces, skip int, to []byte) (int, syscall.Errno) {
	return move(thread, p, skip, to, unix.ProcessVMReadv)
}

// store copies bytes into a thread's memory.
func store(thread int, p pieces, skip int, from []byte) (int, syscall.Errno) {
	return move(thread, p, skip, from, unix.ProcessVMWritev)
}

func move(thread int, p pieces, skip int, buf []byte,
	call func(int, []unix.Iovec, []unix.RemoteIovec, uint) (int, error)) (int, syscall.Errno) {
	if len(buf) == 0 {
		return 0, 0
	}
	local := unix.Iovec{Base: &buf[0]}
	local.SetLen(len(buf))
	for {
		n, err := call(thread, []unix.Iovec{local}, p.from(skip, len(buf)), 0)
		switch errno, _ := err.(syscall.Errno); errno {
		case unix.EINTR:
			continue
		case 0:
			return n, 0
		default:
			return 0, errno
		}
	}
}

// words returns n 64-bit words of a thread's memory.
func words(thread int, at uint64, n int) ([]uint64, syscall.Errno) {
	buf := make([]byte, 8*n)
	got, errno := load(thread, pieces{{at, uint64(len(buf))}}, 0, buf)
	if errno == 0 && got < len(buf) {
		errno = unix.EFAULT
	}
	if errno != 0 {
		return nil, errno
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = binary.NativeEndian.Uint64(buf[8*i:])
	}
	return all, 0
}

// storeWord puts a 64-bit word into a thread's memory.
func storeWord(thread int, at uint64, word uint64) syscall.Errno {
	buf := binary.NativeEndian.AppendUint64(nil, word)
	n, errno := store(thread, pieces{{at, 8}}, 0, buf)
	if errno == 0 && n < len(buf) {
		errno = unix.EFAULT
	}
	return errno
}

// vector returns the n pieces that an array of struct iovec in a thread's memory tells of.
func vector(thread int, at, n uint64) (pieces, syscall.Errno) {
	if n > mostPieces {
		return nil, unix.EINVAL
	}
	all, errno := words(thread, at, int(2*n))
	if errno != 0 {
		return nil, errno
	}
	p := make(pieces, n)
	for i := range p {
		p[i] = piece{all[2*i], all[2*i+1]}
		if int64(p[i].length) < 0 {
			return nil, unix.EINVAL
		}
	}
	return p, 0
}

// text returns the string that ends with a zero byte in a thread's memory: a file's name.
func text(thread int, at uint64) (string, syscall.Errno) {
	buf := make([]byte, unix.PathMax)
	for done := 0; done < len(buf); {
		// Not beyond a page, behind which there may be nothing.
		page := uint64(unix.Getpagesize())
		n := min(int(page-(at+uint64(done))%page), len(buf)-done)
		got, errno := load(thread, pieces{{at + uint64(done), uint64(n)}}, 0, buf[done:done+n])
		if errno != 0 {
			return "", errno
		}
		if end := bytes.IndexByte(buf[done:done+got], 0); end >= 0 {
			return string(buf[:done+end]), 0
		}
		if got < n {
			return "", unix.EFAULT
		}
		done += n
	}
	return "", unix.ENAMETOOLONG
}
