//go:build linux

package yjoint_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

const fuseDevice = "/dev/fuse"

// noFuse says why the scripts can't mount a file system of faultsink's, or "".
func noFuse() string {
	f, err := os.OpenFile(fuseDevice, os.O_RDWR, 0)
	if err != nil {
		return err.Error()
	}
	f.Close()
	if _, err := exec.LookPath("fusermount3"); err != nil && os.Getuid() != 0 {
		return "this scenario needs root or fusermount3"
	}
	return ""
}

// noFuseForAll says why another user can't, or "".
func noFuseForAll() string {
	info, err := os.Stat(fuseDevice)
	if err != nil {
		return err.Error()
	}
	if info.Mode().Perm()&0o006 != 0o006 {
		return fmt.Sprintf("%s is not for all users (mode %o)", fuseDevice, info.Mode().Perm())
	}
	return ""
}

// mountsBelow returns the mount points in the folder, the last ones first.
func mountsBelow(dir string) (all []string) {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4], dir+"/") {
			all = append(all, f[4])
		}
	}
	slices.Reverse(all)
	return all
}

// cmdNoMount requires that nothing is mounted in the script's folder.
func cmdNoMount(ts *testscript.TestScript, args []string) error {
	if len(args) != 0 {
		return errUsage
	}
	if left := mountsBelow(scenarioOf(ts).work); len(left) > 0 {
		return fmt.Errorf("still mounted: %s", strings.Join(left, ", "))
	}
	return nil
}

// unmountAll clears the script's folder, whose removal would fail otherwise.
func (s *scenario) unmountAll() {
	for _, dir := range mountsBelow(s.work) {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			exec.Command("fusermount3", "-uz", dir).Run()
		}
	}
}
