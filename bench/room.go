//go:build linux

package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// sharedMemory is where a tmpfs is on every Linux.
const sharedMemory = "/dev/shm"

// spare is left free, in bytes.
const spare = 64 << 20

// roomForOutputs refuses a size that memory wouldn't hold twice.
func roomForOutputs(_ *bench, n int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(sharedMemory, &s); err != nil {
		return &os.PathError{Op: "statfs", Path: sharedMemory, Err: err}
	}
	if s.Type != unix.TMPFS_MAGIC {
		return fmt.Errorf("%s is no tmpfs", sharedMemory)
	}
	free := min(int64(s.Bavail)*int64(s.Bsize), meminfo("MemAvailable"))
	if need := 2*n + spare; free < need {
		return fmt.Errorf("needs %d MB in %s, where %d MB are free: take a smaller -size", need/1e6, sharedMemory, free/1e6)
	}
	return nil
}

// roomForInput refuses a file that the disk, or the page cache, wouldn't hold.
func roomForInput(b *bench, n int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(b.folder, &s); err != nil {
		return &os.PathError{Op: "statfs", Path: b.folder, Err: err}
	}
	need := n + spare
	if free := int64(s.Bavail) * int64(s.Bsize); free < need {
		return fmt.Errorf("needs %d MB in %s, where %d MB are free: take a smaller -size", need/1e6, b.folder, free/1e6)
	}
	if cache := meminfo("MemAvailable"); cache < need {
		return fmt.Errorf("needs %d MB of memory to cache the file, %d MB are free: take a smaller -size", need/1e6, cache/1e6)
	}
	return nil
}
