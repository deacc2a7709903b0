//go:build unix

package core

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// errMessages: the kernel drops what of a message doesn't fit into a read, without a word.
var errMessages = errors.New("core: the source is a socket of messages, not a stream")

// fileInput is a descriptor. Its waits can be left, except those of a regular file.
type fileInput struct {
	source  *source
	fd      int
	kind    sys.Kind
	widened bool // the pipe has been enlarged, or can't be
}

func newFileInput(s *source, f *os.File) (input, error) {
	fd, err := sys.FD(f)
	if err != nil {
		return nil, err
	}
	kind, err := sys.KindOf(fd)
	if err == nil && kind == sys.Socket && !sys.IsStream(fd) {
		err = errMessages
	}
	return &fileInput{source: s, fd: fd, kind: kind}, err
}

func (in *fileInput) read(p []byte) (int, error) {
	r := in.source.run
	fds := []unix.PollFd{
		{Fd: int32(in.fd), Events: unix.POLLIN},
		{Fd: int32(r.halt.fd()), Events: unix.POLLIN},
	}
	for {
		n, err := sys.TryRead(in.fd, in.kind, p)
		in.found(n)
		switch {
		case err == nil && n == 0:
			return 0, io.EOF
		case !sys.IsAgain(err):
			return n, err
		case r.halted():
			return 0, ErrNoSinkLeft
		}
		sys.Poll(fds, -1)
	}
}

// found enlarges a pipe when as much is found in it, for the first time, as the default allows.
func (in *fileInput) found(n int) {
	if in.kind != sys.Pipe || in.widened || n < sys.DefaultPipeSize() {
		return
	}
	in.widened = true
	sys.Widen(in.fd, in.source.run.pipeSize)
}
