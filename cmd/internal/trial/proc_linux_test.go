//go:build linux && (amd64 || arm64)

package trial

import (
	"os/exec"
	"slices"
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
	for !sleeps(pid) { // in read(2), for good
	}
	stdin.Close()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if sleeps(pid) {
		t.Error("a process that has ended is said to sleep")
	}
}

func sleeps(pid int) bool {
	_, s := survey(pid)
	return s == asleep
}

// TestStuck: only a tool that has slept all the time is stuck, not one that sleeps at last and was awake before, without a processor;
// and who waits for somebody else's answer has more time.
func TestStuck(t *testing.T) {
	const patience = 10 * tick
	many := func(s state, n int) []state { return slices.Repeat([]state{s}, n) }
	for name, c := range map[string]struct {
		looks []state
		want  bool
	}{
		"asleep":            {many(asleep, 10), true},
		"not yet":           {many(asleep, 9), false},
		"awake before":      {append(many(awake, 100), many(asleep, 9)...), false},
		"awake in between":  {slices.Concat(many(asleep, 9), many(awake, 1), many(asleep, 9)), false},
		"held before":       {append(many(held, 99), many(asleep, 9)...), false},
		"held":              {many(held, 99), false},
		"held for too long": {many(held, 10*heldFor), true},
		"held in between":   {slices.Concat(many(asleep, 9), many(held, 1), many(asleep, 9)), false},
		"held in turn":      {slices.Concat(many(held, 99), many(asleep, 1), many(held, 99)), false},
	} {
		p, got := progress{}, false
		for _, s := range c.looks {
			p.count(s)
			got = got || p.stuck(patience)
		}
		if got != c.want {
			t.Errorf("%s: stuck is %v, want %v", name, got, c.want)
		}
	}
}
