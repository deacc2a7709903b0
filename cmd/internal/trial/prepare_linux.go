//go:build linux && (amd64 || arm64)

package trial

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// outName begins the names of files and FIFOs, by which the supervisor finds those that fail.
const outName = "faultsink-trial-out"

// prepare makes all that the tool gets, and who is at the other ends.
func (x *run) prepare() error {
	x.files = []int{-1, -1, -1}
	x.readers, x.paths = make([]*reader, len(x.c.Outputs)), make([]string, len(x.c.Outputs))
	if err := x.prepareSource(); err != nil {
		return err
	}
	for i, o := range x.c.Outputs {
		x.paths[i] = filepath.Join(x.folder, fmt.Sprintf("%s%d", outName, i+1))
		if err := x.prepareOutput(i, o); err != nil {
			return err
		}
	}
	if err := x.prepareStderr(); err != nil {
		return err
	}
	for n := range 3 {
		if x.files[n] < 0 {
			fd, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			x.files[n] = fd
		}
	}
	return nil
}

func (x *run) prepareOutput(i int, o Output) (err error) {
	switch o.Kind {
	case FileOut:
		if x.t.isStdout(i) {
			x.files[1], err = unix.Open(x.paths[i], unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o600)
		}
	case MissingOut:
		x.paths[i] = filepath.Join(x.folder, "missing", "out")
	case ClosedOut:
	case FIFOOut:
		if err = unix.Mkfifo(x.paths[i], 0o600); err != nil {
			return err
		}
		var fd int
		if fd, err = unix.Open(x.paths[i], unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			x.readers[i] = newReader(x, i, fd)
		}
	case CommandOut:
		x.readers[i] = newReader(x, i, -1)
		err = x.readers[i].listen()
	case PipeOut:
		var r, w int
		if r, w, err = x.pipe(); err != nil {
			return err
		}
		unix.SetNonblock(r, true)
		x.readers[i] = newReader(x, i, r)
		if x.t.isStdout(i) {
			x.files[1] = w
			x.nonblock, err = unix.FcntlInt(uintptr(w), unix.F_DUPFD_CLOEXEC, 3)
			if !x.uses(Nonblock) {
				x.shutNonblock() // a further writer would hide the tool's end
			}
		} else {
			x.readers[i].number = len(x.files)
			x.files = append(x.files, w)
		}
	}
	return err
}

// uses reports whether a reader makes such a step.
func (x *run) uses(op Op) bool {
	for _, o := range x.c.Outputs {
		for _, s := range o.Steps {
			if s.Op == op {
				return true
			}
		}
	}
	return false
}

func (x *run) prepareSource() (err error) {
	s := &source{x: x, fd: -1, limit: x.c.Size}
	x.source = s
	if x.c.Source.Ends >= 0 && x.c.Source.Plan == "" { // a plan ends it by an error, with more to come
		s.limit = x.c.Source.Ends
	}
	switch x.c.Source.Kind {
	case PipeSource:
		if x.files[0], s.fd, err = x.pipe(); err != nil {
			return err
		}
		unix.SetNonblock(s.fd, true)
		if x.c.Source.Nonblock {
			err = unix.SetNonblock(x.files[0], true)
		}
	case FileSource:
		if s.path, err = x.writeStream("source"); err == nil {
			s.limit = x.c.Size
			s.sent.Store(x.c.Size)
			x.files[0], err = unix.Open(s.path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
	}
	return err
}

// writeStream writes the whole stream to a file.
func (x *run) writeStream(name string) (string, error) {
	path := filepath.Join(x.folder, name)
	data := make([]byte, x.c.Size)
	pattern.Fill(data, x.c.Seed, x.c.Size, 0)
	return path, os.WriteFile(path, data, 0o600)
}

// prepareStderr gives the tool a standard error.
func (x *run) prepareStderr() error {
	r, w, err := pipe()
	if err != nil {
		return err
	}
	x.files[2] = w
	if x.c.Stderr == FullStderr {
		unix.SetNonblock(w, true)
		for {
			if _, err := unix.Write(w, make([]byte, 4096)); err != nil {
				break
			}
		}
		unix.SetNonblock(w, false)
		go func() { // who could read it is there, but doesn't
			<-x.gone
			unix.Close(r)
		}()
		return nil
	}
	go x.listenTo(os.NewFile(uintptr(r), "stderr"))
	return nil
}

// mostSaid is how much of standard error is kept.
const mostSaid = 4096

func (x *run) listenTo(f *os.File) {
	defer f.Close()
	buf := make([]byte, mostSaid)
	for {
		n, err := f.Read(buf)
		x.mu.Lock()
		x.said = append(x.said, buf[:min(n, mostSaid-len(x.said))]...)
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pipe makes a pipe, a larger one where there is much to be moved and it can be had.
func (x *run) pipe() (r, w int, err error) {
	if r, w, err = pipe(); err == nil && x.c.isBig() {
		unix.FcntlInt(uintptr(w), unix.F_SETPIPE_SZ, bigPipe)
	}
	return r, w, err
}

func pipe() (r, w int, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, os.NewSyscallError("pipe2", err)
	}
	return fds[0], fds[1], nil
}
