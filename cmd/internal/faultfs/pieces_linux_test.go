package faultfs

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLongWrite: a write that the kernel hands over in pieces is one call for its number and for what happens at a byte.
func TestLongWrite(t *testing.T) {
	piece := int64(MaxTransfer)
	for _, tt := range []struct {
		plan   string
		n      int   // bytes of each write
		writes []int // what they return; -1: EIO
	}{
		{"at 2MiB-1 EIO*1", 3 << 20, []int{2<<20 - 1, -1, 3 << 20}},
		{"at 3MiB EIO*1", 3 << 20, []int{3 << 20, -1, 3 << 20}},
		{"call 2 EIO*1", 3 << 20, []int{3 << 20, -1, 3 << 20}},
		{"call 4 EIO*1", 3 << 20, []int{3 << 20, 3 << 20, 3 << 20, -1, 3 << 20}},
		{"at 1MiB short 5 -> EIO*1", 3 << 20, []int{1 << 20, 5, -1, 3 << 20}},
		{"at 1MiB stall 1ms -> EIO*1", 3 << 20, []int{1 << 20, -1, 3 << 20}},
		// At the border of two pieces an errno would be lost, if it was given to the second one.
		{"every 1044481 EIO", int(2 * piece), []int{int(piece), -1, int(piece), -1, int(piece)}},
		{"across 2500000 EIO*1", 3 << 20, []int{int(2 * piece), -1, 3 << 20}}, // the third piece would go beyond
	} {
		t.Run("plan="+tt.plan, func(t *testing.T) {
			m := mountFor(t, Options{Discard: true}, "f="+tt.plan)
			fd := m.create("f")
			defer unix.Close(fd)
			buf := make([]byte, tt.n+1)[1:] // at an odd address
			for i, want := range tt.writes {
				n, err := unix.Write(fd, buf)
				if err != nil && err != unix.EIO || n != want {
					t.Errorf("write %d: %d, %v; want %d", i+1, n, err, want)
				}
			}
		})
	}
}

// TestPieceLength: what MaxTransfer promises, wherever in a page a buffer begins.
func TestPieceLength(t *testing.T) {
	m := mountFor(t, Options{Discard: true}, "f=across 1044482 EIO")
	for at := range 5 {
		fd := m.open("f", unix.O_CREAT|unix.O_WRONLY|unix.O_TRUNC)
		buf := make([]byte, MaxTransfer+unixPage)[at*1023:]
		n, err := unix.Write(fd, buf[:MaxTransfer])
		want(t, "the longest", n, err, MaxTransfer, nil)
		n, err = unix.Write(fd, buf[:1])
		want(t, "one more", n, err, 1, nil)
		n, err = unix.Write(fd, buf[:1])
		want(t, "across", n, err, -1, unix.EIO)
		unix.Close(fd)
	}
}

const unixPage = 1 << 16

// TestReadFaults: a source that fails in mid-stream, for short and long reads.
func TestReadFaults(t *testing.T) {
	m := mountFor(t, Options{}, "f=read at 3000000 short 7 -> EIO*1 -> EINTR*2")
	content := make([]byte, 4<<20)
	for i := range content {
		content[i] = byte(i * 7 >> 3)
	}
	fd := m.create("f")
	for done := 0; done < len(content); {
		n, err := unix.Write(fd, content[done:])
		if err != nil {
			t.Fatal(err)
		}
		done += n
	}
	unix.Close(fd)
	for _, tt := range []struct{ block, want int }{{1000, 3000}, {4 << 20, 1}, {700001, 5}} {
		fd := m.open("f", unix.O_RDONLY)
		var got []byte
		var errs []error
		reads := 0
		buf := make([]byte, tt.block)
		for {
			n, err := unix.Read(fd, buf)
			if n == 0 {
				break
			}
			if err != nil {
				if len(got) != 3000007 {
					t.Errorf("%v at byte %d", err, len(got))
				}
				errs = append(errs, err)
				continue
			}
			if got = append(got, buf[:n]...); len(got) <= 3000000 {
				reads++
			}
		}
		unix.Close(fd)
		if !bytes.Equal(got, content) || len(errs) != 3 || errs[0] != unix.EIO || errs[1] != unix.EINTR || reads != tt.want {
			t.Errorf("blocks of %d: %d bytes, %d reads, errors %v", tt.block, len(got), reads, errs)
		}
	}
	m.fired(12)
}
