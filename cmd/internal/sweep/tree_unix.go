//go:build unix

package sweep

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// identity returns which file it is; several: it has several names.
func identity(info fs.FileInfo) (id file, several bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return file{}, false
	}
	return file{uint64(st.Dev), uint64(st.Ino)}, st.Nlink > 1
}

// copyOwner gives the file its owner, which is only for root to do.
func copyOwner(to string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(to, int(st.Uid), int(st.Gid))
}

func makeFIFO(name string) error {
	if err := unix.Mkfifo(name, 0o600); err != nil {
		return &os.PathError{Op: "mkfifo", Path: name, Err: err}
	}
	return nil
}
