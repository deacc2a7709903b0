package command

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// number waits for the command's next line, which is the number of a process.
func (s *started) number(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(s.line(t))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// kill kills a child of this process, and waits until it was waited for.
func (s *started) kill(t *testing.T, pid int) {
	t.Helper()
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for {
		changed := s.sup.nextReaped()
		if unix.Kill(pid, 0) != nil {
			return
		}
		<-changed
	}
}

// Where a child of this process dies after it was seen, be it the command itself or an orphan, nobody may take its children for dead.
func TestWalkNoticesADeath(t *testing.T) {
	for name, script := range map[string]string{
		"command": `echo $$; sleep 1000 & echo $!; wait`,
		"orphan":  `(setsid sh -c 'echo $$; sleep 1000 & echo $!; wait' &); exec true`,
	} {
		t.Run(name, func(t *testing.T) {
			p := startShell(t, script)
			parent, child := p.number(t), p.number(t)
			if name == "orphan" {
				<-p.Done()
			}
			seen := processes(listProc)
			all, settled := p.walk(seen)
			for ; !settled; all, settled = p.walk(seen) { // what an earlier test has killed is still dying
				seen = processes(listProc)
			}
			if len(all) != 2 {
				t.Errorf("both alive: got %v", all)
			}
			p.kill(t, parent)
			if all, settled := p.walk(seen); settled {
				t.Errorf("one has died: got %v and no sign of that", all)
			}
			if all := p.tree(); len(all) != 1 || all[0].pid != child {
				t.Errorf("at the next look: got %v, want process %d", all, child)
			}
		})
	}
}

// What is born behind the list is in the next, and a child whose parent dies before that is read is asked for its parent again.
func TestProcessesAreOfOneMoment(t *testing.T) {
	p := startShell(t, `sleep 1000 & echo $!; wait`)
	child := p.number(t)
	looks := 0
	all := processes(func() []int {
		switch looks++; looks {
		case 1:
			return []int{child}
		case 2:
			p.kill(t, p.pid)
			return []int{child, p.pid, os.Getpid()}
		}
		return []int{child, os.Getpid()}
	})
	if len(all) != 2 || all[0].pid != child || all[0].parent != os.Getpid() || all[1].pid != os.Getpid() || looks != 3 {
		t.Errorf("got %v after %d looks, want process %d, a child of %[4]d, and %[4]d after 3", all, looks, child, os.Getpid())
	}
}
