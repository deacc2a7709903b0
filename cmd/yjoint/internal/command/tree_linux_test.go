package command

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
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
			if all, settled := p.walk(seen); len(all) != 2 || !settled {
				t.Errorf("both alive: got %v, settled: %v", all, settled)
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

// An orphan that has given up its memory, and so its mark, but is not dead yet belongs to the tree, and so does its child.
func TestTreeHasWhatIsDying(t *testing.T) {
	if os.Getenv("LARGE") == "yes" {
		beLarge(t)
	}
	t.Setenv("LARGE", "yes")
	for dying := 0; dying == 0; {
		p := startShell(t, "(setsid "+os.Args[0]+" -test.run='^TestTreeHasWhatIsDying$' &); exec true")
		parent, child := p.number(t), p.number(t)
		<-p.Done()
		if err := unix.Kill(parent, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for !t.Failed() {
			_, err := environ(parent)
			all := p.tree()
			if !slices.ContainsFunc(all, func(m member) bool { return m.pid == child }) {
				t.Errorf("its child %d is not found: got %v", child, all)
			}
			if _, alive := readStat(parent); !alive {
				break
			}
			if !slices.ContainsFunc(all, func(m member) bool { return m.pid == parent }) {
				t.Errorf("it is not found: got %v, want process %d", all, parent)
			}
			if err == errNoMemory {
				dying++
			}
		}
		if t.Failed() {
			return
		}
	}
}

// beLarge starts a child, prints the numbers of both processes, and waits for ever with so much memory that dying takes a while.
func beLarge(t *testing.T) {
	memory, err := unix.Mmap(-1, 0, 256<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.Madvise(memory, unix.MADV_NOHUGEPAGE) // huge pages are given up too fast; EINVAL: the kernel has none
	for at := 0; at < len(memory); at += os.Getpagesize() {
		memory[at] = 1
	}
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%d\n%d\n", os.Getpid(), child.Process.Pid)
	select {}
}
