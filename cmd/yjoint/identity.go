package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Kinds of outputs, as the report calls them.
const (
	kindFile      = "file"     // regular, or not there yet
	kindFIFO      = "fifo"     // named by its path
	kindPipe      = "pipe"     // an inherited descriptor
	kindSocket    = "socket"   //
	kindTerminal  = "terminal" //
	kindDevice    = "device"   // character or block
	kindDirectory = "directory"
	kindCommand   = "command"
)

// maxLinks is how many symbolic links are followed before they count as a loop; Linux allows as many.
const maxLinks = 40

// identity tells whether two names lead to the same file. The zero value is the same as nothing, not even as itself.
type identity struct {
	known bool
	// dev and ino are the file's or, with base, those of the directory in which a file of that name is not there yet.
	dev, ino uint64
	base     string
	block    bool        // dev is the block device itself, whatever node it was named by
	info     os.FileInfo // stands for dev and ino on a GOOS without them
}

// same reports whether both are known and one file.
func (a identity) same(b identity) bool {
	if !a.known || !b.known || a.base != b.base || a.block != b.block {
		return false
	}
	if a.info != nil && b.info != nil {
		return os.SameFile(a.info, b.info)
	}
	return a.dev == b.dev && a.ino == b.ino
}

// fileState is what can be found out about a file without opening it.
type fileState struct {
	kind string
	id   identity
	// exclusive: writing it under two names, or while it is read as the source, would mix up the bytes. Terminals,
	// character devices and sockets are made to be shared.
	exclusive bool
	// null: it is the null device.
	null bool
}

// statOutput is statPath for a file that may not be there yet.
func statOutput(path string) (fileState, error) {
	state, err := statPath(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return state, err
	}
	real, err := realPath(path)
	if err != nil {
		return fileState{}, err
	}
	dir, err := statPath(filepath.Dir(real))
	if err != nil {
		return fileState{}, err
	}
	dir.id.base = filepath.Base(real)
	return fileState{kind: kindFile, id: dir.id, exclusive: true}, nil
}

// realPath returns the absolute path to which path leads through symbolic links, whether or not there is anything.
func realPath(path string) (string, error) {
	return followLinks(path, func(string) bool { return false })
}

// followLinks replaces path by what it is a symbolic link to, until that isn't one or found says that it is what is
// looked for. Each path given to found is absolute and has no links but perhaps the last of its elements.
func followLinks(path string, found func(real string) bool) (string, error) {
	for range maxLinks {
		dir, base := filepath.Split(path)
		if base == "" && dir != "" { // a slash at the end
			dir, base = filepath.Split(filepath.Clean(path))
		}
		if dir == "" {
			dir = "."
		}
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", err
		}
		if dir, err = filepath.Abs(dir); err != nil {
			return "", err
		}
		real := filepath.Join(dir, base)
		if found(real) {
			return real, nil
		}
		link, err := os.Readlink(real)
		if err != nil {
			return real, nil // not a link, or not there
		}
		// Not joined, which would take "link/.." for nothing.
		path = link
		if !filepath.IsAbs(link) {
			path = dir + string(filepath.Separator) + link
		}
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: errLoop}
}

// checkIdentities returns a usage error if two of the targets are one file that only one of them can have.
func checkIdentities(targets []*target) error {
	for i, a := range targets {
		for _, b := range targets[:i] {
			if b.role == roleSource && a.replaces != nil {
				continue // the old file is read, the new one written
			}
			if a.state.exclusive && b.state.exclusive && a.state.id.same(b.state.id) {
				return sameFile(b, a)
			}
		}
	}
	return nil
}

// sameFile says that a and b are one file, and how.
func sameFile(a, b *target) *usageError {
	what := map[string]string{kindFIFO: "FIFO", kindPipe: "pipe", kindDevice: "device"}[a.state.kind]
	if what == "" {
		what = "file"
	}
	if a.path == b.path && a.role == b.role {
		return usagef("%s is named twice: expected a %s of its own for each output", quoted(a.path), what)
	}
	err := usagef("%s and %s are the same %s: %s", a, b, what, howSame(a, b))
	switch {
	case a.role == roleSource && what == "file" && b.role == roleOutput && !b.adopted():
		return err.withHint("with --atomic a new file takes its place when yjoint has succeeded")
	case a.role == roleSource && what == "file":
		return err.withHint("write to another file and rename it when yjoint has succeeded")
	}
	if a.role == roleDigests || b.role == roleDigests {
		return err.withHint("expected a %s of its own for each output, for the report and for the digests", what)
	}
	return err.withHint("expected a %s of its own for each output and for the report", what)
}

// howSame says how two names come to be one file.
func howSame(a, b *target) string {
	switch {
	case a.adopted() && b.adopted() && a.fd == b.fd:
		return "both are " + descriptorName(a.fd)
	case a.adopted() && b.adopted():
		return descriptorName(a.fd) + " and " + descriptorName(b.fd) + " are open on it"
	case a.adopted():
		return descriptorName(a.fd) + " is open on it"
	case b.adopted():
		return descriptorName(b.fd) + " is open on it"
	}
	realA, errA := realPath(a.path)
	realB, errB := realPath(b.path)
	switch {
	case errA != nil || errB != nil || realA != realB:
		return "both names are hard links to it"
	case isLink(b.path):
		return quoted(b.path) + " is a symbolic link to " + quoted(realB)
	case isLink(a.path):
		return quoted(a.path) + " is a symbolic link to " + quoted(realA)
	}
	return "both names lead to " + quoted(realA)
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
