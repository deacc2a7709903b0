package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// accessACL is the attribute that holds a file's ACL; see acl(5).
const accessACL = "system.posix_acl_access"

// copyACL gives f the ACL of the file at path, if that has one and keep is set. Otherwise it takes from f the ACL that the folder may have given
// to it. It returns whether there was one to copy.
func copyACL(f *os.File, path string, keep bool) (had bool, err error) {
	acl := make([]byte, 64<<10) // the most that an attribute can have
	n, err := unix.Getxattr(path, accessACL, acl)
	conn, connErr := f.SyscallConn()
	if connErr != nil {
		return err == nil, connErr
	}
	had = err == nil
	controlErr := conn.Control(func(fd uintptr) {
		if had && keep {
			err = unix.Fsetxattr(int(fd), accessACL, acl[:n], 0)
		} else {
			err = unix.Fremovexattr(int(fd), accessACL)
		}
	})
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.EOPNOTSUPP) {
		err = nil
	}
	return had, errors.Join(err, controlErr)
}

// isMountPoint reports whether something is mounted on path itself, as containers have single files.
func isMountPoint(path string) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &st)
	return err == nil && st.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 && st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
