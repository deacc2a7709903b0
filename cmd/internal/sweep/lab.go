package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
)

// Lab is where runs are made: a temporary folder with a copy of the folder as it was before the first run.
type Lab struct {
	root  string
	base  string // of the folder
	stdin string // what every run reads; /dev/null if there is none
	rooms atomic.Int64
}

// NewLab copies the folder. It refuses one of more than limit bytes.
func NewLab(folder string, limit int64) (*Lab, error) {
	folder, err := filepath.Abs(folder)
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp("", "faultsink-sweep-")
	if err != nil {
		return nil, err
	}
	l := &Lab{base: filepath.Base(folder), stdin: os.DevNull}
	if l.base == string(filepath.Separator) {
		l.base = "root"
	}
	// Real names: the kernel tells no others.
	if l.root, err = filepath.EvalSymlinks(root); err == nil {
		err = os.Mkdir(filepath.Dir(l.original()), 0o700)
	}
	if err == nil {
		err = copyTree(folder, l.original(), l.root, limit)
	}
	if err != nil {
		return nil, errors.Join(err, removeTree(root))
	}
	return l, nil
}

func (l *Lab) original() string { return filepath.Join(l.root, "original", l.base) }

// Take reads standard input to its end, for each run to read. It refuses more than limit bytes.
func (l *Lab) Take(stdin io.Reader, limit int64) error {
	name := filepath.Join(l.root, "stdin")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(f, io.LimitReader(stdin, limit))
	if err == nil && n == limit {
		if more, _ := io.ReadFull(stdin, make([]byte, 1)); more > 0 {
			err = &TooLargeError{"standard input", limit}
		}
	}
	l.stdin = name
	return err
}

// Remove removes all of it. No run may be under way.
func (l *Lab) Remove() error { return removeTree(l.root) }

// Room is what a run has for itself.
type Room struct {
	Folder string // it works in: a copy
	Temp   string // for its temporary files
	Stdin  string // a file to read
	Stdout string // a file, empty
	Stderr string // the same
	Result string // a name for what is told of the run

	root string
}

// Room makes one.
func (l *Lab) Room() (*Room, error) {
	root := filepath.Join(l.root, strconv.FormatInt(l.rooms.Add(1), 10))
	r := &Room{root: root, Folder: filepath.Join(root, l.base), Stdin: l.stdin}
	for to, name := range map[*string]string{&r.Temp: ".tmp", &r.Stdout: ".stdout", &r.Stderr: ".stderr", &r.Result: ".result"} {
		*to = filepath.Join(root, name)
	}
	if err := os.Mkdir(root, 0o700); err != nil {
		return nil, err
	}
	err := errors.Join(os.Mkdir(r.Temp, 0o700), os.WriteFile(r.Stdout, nil, 0o600), os.WriteFile(r.Stderr, nil, 0o600),
		copyTree(l.original(), r.Folder, "", math.MaxInt64))
	if err != nil {
		return nil, errors.Join(err, r.Remove())
	}
	return r, nil
}

// Remove removes the room.
func (r *Room) Remove() error { return removeTree(r.root) }

// file returns where a file of a recording is.
func (r *Room) file(name string) string {
	switch name {
	case "stdout", "/dev/stdout":
		return r.Stdout
	case "stderr", "/dev/stderr":
		return r.Stderr
	}
	return filepath.Join(r.Folder, name)
}

// outside returns those of the names that the user should know of: files that a run has written, but not into its room, and
// which are no devices.
func (r *Room) outside(names []string) (all []string) {
	for _, name := range names {
		_, temporary := within(r.Temp, name)
		if !temporary && !strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/proc/") {
			all = append(all, name)
		}
	}
	return all
}

// changed returns the names of all files that differ from what they were.
func (l *Lab) changed(r *Room) (names []string, err error) {
	err = filepath.WalkDir(r.Folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, _ := within(r.Folder, name)
		difference, err := l.compare(filepath.Join(l.original(), rel), name)
		if difference != "" {
			names = append(names, nameOf(rel))
		}
		return err
	})
	return names, err
}

// compare says how the file got differs from the file want; "": it does not. Only regular files and links are looked into.
func (l *Lab) compare(want, got string) (difference string, err error) {
	a, err := os.Lstat(want)
	b, err2 := os.Lstat(got)
	gone, gone2 := errors.Is(err, fs.ErrNotExist), errors.Is(err2, fs.ErrNotExist)
	switch {
	case gone && gone2: // it was renamed, or removed
		return "", nil
	case gone && err2 == nil:
		return "is new", nil
	case gone2 && err == nil:
		return "is missing", nil
	case err != nil || err2 != nil:
		return "", errors.Join(err, err2)
	case a.Mode().Type() != b.Mode().Type():
		return "is another kind of file", nil
	case a.Mode().Type() == fs.ModeSymlink:
		return l.compareLinks(want, got)
	case !a.Mode().IsRegular():
		return "", nil
	case a.Size() > b.Size():
		return fmt.Sprintf("has %d of %d bytes", b.Size(), a.Size()), nil
	case a.Size() < b.Size():
		return fmt.Sprintf("has %d bytes, not %d", b.Size(), a.Size()), nil
	}
	return compareBytes(want, got)
}

func (l *Lab) compareLinks(want, got string) (string, error) {
	a, err := os.Readlink(want)
	b, err2 := os.Readlink(got)
	if l.inCopy(a) != l.inCopy(b) {
		return "leads elsewhere", nil
	}
	return "", errors.Join(err, err2)
}

// inCopy returns the name without the room that it is in.
func (l *Lab) inCopy(name string) string {
	rel, ok := within(l.root, name)
	if !ok {
		return name
	}
	_, rel, _ = strings.Cut(rel, "/")
	return rel
}

// compareBytes compares two files of one size.
func compareBytes(want, got string) (string, error) {
	a, err := os.Open(want)
	if err != nil {
		return "", err
	}
	defer a.Close()
	b, err := os.Open(got)
	if err != nil {
		return "", err
	}
	defer b.Close()
	p, q := make([]byte, 1<<17), make([]byte, 1<<17)
	for at := int64(0); ; {
		n, err := io.ReadFull(a, p)
		m, _ := io.ReadFull(b, q[:n])
		if !bytes.Equal(p[:n], q[:m]) {
			same := 0
			for same < m && p[same] == q[same] {
				same++
			}
			return fmt.Sprintf("differs from byte %d on", at+int64(same)), nil
		}
		at += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
}
