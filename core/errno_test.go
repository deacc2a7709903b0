package core_test

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"yjoint/core"
)

// TestDescribe requires the errno by text and name, without what a message that names the output says already.
func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{io.ErrUnexpectedEOF, "unexpected EOF"},
		{syscall.EPIPE, "broken pipe (EPIPE)"},
		{syscall.Errno(4000), "errno 4000"}, // the kernel has no such number
		{&fs.PathError{Op: "write", Path: "a", Err: syscall.ENOSPC}, "no space left on device (ENOSPC)"},
		{&os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EXDEV}, "invalid cross-device link (EXDEV)"},
		{os.NewSyscallError("write", syscall.EIO), "input/output error (EIO)"},
		{&fs.PathError{Op: "write", Path: "a", Err: os.ErrClosed}, "file already closed"},
		{fmt.Errorf("temporary file: %w", syscall.EDQUOT), "temporary file: disk quota exceeded (EDQUOT)"},
	} {
		if got := core.Describe(c.err); got != c.want {
			t.Errorf("%#v: %q, want %q", c.err, got, c.want)
		}
	}
}
