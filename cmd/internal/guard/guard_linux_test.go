package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	_ "yjoint/internal/sysmon"
)

// role is what the test binary is to be, as an environment variable says.
const role = "GUARD_TEST_ROLE"

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	Main()
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "starter":
		starter()
	case "counter":
		counter()
	case "lister":
		fmt.Fprintln(os.Stderr, Inherited(), os.Getenv("EXTRA"))
	}
}

// starter guards the command of its arguments, passes SIGINT and SIGTERM on, and ends as the command did.
func starter() {
	path, err := exec.LookPath(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	signals := make(chan os.Signal, 9)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM)
	os.Setenv(role, os.Getenv(role+"_OF_COMMAND"))
	p, err := Start(Command{Path: path, Args: os.Args[1:], Sole: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		select {
		case sig := <-signals:
			p.Signal(sig.(syscall.Signal))
		case <-p.Gone():
			ws, err := p.Status()
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			os.Exit(ws.ExitStatus())
		}
	}
}

// counter says when it is ready, and which signals come; SIGTERM ends it.
func counter() {
	signals := make(chan os.Signal, 9)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM)
	fmt.Println("ready")
	for sig := range signals {
		fmt.Println(sig)
		if sig == unix.SIGTERM {
			os.Exit(0)
		}
	}
}

// startStarter runs a starter in a process group of its own and returns the lines that it and its command say.
func startStarter(t *testing.T, commandRole string, command ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, command...)
	cmd.Env = append(os.Environ(), role+"=starter", role+"_OF_COMMAND="+commandRole, "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, bufio.NewReader(out)
}

func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	return strings.TrimSpace(line)
}

func TestStatus(t *testing.T) {
	for script, want := range map[string]string{"exit 3": "status 3", "kill -TERM $$": "SIGTERM"} {
		p, err := Start(Command{Path: "/bin/sh", Args: []string{"sh", "-c", script}})
		if err != nil {
			t.Fatal(err)
		}
		<-p.Gone()
		if ws, err := p.Status(); err != nil || describe(ws) != want {
			t.Errorf("%s: %s, %v", script, describe(ws), err)
		}
	}
	if _, err := Start(Command{Path: "/nonexistent", Args: []string{"x"}}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("a program that is not there: %v", err)
	}
}

// family has a process in a session of its own, and one that ignores what it can. It tells all of their numbers.
const family = `sleep 1000 & a=$!; setsid sh -c 'trap "" TERM; echo $$; exec sleep 1000' & sleep 1000 & echo $a; echo $!; echo $$; wait`

// members reads the numbers of four processes.
func members(t *testing.T, r *bufio.Reader) (all []int) {
	for range 4 {
		pid, err := strconv.Atoi(readLine(t, r))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pid)
	}
	return all
}

// requireEnd waits until none of the processes lives.
func requireEnd(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			if _, live := parentOf(pid); !live {
				break
			}
			if time.Now().After(deadline) {
				unix.Kill(pid, unix.SIGKILL)
				t.Fatalf("process %d is still there", pid)
			}
		}
	}
}

func TestEnd(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := Start(Command{Path: "/bin/sh", Args: []string{"sh", "-c", "exec 1>&2; " + family}, Stderr: w})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	all := members(t, bufio.NewReader(r))
	tree := p.Tree()
	if len(tree) != 4 {
		t.Errorf("%d processes, want 4", len(tree))
	}
	quick := p.QuickTree()
	slices.Sort(quick)
	_, err = os.Stat("/proc/thread-self/children")
	if known := err == nil; known && !slices.Equal(quick, slices.Sorted(slices.Values(tree))) {
		t.Errorf("by their parents' lists: %d, want %d", quick, tree)
	}
	p.End()
	for _, pid := range all {
		if _, live := parentOf(pid); live {
			t.Errorf("process %d is still there", pid)
		}
	}
}

// TestKilled kills each side of a guarded family: nobody is left.
func TestKilled(t *testing.T) {
	for _, who := range []string{"starter", "guardian"} {
		t.Run(who, func(t *testing.T) {
			cmd, out := startStarter(t, "", "sh", "-c", family)
			all := members(t, out)
			if who == "starter" {
				cmd.Process.Kill()
			} else {
				guardian := descendants(cmd.Process.Pid)[0] // its only child
				unix.Kill(guardian, unix.SIGKILL)
				if line := readLine(t, out); !strings.Contains(line, "guardian of the command was killed (SIGKILL)") {
					t.Errorf("the starter said %q", line)
				}
			}
			requireEnd(t, all)
			cmd.Wait()
		})
	}
}

// TestSignals sends signals to the starter, and to the whole group as a terminal does: the command gets each once.
func TestSignals(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd, out := startStarter(t, "counter", exe)
	if line := readLine(t, out); line != "ready" {
		t.Fatal(line)
	}
	unix.Kill(cmd.Process.Pid, unix.SIGINT)
	if line := readLine(t, out); line != "interrupt" {
		t.Fatal(line)
	}
	unix.Kill(-cmd.Process.Pid, unix.SIGINT)
	if line := readLine(t, out); line != "interrupt" {
		t.Fatal(line)
	}
	time.Sleep(2 * together) // a second one would come after that time
	unix.Kill(cmd.Process.Pid, unix.SIGTERM)
	rest, err := io.ReadAll(out)
	if string(rest) != "terminated\n" || err != nil {
		t.Errorf("after an interrupt to the group and SIGTERM: %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestDescriptors hands down what is inherited, at its number, and nothing else.
func TestDescriptors(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := unix.Dup3(int(null.Fd()), 63, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(63)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := fmt.Sprintln(Inherited(), "none")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(Command{Path: exe, Args: []string{"lister"}, Stderr: w, Env: []string{"EXTRA=none", role + "=lister"}})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	<-p.Gone()
	if text, err := io.ReadAll(r); string(text) != want || err != nil {
		t.Errorf("the command has %q, want %q; %v", text, want, err)
	}
}

// TestToldTooLate: what the guardian has not read when it ends does not hide what it has told.
func TestToldTooLate(t *testing.T) {
	for range 50 {
		p, err := Start(Command{Path: "/bin/sh", Args: []string{"sh", "-c", "exit 7"}})
		if err != nil {
			t.Fatal(err)
		}
		for told := true; told; {
			select {
			case <-p.Gone():
				told = false
			default:
				p.Signal(unix.SIGCONT)
			}
		}
		if ws, err := p.Status(); err != nil || ws.ExitStatus() != 7 {
			t.Fatalf("status %d, %v", ws.ExitStatus(), err)
		}
	}
}
