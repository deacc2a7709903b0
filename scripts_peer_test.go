//go:build linux

package yjoint_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A peer is what a fan-out has at its ends: it reads standard input, writes standard output and
// misbehaves, one STEP after the other. After the last step it exits with status 0.
type peer struct {
	saved   *os.File // where what is read goes; nil: nowhere
	chunk   int64    // size of reads and writes
	pace    time.Duration
	written wordStream // what write= writes
	waits   time.Duration
}

// peerStep does one step; value is what follows "=".
type peerStep func(p *peer, value string) error

var peerSteps = map[string]peerStep{
	"save":     (*peer).save,
	"chunk":    func(p *peer, value string) (err error) { p.chunk, err = parseSize(value); return err },
	"pace":     func(p *peer, value string) (err error) { p.pace, err = time.ParseDuration(value); return err },
	"capacity": (*peer).capacity,

	"read":   (*peer).read,
	"full":   (*peer).full,
	"write":  (*peer).write,
	"text":   (*peer).text,
	"lines":  (*peer).lines,
	"fill":   (*peer).fill,
	"splice": (*peer).splice,

	"touch": func(p *peer, value string) error { return os.WriteFile(value, nil, 0o666) },
	"pid":   (*peer).pid,
	"wait":  (*peer).wait,

	"signals": (*peer).signals,

	"suspend":  (*peer).suspend,
	"nonblock": func(p *peer, value string) error { return setNonblock(value, true) },
	"block":    func(p *peer, value string) error { return setNonblock(value, false) },
	"close":    func(p *peer, value string) error { return closeDescriptor(value) },
	"ignore":   func(p *peer, value string) error { return ignoreSignals(value) },

	"stall": (*peer).stall,
	"exit":  (*peer).exit,
	"die":   (*peer).die,
}

func peerMain() {
	p := &peer{chunk: 64 << 10, waits: patience()}
	for _, word := range os.Args[1:] {
		name, value, _ := strings.Cut(word, "=")
		step := peerSteps[name]
		if step == nil {
			fail("peer", fmt.Errorf("unknown step %q: want one of %v", word, slices.Sorted(maps.Keys(peerSteps))))
		}
		if err := step(p, value); err != nil {
			fail("peer", fmt.Errorf("%s: %w", word, err))
		}
	}
}

func (p *peer) save(name string) (err error) {
	p.saved, err = os.Create(name)
	return err
}

// capacity changes that of the pipe on standard input.
func (p *peer) capacity(value string) error {
	size, err := parseSize(value)
	if err != nil {
		return err
	}
	_, err = unix.FcntlInt(0, unix.F_SETPIPE_SZ, int(size))
	return os.NewSyscallError("F_SETPIPE_SZ", err)
}

// read takes exactly as many bytes as it is told, or all, and not one more from the pipe. The end of the
// stream before is an error.
func (p *peer) read(value string) error {
	if value == "all" {
		_, err := p.take(1<<63 - 1)
		return err
	}
	size, err := parseSize(value)
	if err != nil {
		return err
	}
	n, err := p.take(size)
	if err == nil && n < size {
		err = fmt.Errorf("standard input ended after %d bytes", n)
	}
	return err
}

// take reads up to size bytes, to the end of the stream.
func (p *peer) take(size int64) (n int64, err error) {
	buf := make([]byte, p.chunk)
	for n < size {
		got, err := retried(0, unix.POLLIN, func() (int, error) {
			return unix.Read(0, buf[:min(int64(len(buf)), size-n)])
		})
		if err != nil {
			return n, os.NewSyscallError("read", err)
		}
		if got == 0 {
			break
		}
		n += int64(got)
		if p.saved != nil {
			if _, err := p.saved.Write(buf[:got]); err != nil {
				return n, err
			}
		}
		time.Sleep(p.pace) // the load's own pace: nothing is waited for
	}
	return n, nil
}

// retried repeats call on EINTR, and on EAGAIN when fd is ready again.
func retried(fd int32, events int16, call func() (int, error)) (int, error) {
	for {
		n, err := call()
		switch {
		case err == unix.EAGAIN:
			unix.Poll([]unix.PollFd{{Fd: fd, Events: events}}, -1)
		case err != unix.EINTR:
			return n, err
		}
	}
}

// full waits until the pipe on standard input takes nothing more.
func (p *peer) full(string) error {
	w, err := unix.Open("/proc/self/fd/0", unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: "the pipe on standard input for writing", Err: err}
	}
	defer unix.Close(w)
	return poll(p.waits, func() (bool, error) {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(w), Events: unix.POLLOUT}}, 0)
		if err == unix.EINTR {
			return false, nil
		}
		return n == 0, os.NewSyscallError("poll", err)
	})
}

// write writes the stream of genfile with seed 0: each write= goes on where the last one ended.
func (p *peer) write(value string) error {
	size := int64(1<<63 - 1)
	var err error
	if value != "all" {
		size, err = parseSize(value)
	}
	if err != nil {
		return err
	}
	buf := make([]byte, p.chunk)
	for size > 0 {
		piece := buf[:min(p.chunk, size)]
		p.written.Read(piece)
		if err := writeOut(piece); err != nil {
			return err
		}
		size -= int64(len(piece))
		time.Sleep(p.pace) // the load's own pace: nothing is waited for
	}
	return nil
}

// writeOut writes piece to standard output by as few write(2) as it takes. A broken pipe ends the
// process by SIGPIPE.
func writeOut(piece []byte) error {
	for len(piece) > 0 {
		n, err := retried(1, unix.POLLOUT, func() (int, error) { return unix.Write(1, piece) })
		if err == unix.EPIPE {
			dieOf(unix.SIGPIPE)
		}
		if err != nil {
			return os.NewSyscallError("write", err)
		}
		piece = piece[n:]
	}
	return nil
}

func (p *peer) text(value string) error {
	text, err := unescape(value)
	if err != nil {
		return fmt.Errorf("no text of a Go string: %w", err)
	}
	return writeOut([]byte(text))
}

// lines writes so many numbered lines, one write(2) each.
func (p *peer) lines(value string) error {
	count, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	for i := range count {
		if err := writeOut(fmt.Appendf(nil, "line %d\n", i+1)); err != nil {
			return err
		}
		time.Sleep(p.pace) // the load's own pace: nothing is waited for
	}
	return nil
}

// pipeBuf is PIPE_BUF of pipe(7): a write of no more is taken whole or not at all.
const pipeBuf = 4096

// fill writes zeros to the pipe on a descriptor, either end, until it is full.
func (p *peer) fill(value string) error {
	w, err := unix.Open("/proc/self/fd/"+value, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: "descriptor " + value, Err: err}
	}
	defer unix.Close(w)
	// Single bytes after the blocks fill the last page.
	for _, size := range []int{pipeBuf, 1} {
		for err = nil; err == nil || err == unix.EINTR; {
			_, err = unix.Write(w, make([]byte, size))
		}
	}
	if err != unix.EAGAIN {
		return os.NewSyscallError("write", err)
	}
	return nil
}

// splice puts the pages of a file into the pipe on standard output: they stay the file's.
func (p *peer) splice(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		n, err := retried(1, unix.POLLOUT, func() (int, error) {
			n, err := unix.Splice(int(f.Fd()), nil, 1, nil, int(p.chunk), 0)
			return int(n), err
		})
		if n == 0 || err != nil {
			return os.NewSyscallError("splice", err)
		}
	}
}

// suspend stops the output of the terminal on a descriptor, as Ctrl-S does: whoever writes to it blocks.
func (p *peer) suspend(value string) error {
	fd, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	return os.NewSyscallError("TCXONC", unix.IoctlSetInt(fd, unix.TCXONC, 0)) // 0 is TCOOFF, tcflow(3)
}

// pid writes the process's number, for signal file:FILE.
func (p *peer) pid(name string) error {
	if err := os.WriteFile(name+".new", fmt.Appendln(nil, os.Getpid()), 0o666); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func (p *peer) wait(name string) error {
	return poll(p.waits, func() (bool, error) {
		_, err := os.Lstat(name)
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	})
}

// signals writes the name of each signal that comes to a file, which is there when it is ready, until USR1 or QUIT has come.
func (p *peer) signals(name string) error {
	arrived := make(chan os.Signal, 100)
	signal.Notify(arrived, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		sig := <-arrived
		if _, err := fmt.Fprintln(f, unix.SignalName(sig.(syscall.Signal))); err != nil {
			return err
		}
		if sig == unix.SIGUSR1 || sig == unix.SIGQUIT {
			return nil
		}
	}
}

// stall never returns.
func (p *peer) stall(string) error {
	for {
		unix.Poll(nil, -1)
	}
}

func (p *peer) exit(value string) error {
	status, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	os.Exit(status)
	return nil
}

func (p *peer) die(value string) error {
	sig, err := parseSignal(value)
	if err != nil {
		return err
	}
	dieOf(sig)
	return nil
}
