package sweep

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"yjoint/internal/size"
)

// TooLargeError says that more would be copied than is allowed.
type TooLargeError struct {
	What  string
	Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s has more than %s, and is copied for each run: expected less, or a larger --limit", e.What, size.Format(e.Limit))
}

// tree is a folder that is being copied.
type tree struct {
	from, to string
	skip     string // a folder that is left out; "": none
	limit    int64  // bytes that may still be copied

	links map[file]string // the copy of each file that has several names
	dirs  []made          // so far, the outer ones first
}

// made is a folder that was made. Its mode and time are set when all is in it.
type made struct {
	name string
	info fs.FileInfo
}

// file is the identity of a file.
type file struct{ dev, ino uint64 }

// copyTree makes to, which must not exist, a copy of the folder from: names, bytes, modes, owners, times, links, and FIFOs. Links
// to what is below from lead to the copy, others where they did. Sockets and devices are left out, and so is the folder skip.
func copyTree(from, to, skip string, limit int64) error {
	t := &tree{from: from, to: to, skip: skip, limit: limit, links: map[file]string{}}
	err := filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name == t.skip {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return t.copy(name, t.to+strings.TrimPrefix(name, t.from), info)
	})
	for i := len(t.dirs) - 1; i >= 0 && err == nil; i-- {
		err = t.dirs[i].finish()
	}
	var tooLarge *TooLargeError
	if errors.As(err, &tooLarge) {
		tooLarge.What, tooLarge.Limit = "the folder "+from, limit
	}
	return err
}

// copy copies what has that name.
func (t *tree) copy(name, to string, info fs.FileInfo) error {
	switch info.Mode().Type() {
	case fs.ModeDir:
		t.dirs = append(t.dirs, made{to, info})
		return os.Mkdir(to, 0o700)
	case fs.ModeSymlink:
		return t.copySymlink(name, to, info)
	case fs.ModeNamedPipe:
		if err := makeFIFO(to); err != nil {
			return err
		}
		return finish(to, info)
	case 0:
		return t.copyFile(name, to, info)
	}
	return nil
}

func (d made) finish() error { return finish(d.name, d.info) }

// finish gives the copy what the original had.
func finish(to string, info fs.FileInfo) error {
	if err := copyOwner(to, info); err != nil {
		return err
	}
	if err := os.Chmod(to, info.Mode()); err != nil {
		return err
	}
	return os.Chtimes(to, time.Time{}, info.ModTime())
}

func (t *tree) copySymlink(name, to string, info fs.FileInfo) error {
	target, err := os.Readlink(name)
	if err != nil {
		return err
	}
	full := target
	if !filepath.IsAbs(target) {
		full = filepath.Join(filepath.Dir(name), target)
	}
	switch rel, ok := within(t.from, filepath.Clean(full)); {
	case ok && full == target:
		target = filepath.Join(t.to, rel)
	case !ok && filepath.Clean(full) != t.from:
		target = full
	}
	if err := os.Symlink(target, to); err != nil {
		return err
	}
	return copyOwner(to, info)
}

func (t *tree) copyFile(name, to string, info fs.FileInfo) error {
	id, several := identity(info)
	if first, ok := t.links[id]; several && ok {
		return os.Link(first, to)
	}
	if several {
		t.links[id] = to
	}
	if t.limit -= info.Size(); t.limit < 0 {
		return &TooLargeError{}
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if info.Mode()&0o111 != 0 {
		// What is started meanwhile, for another room, would have the copy open for writing until it has begun, and the kernel executes no
		// such file: ETXTBSY, https://go.dev/issue/22315.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return finish(to, info)
}

// removeTree removes the folder, also where a command has forbidden that.
func removeTree(name string) error {
	if os.RemoveAll(name) == nil {
		return nil
	}
	filepath.WalkDir(name, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			os.Chmod(name, 0o700) // what fails shows below
		}
		return nil
	})
	return os.RemoveAll(name)
}
