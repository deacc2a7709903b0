// Package conformance has what shows that a plan means the same on every back end: plans, a small program that writes and
// tells what it met, and what it must meet according to fault.Writer. It is for tests.
//
// The program may be a process of its own, as a back end needs it that stands between a program and its system calls:
// [Main] and [Command].
package conformance

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// Program is a small program that writes to one file: it opens it, which empties it, writes the stream in blocks, and closes
// it. After a short write it goes on with the rest of the block, after EINTR it makes the same call again.
type Program struct {
	Path   string `json:"path"`
	Stream uint64 `json:"stream"` // id of the self-locating stream
	Size   int64  `json:"size"`   // of the stream, in bytes
	Block  int    `json:"block"`  // bytes of each write

	// Fsync: it calls fsync(2) before the end.
	Fsync bool `json:"fsync,omitempty"`
	// Patience is after how many errors it goes on with the same bytes, EINTR not counted; 0: it stops writing at the first.
	Patience int `json:"patience,omitempty"`
}

// Outcome is what a program met.
type Outcome struct {
	Open     string   `json:"open,omitempty"`   // errno of the open; "": none. All else is zero then
	Accepted int64    `json:"accepted"`         // bytes, as the writes told
	Errors   []string `json:"errors,omitempty"` // errnos of the writes that failed
	Short    int      `json:"short,omitempty"`  // writes that accepted less than they were given
	Fsync    string   `json:"fsync,omitempty"`  // errno; "": none
	Close    string   `json:"close,omitempty"`
}

// file is what a program writes to. Errors are errnos.
type file interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

// mostErrors is after how many the program gives up: a plan may let all writes fail with EINTR.
const mostErrors = 100

// run runs the program on a file that is open.
func (p Program) run(f file) (o Outcome) {
	buf := make([]byte, min(int64(p.Block), p.Size))
	failures := 0
	for o.Accepted < p.Size && failures <= p.Patience && len(o.Errors) < mostErrors {
		// Blocks are where they would be without short writes.
		n := pattern.Fill(buf[:min(int64(p.Block)-o.Accepted%int64(p.Block), int64(len(buf)))], p.Stream, p.Size, o.Accepted)
		done, err := f.Write(buf[:n])
		o.Accepted += int64(max(done, 0))
		switch {
		case err != nil:
			o.Errors = append(o.Errors, name(err))
			if !errors.Is(err, syscall.EINTR) {
				failures++
			}
		case done == 0:
			o.Errors = append(o.Errors, "nothing") // neither bytes nor an errno: no plan means that
			failures++
		case done < n:
			o.Short++
		}
	}
	if p.Fsync {
		o.Fsync = name(f.Sync())
	}
	o.Close = name(f.Close())
	return o
}

// name returns the errno's name; "" for nil.
func name(err error) string {
	var errno syscall.Errno
	if err == nil {
		return ""
	}
	if !errors.As(err, &errno) {
		return err.Error()
	}
	return unix.ErrnoName(errno)
}
