//go:build !unix

package main

import (
	"errors"
	"io/fs"
	"os"
)

var (
	errIsFolder    = errors.New("is a directory")
	errNameTooLong = errors.New("file name too long")
)

// openNew opens a file that must not be there yet.
func openNew(path string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

// renameFile moves a file over another, or none.
func renameFile(from, to string) error { return os.Rename(from, to) }

// openFolder returns nil: folders are not synced on GOOS.
func openFolder(string) (*os.File, error) { return nil, nil }

// syncFolder does nothing: folders are not synced on GOOS.
func syncFolder(*os.File) error { return nil }

// mayReplace returns why a file may not be replaced.
func mayReplace(_ string, old fs.FileInfo) error {
	if old.Mode().Perm()&0o200 == 0 {
		return fs.ErrPermission
	}
	return nil
}

// resemble does nothing: a new file's rights come from its folder on GOOS.
func resemble(*os.File, string, fs.FileInfo) (lost []string) { return nil }
