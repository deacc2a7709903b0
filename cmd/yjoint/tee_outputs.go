package main

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// teeOutput is an output of tee's.
type teeOutput struct {
	name   string // for messages
	writer io.Writer
	pipe   bool // or a socket: the kernel would send SIGPIPE
}

// openTeeStdout returns standard output, which is an output always.
func openTeeStdout() teeOutput {
	o := teeOutput{name: nameQuoted("standard output")}
	f, err := privateCopy(1, "standard output")
	if err != nil {
		o.writer = failedWriter{err} // as any write would say
		return o
	}
	o.writer, o.pipe = f, isPipe(f)
	return o
}

// openTeeFile opens a file that the command line names. Names of descriptors are opened too, unlike by yjoint, since files
// so opened have a place of their own; where that is refused (a socket, a pipe of another user's) the descriptor is taken.
// inherited is what markInherited returned.
func openTeeFile(path string, append bool, inherited []int) (teeOutput, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if append {
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	fd, isDescriptor := -1, false
	if path != "-" {
		fd, isDescriptor = descriptorOf(path)
	}
	o := teeOutput{name: nameQuoted(path)}
	if isDescriptor && fd > 2 && !slices.Contains(inherited, fd) {
		return o, syscall.ENOENT // one of the program's own
	}
	f, err := openForOutput(path, flags)
	if err != nil && isDescriptor && openForWriting(fd) {
		if own, ownErr := privateCopy(fd, path); ownErr == nil {
			f, err = own, nil
		}
	}
	if err != nil {
		return o, err
	}
	o.writer, o.pipe = f, isPipe(f)
	return o, nil
}

// mayWait reports whether who reads the file may have to wait for others, who may have nothing to say for long.
func (s fileState) mayWait() bool { return s.kind != kindFile && s.kind != kindDirectory }

func isPipe(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}

// failedWriter is an output of which every write fails.
type failedWriter struct{ err error }

func (w failedWriter) Write([]byte) (int, error) { return 0, w.err }
