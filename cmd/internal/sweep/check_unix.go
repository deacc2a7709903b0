//go:build unix

package sweep

import (
	"os/exec"
	"syscall"
)

// ownTree lets the command be killed together with what it has started.
func ownTree(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
