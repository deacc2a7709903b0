//go:build linux

package yjoint_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"yjoint/internal/size"
)

// parseSize reads a size as the command lines of this module write it: 65536, 64KiB, 8GiB-1.
func parseSize(text string) (int64, error) {
	n, err := size.Parse(text)
	if err != nil {
		return 0, fatalError{err}
	}
	return n, nil
}

// A wordStream is an endless stream of 64-bit words, the SplitMix64 sequence of its seed: no two aligned
// words of it are equal, so that a piece missing, repeated or moved shows.
type wordStream struct {
	state uint64
	rest  []byte // of the last word, not yet read
	word  [8]byte
}

func (s *wordStream) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(s.rest) == 0 {
			s.rest = s.word[:]
			binary.LittleEndian.PutUint64(s.rest, s.next())
		}
		taken := copy(p[n:], s.rest)
		s.rest = s.rest[taken:]
		n += taken
	}
	return len(p), nil
}

// next returns the next output of SplitMix64 (Steele, Lea, Flood 2014): a bijection of its state.
func (s *wordStream) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func cmdGenFile(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 && len(args) != 3 {
		return errUsage
	}
	length, err := parseSize(args[1])
	if err != nil {
		return err
	}
	var seed uint64
	if len(args) == 3 {
		if seed, err = strconv.ParseUint(args[2], 10, 32); err != nil {
			return fatalf("seed: %w", err)
		}
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	if err != nil {
		return fatalError{err}
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	// Seeds are 2^32 words apart: streams of up to 32 GiB don't overlap.
	if _, err := io.CopyN(w, &wordStream{state: (seed << 32) * 0x9e3779b97f4a7c15}, length); err != nil {
		return fatalError{err}
	}
	return w.Flush()
}

func cmdSize(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	want, err := parseSize(args[1])
	if err != nil {
		return err
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	if info.Size() != want {
		return fmt.Errorf("%s has %d bytes, want %d", args[0], info.Size(), want)
	}
	return nil
}

func cmdCmpBytes(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 || args[0] == args[1] {
		return errUsage
	}
	size2, err := fileSize(ts, args[1])
	if err != nil {
		return err
	}
	return comparePrefix(ts, args[0], args[1], size2)
}

func cmdCmpPrefix(ts *testscript.TestScript, args []string) error {
	switch {
	case len(args) == 3 && args[0] != args[1]:
		want, err := parseSize(args[2])
		if err != nil {
			return err
		}
		return comparePrefix(ts, args[0], args[1], want)
	case len(args) == 2 && args[0] != args[1]:
		want, err := fileSize(ts, args[0])
		if err != nil {
			return err
		}
		return comparePrefix(ts, args[0], args[1], want)
	}
	return errUsage
}

func fileSize(ts *testscript.TestScript, name string) (int64, error) {
	info, err := os.Stat(ts.MkAbs(name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// comparePrefix fails unless the file called name is exactly the first want bytes of the one called
// whole.
func comparePrefix(ts *testscript.TestScript, name, whole string, want int64) error {
	f, err := os.Open(ts.MkAbs(name))
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := os.Open(ts.MkAbs(whole))
	if err != nil {
		return err
	}
	defer w.Close()
	n, differ, err := commonPrefix(bufio.NewReaderSize(f, 1<<16), bufio.NewReaderSize(w, 1<<16))
	if err != nil {
		return err
	}
	length, err := fileSize(ts, name)
	switch {
	case err != nil:
		return err
	case differ:
		return fmt.Errorf("%s (%d bytes) differs from %s at byte %d", name, length, whole, n)
	case length != want:
		return fmt.Errorf("%s has %d bytes, want the first %d of %s; the first %d are equal", name, length, want, whole, n)
	case n != want:
		return fmt.Errorf("%s has %d bytes, fewer than the %d that %s should have", whole, n, want, name)
	}
	return nil
}

// commonPrefix returns how many bytes a and b have in common from their start, and whether they then
// differ (false: one of them ends).
func commonPrefix(a, b io.Reader) (n int64, differ bool, err error) {
	bufA, bufB := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		lenA, errA := io.ReadFull(a, bufA)
		lenB, errB := io.ReadFull(b, bufB)
		for _, err := range []error{errA, errB} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return n, false, err
			}
		}
		common := min(lenA, lenB)
		if string(bufA[:common]) != string(bufB[:common]) {
			for i := range common {
				if bufA[i] != bufB[i] {
					return n + int64(i), true, nil
				}
			}
		}
		n += int64(common)
		if common < len(bufA) {
			return n, false, nil
		}
	}
}

func cmdNoFile(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	for _, pattern := range args {
		found, err := filepath.Glob(ts.MkAbs(pattern))
		if err != nil {
			return fatalf("%s: %w", pattern, err)
		}
		if len(found) > 0 {
			return fmt.Errorf("there should be no %s", strings.Join(found, " "))
		}
	}
	return nil
}

func cmdOnlyFiles(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := append([]string{}, args[1:]...)
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		return fmt.Errorf("%s holds other files (-want +got):\n%s", args[0], diff)
	}
	return nil
}

func cmdMkfifo(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	for _, name := range args {
		if err := unix.Mkfifo(ts.MkAbs(name), 0o666); err != nil {
			return fatalError{&os.PathError{Op: "mkfifo", Path: name, Err: err}}
		}
	}
	return nil
}

func cmdWaitFile(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	for _, name := range args {
		err := waitUntil(ts, func() (bool, string) {
			_, err := os.Lstat(ts.MkAbs(name))
			return err == nil, name + " does not exist"
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func cmdWaitSize(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	want, err := parseSize(args[1])
	if err != nil {
		return err
	}
	return waitUntil(ts, func() (bool, string) {
		names, err := filepath.Glob(ts.MkAbs(args[0]))
		if err != nil || len(names) != 1 {
			return false, fmt.Sprintf("%d files are called %s, want one", len(names), args[0])
		}
		info, err := os.Stat(names[0])
		if err != nil {
			return false, err.Error()
		}
		return info.Size() >= want, fmt.Sprintf("%s has %d bytes, want at least %d", args[0], info.Size(), want)
	})
}
