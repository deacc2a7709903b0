//go:build linux && (amd64 || arm64)

package trial

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestEndedIsNotAsleep: what has ended and was not waited for yet must not be taken for a tool that hangs.
func TestEndedIsNotAsleep(t *testing.T) {
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	pid := cmd.Process.Pid
	for !familySleeps(pid) { // in read(2), for good
	}
	stdin.Close()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if familySleeps(pid) {
		t.Error("a process that has ended is said to sleep")
	}
}
