//go:build !unix

package main

import (
	"errors"
	"io/fs"
	"os"
)

// errLoop is the error of too many symbolic links.
var errLoop = errors.New("too many levels of symbolic links")

// statPath looks at the file that path leads to.
func statPath(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	return stateOf(info), nil
}

// statDescriptor looks at what descriptor fd, one of 0 to 2, is open on.
func statDescriptor(fd int) (fileState, error) {
	info, err := standardFile(fd).Stat()
	if err != nil {
		return fileState{}, err
	}
	return stateOf(info), nil
}

func stateOf(info os.FileInfo) fileState {
	s := fileState{kind: kindFile, exclusive: true, id: identity{known: true, info: info}}
	switch mode := info.Mode(); {
	case mode&fs.ModeNamedPipe != 0:
		s.kind = kindPipe
	case mode&fs.ModeSocket != 0:
		s.kind, s.exclusive = kindSocket, false
	case mode.IsDir():
		s.kind, s.exclusive = kindDirectory, false
	case !mode.IsRegular():
		s.kind, s.exclusive = kindDevice, false
	}
	return s
}
