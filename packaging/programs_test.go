//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPackagedVersion(t *testing.T) {
	bin := unpacked(t)
	for _, program := range programs {
		if got, want := printed(t, filepath.Join(bin, program), "--version"), program+" "+madeVersion+"\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPackagedIgnoredSignal: a packaged program still finds the table of signals by its symbols. As tee it dies of SIGPIPE,
// unless that was ignored when it was started: then a pipe without a reader is no failure.
func TestPackagedIgnoredSignal(t *testing.T) {
	tee := filepath.Join(t.TempDir(), "tee")
	if err := os.Symlink(filepath.Join(unpacked(t), "yjoint"), tee); err != nil {
		t.Fatal(err)
	}
	if ws, said := intoBrokenPipe(t, tee, ""); !ws.Signaled() || ws.Signal() != syscall.SIGPIPE {
		t.Errorf("by default: %#x, %s; want death by SIGPIPE", ws, said)
	}
	ws, said := intoBrokenPipe(t, tee, "trap '' PIPE; ")
	if ws != 0 || said != "" {
		t.Errorf("ignored at the start: %#x, %s; want status 0", ws, said)
	}
}

// intoBrokenPipe runs tee, with a standard output that nobody reads, after what the shell does first.
func intoBrokenPipe(t *testing.T, tee, first string) (syscall.WaitStatus, string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var said strings.Builder
	cmd := exec.Command("sh", "-c", first+`exec "$0"`, tee)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("text\n"), w, &said
	cmd.Run() // how it ended is in ProcessState
	return cmd.ProcessState.Sys().(syscall.WaitStatus), said.String()
}
