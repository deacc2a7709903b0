package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTerminateEndsAPipelineWhole(t *testing.T) {
	for i := range 20 {
		done := filepath.Join(t.TempDir(), "done")
		p := startShell(t, fmt.Sprintf(
			`exec 3>&1; (echo ready >&3; cat) | (echo ready >&3; cat; echo whole >%s) | (echo ready >&3; cat; echo whole >>%[1]s) >&2`, done))
		for range 3 {
			p.line(t)
		}
		if err := p.Terminate(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(done); err == nil {
			t.Fatalf("round %d: a part of the pipeline took the death of another for the end of its input", i)
		}
		if left := p.tree(); len(left) > 0 {
			t.Fatalf("round %d: left: %v", i, left)
		}
		if !p.Ended() {
			t.Error("Ended is false")
		}
	}
}

func TestStop(t *testing.T) {
	done := filepath.Join(t.TempDir(), "done")
	p := startShell(t, fmt.Sprintf(`echo ready; cat; echo whole >%s`, done))
	p.line(t)
	p.Stop()
	p.stdin.Close()
	if err := p.Terminate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(done); err == nil {
		t.Error("it acted upon the end of its input after it was stopped")
	}
	p.rest(t)

	p = startShell(t, `echo ready; cat`)
	p.line(t)
	p.Stop()
	if err := unix.Kill(p.pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if !p.Ended() {
		t.Error("what ends between Stop and Terminate should count as ended by them")
	}
}

func TestTerminateFindsOrphans(t *testing.T) {
	// The orphan's parent is dead, it has a session of its own, and it holds the pipe open.
	p := startShell(t, `(setsid sh -c 'echo ready; exec sleep 1000' &) ; exec cat`)
	p.line(t)
	if err := p.Terminate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := p.rest(t); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestTerminateAfterTheCommandItself(t *testing.T) {
	p := startShell(t, `(sleep 1000 & echo ready) ; exit 0`)
	p.line(t)
	<-p.Done()
	if err := p.Terminate(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.rest(t)
	if p.Ended() {
		t.Error("the command had ended by itself")
	}
}

func TestTerminateKillsWhatIgnoresTERM(t *testing.T) {
	p := startShell(t, `trap '' TERM; (trap '' TERM; echo ready; while :; do sleep 1000; done) ; :`)
	p.line(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // at once, instead of after termPatience
	if err := p.Terminate(ctx); err != nil {
		t.Fatal(err)
	}
	if got := p.Status(); got.Signal != unix.SIGKILL {
		t.Errorf("got %v", got)
	}
	p.rest(t)
}

func TestTerminateEndsStopped(t *testing.T) {
	p := startShell(t, `echo ready; kill -STOP $$; echo went on`)
	p.line(t)
	if err := p.Terminate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := p.rest(t); got != "" {
		t.Errorf("it went on: %q", got)
	}
}

func TestTerminateLeavesOthers(t *testing.T) {
	// Each of the three says that it is there, and starts no others.
	other := startShell(t, `(echo one; exec sleep 1000) & (echo two; exec sleep 1000) & echo three; wait`)
	for range 3 {
		other.line(t)
	}
	p := startShell(t, `echo ready; cat`)
	p.line(t)
	if err := p.Terminate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(other.tree()); n != 3 {
		t.Errorf("the other command has %d processes, want 3: sh and two that sleep", n)
	}
}

func TestKillAll(t *testing.T) {
	var all []*started
	for range 5 {
		p := startShell(t, `trap '' TERM; (sleep 1000 & echo ready); cat`)
		p.line(t)
		all = append(all, p)
	}
	supervisor().KillAll()
	for _, p := range all {
		<-p.Done()
		p.rest(t)
	}
	// What comes too late to be killed is not started.
	defer func() { supervisor().over = false }()
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	if _, err := supervisor().Start(Spec{Argv: []string{"true"}, Stdin: null, Stdout: null, Stderr: null}); err == nil {
		t.Error("a command was started after KillAll")
	}
}
