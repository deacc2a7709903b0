//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	errIsFolder    = unix.EISDIR
	errNameTooLong = unix.ENAMETOOLONG
)

// openNew opens a file that must not be there yet.
func openNew(path string, perm fs.FileMode) (*os.File, error) {
	return openAs(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, uint32(perm))
}

// renameFile moves a file over another, or none.
func renameFile(from, to string) error {
	err := retryInterrupted(func() error { return unix.Rename(from, to) })
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// openFolder opens a folder to sync it.
func openFolder(path string) (*os.File, error) {
	return openAs(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
}

// syncFolder has the names in a folder on the disk. Some file systems have no such thing; there the names are as safe as
// they can be.
func syncFolder(folder *os.File) error {
	err := folder.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

// mayReplace returns why a file may not be replaced. rename(2) asks for the right to change the folder alone, but what may not
// be written should be safe here, too; and what the rename would be refused for is told before the first byte.
func mayReplace(path string, old fs.FileInfo) error {
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS); err != nil {
		return err
	}
	if isMountPoint(path) {
		return unix.EBUSY
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	// In /tmp and its like a file is moved away by its owner or the folder's alone.
	if us := os.Geteuid(); folder.Mode()&fs.ModeSticky != 0 && us != 0 && us != ownerOf(old) && us != ownerOf(folder) {
		return unix.EPERM
	}
	return nil
}

func ownerOf(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }
func groupOf(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Gid) }

// resemble gives f, which nobody else can open yet, the owner, group, mode and ACL of the file at path, and returns what it
// could not. Then nobody gets a right that he didn't have: the group's are those of others where the group is another one, or
// what they were is not known.
func resemble(f *os.File, path string, old fs.FileInfo) (lost []string) {
	mode := old.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
	restrict := func() { mode = mode&^0o070 | mode&(mode<<3)&0o070 }
	owner, group := chown(f, old)
	if !owner {
		lost = append(lost, "owner")
		mode &^= fs.ModeSetuid
	}
	if !group {
		lost = append(lost, "group")
		mode &^= fs.ModeSetgid
		restrict()
	}
	had, err := copyACL(f, path, group)
	if had && (err != nil || !group) {
		lost = append(lost, "ACL")
		restrict()
	}
	if had && err == nil && group {
		return lost // it says all that the mode does
	}
	if err := f.Chmod(mode); err != nil {
		lost = append(lost, "mode")
	}
	return lost
}

// chown gives f the owner and group of old, as far as they aren't its own, and reports whether it has them.
func chown(f *os.File, old fs.FileInfo) (owner, group bool) {
	now, err := f.Stat()
	if err != nil {
		return false, false
	}
	owner, group = ownerOf(now) == ownerOf(old), groupOf(now) == groupOf(old)
	if owner && group || f.Chown(ownerOf(old), groupOf(old)) == nil {
		return true, true
	}
	return owner, group || f.Chown(-1, groupOf(old)) == nil
}
