package command

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core/coretest"
)

var leakRuns = flag.Int("leaks", 0, "how many commands TestCommandsLeaveNothing starts; 0: some dozen")

// TestCommandsLeaveNothing starts many commands, of which some end by themselves and others, with what they have started, are ended,
// and requires that no descriptor, goroutine or child is left. The long form:
//
//	go test ./cmd/yjoint/internal/command -run '^TestCommandsLeaveNothing$' -args -leaks 10000
func TestCommandsLeaveNothing(t *testing.T) {
	n := *leakRuns
	if n == 0 {
		n = 60
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	supervisor() // its goroutine stays
	before := coretest.Held()
	scripts := []string{"exit 3", "sleep 1000 & exit 0", "exec sleep 1000", "(sleep 1000 &) & kill -9 $$"}
	for i := range n {
		script := scripts[i%len(scripts)]
		p, err := supervisor().Start(Spec{Argv: []string{"sh", "-c", script}, Stdin: null, Stdout: null, Stderr: null})
		if err != nil {
			t.Fatal(err)
		}
		if script != "exec sleep 1000" {
			<-p.Done()
		}
		if err := p.Terminate(context.Background()); err != nil {
			t.Fatal(script, err)
		}
		<-p.Done()
	}
	if err := before.Released(); err != nil {
		t.Error(err)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("child %d is left (0: one that lives), error %v", pid, err)
	}
	t.Logf("%d commands", n)
}

// TestMarkedDuringExec: a process that is in the midst of execve has no environment for a moment, and is recognised all the same.
func TestMarkedDuringExec(t *testing.T) {
	script := filepath.Join(t.TempDir(), "again")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexec \"$0\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	p, err := supervisor().Start(Spec{Argv: []string{script}, Stdin: null, Stdout: null, Stderr: null})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Terminate(context.Background())
	n := 20000
	if testing.Short() {
		n = 3000
	}
	for i := range n {
		if ours, err := marked(p.pid, p.mark); !ours {
			t.Fatalf("it was not recognised the %d. time: %v", i+1, err)
		}
	}
}
