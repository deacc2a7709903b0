package command

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// supervisor is the only one that a process may have.
var supervisor = sync.OnceValue(NewSupervisor)

// started is a shell command whose standard input and output are pipes of the test.
type started struct {
	*Process
	stdin  *os.File
	stdout *bufio.Reader // its end comes when all that the command has started have closed it
}

// startShell starts `sh -c script`, to be killed with all that it started when the test ends.
func startShell(t *testing.T, script string, keep ...int) *started {
	t.Helper()
	inR, inW := pipe(t)
	outR, outW := pipe(t)
	null, err := unix.Open("/dev/null", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := supervisor().Start(Spec{Argv: []string{"sh", "-c", script}, Stdin: inR, Stdout: outW, Stderr: null, Keep: keep})
	for _, fd := range []int{inR, outW, null} {
		unix.Close(fd)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &started{p, os.NewFile(uintptr(inW), "stdin"), bufio.NewReader(os.NewFile(uintptr(outR), "stdout"))}
	t.Cleanup(func() {
		p.signalTree(unix.SIGKILL)
		// What is still dying would be found by the next test.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if left := p.waitTree(ctx); left > 0 {
			t.Errorf("%d of its processes could not be killed", left)
		}
		<-p.Done()
		s.stdin.Close()
	})
	return s
}

func pipe(t *testing.T) (r, w int) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	return p[0], p[1]
}

// line waits for the command's next line.
func (s *started) line(t *testing.T) string {
	t.Helper()
	text, err := s.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("read a line: %v, after %q", err, text)
	}
	return strings.TrimSuffix(text, "\n")
}

// rest waits until nobody has the command's standard output open, and returns what came.
func (s *started) rest(t *testing.T) string {
	t.Helper()
	data, err := io.ReadAll(s.stdout)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStatus(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0": "exit status 0", "exit 3": "exit status 3", "exit 255": "exit status 255",
		"kill -KILL $$": "killed by SIGKILL", "kill -TERM $$": "killed by SIGTERM",
	} {
		t.Run("script="+script, func(t *testing.T) {
			p := startShell(t, script)
			<-p.Done()
			if got := p.Status().String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if got, want := p.Status().Success(), script == "exit 0"; got != want {
				t.Errorf("success: got %v, want %v", got, want)
			}
			if p.Ended() {
				t.Error("it ended by itself, but is said to have been ended")
			}
		})
	}
}

func TestLook(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string]string{
		"sh": "", "/bin/sh": "", "no-such-program": "no such program", filepath.Join(dir, "none"): "no such file", plain: "permission denied",
	} {
		err := Look(program)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", program, err, want)
		}
	}
}

func TestInheritsOnlyWhatIsNamed(t *testing.T) {
	r, w := pipe(t)
	defer unix.Close(r)
	defer unix.Close(w)
	const number = 63
	if err := unix.Dup3(r, number, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(number)
	// What the test itself was started with is not this package's to close.
	if err := unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		t.Skip("close_range, which Linux has since 5.11: ", err)
	}
	for _, tt := range []struct {
		keep []int
		want string
	}{{nil, "0 1 2"}, {[]int{number}, "0 1 2 63"}} {
		// The shell lists its own: a ls would add one.
		p := startShell(t, `for f in /proc/$$/fd/*; do echo ${f##*/}; done`, tt.keep...)
		got := map[string]bool{}
		for _, f := range strings.Fields(p.rest(t)) {
			got[f] = true
		}
		for _, f := range strings.Fields(tt.want) {
			if !got[f] {
				t.Errorf("keep=%v: %s is missing", tt.keep, f)
			}
			delete(got, f)
		}
		for f := range got {
			if fd, _ := strconv.Atoi(f); fd > 9 || fd < 3 { // dash opens its script's directory for the * at 3 to 9
				t.Errorf("keep=%v: descriptor %s was inherited", tt.keep, f)
			}
		}
	}
}

// TestFirstThreadIsNotAll: a process whose first thread has ended lives on in the others, is ended with the rest, and its
// status is known as soon as it is.
func TestFirstThreadIsNotAll(t *testing.T) {
	if os.Getenv("FIRST_THREAD") == "ends" {
		endFirstThread()
	}
	t.Setenv("FIRST_THREAD", "ends")
	self := os.Args[0] + " -test.run='^TestFirstThreadIsNotAll$'"
	for name, script := range map[string]string{"command": "exec " + self, "orphan": "(setsid " + self + " &); exec true"} {
		t.Run(name, func(t *testing.T) {
			p := startShell(t, script)
			if got := p.line(t); got != "alone" {
				t.Fatalf("got %q", got)
			}
			if name == "orphan" {
				<-p.Done()
			}
			other := startShell(t, "echo ready; read x")
			other.line(t)
			for of, p := range map[string]*started{"its command": p, "another": other} {
				if n := len(p.tree()); n != 1 {
					t.Errorf("%d processes are found for %s, want 1", n, of)
				}
			}
			if err := p.Terminate(context.Background()); err != nil {
				t.Error(err)
			}
			select {
			case <-p.Done():
			default:
				t.Error("it is said to be dead, and was not waited for")
			}
			if got := p.rest(t); got != "" {
				t.Errorf("it went on: %q", got)
			}
		})
	}
}

// endFirstThread ends the process's first thread, prints a line when it has ended, and keeps the process for ever.
func endFirstThread() {
	go func() {
		for {
			data, _ := os.ReadFile("/proc/self/stat")
			if strings.HasPrefix(string(data[bytes.LastIndexByte(data, ')')+1:]), " Z ") {
				break
			}
			runtime.Gosched()
		}
		fmt.Println("alone")
		select {}
	}()
	toFirst <- struct{}{}
	select {}
}

// toFirst makes the first thread end.
var toFirst = make(chan struct{})

func init() {
	runtime.LockOSThread() // init functions run on the first thread, and main does too if they lock it
}

func TestMain(m *testing.M) {
	if os.Getenv("FIRST_THREAD") == "ends" {
		go func() { os.Exit(m.Run()) }()
		<-toFirst
		unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
	}
	os.Exit(m.Run())
}

// TestWithoutProc: where /proc is missing or another name space's, the command itself is ended.
func TestWithoutProc(t *testing.T) {
	if !procIsOurs() {
		t.Error("the tests' own /proc was not recognised")
	}
	p := startShell(t, `echo ready; exec cat`)
	p.line(t)
	all := p.alone()
	if len(all) != 1 {
		t.Fatalf("%d processes, want the command itself", len(all))
	}
	all[0].signal(unix.SIGTERM)
	<-p.Done()
	if got := p.Status(); got.Signal != unix.SIGTERM {
		t.Errorf("the command ended by itself: %v", got)
	}
	if all := p.alone(); len(all) != 0 {
		t.Errorf("%v after its end", all)
	}
}

func TestNoStatusIsLost(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			p := startShell(t, "exit "+strconv.Itoa(i))
			<-p.Done()
			if got := p.Status(); !got.Exited || got.Code != i {
				t.Errorf("command %d: %v", i, got)
			}
		})
	}
	wg.Wait()
}

func TestOrphansAreReaped(t *testing.T) {
	p := startShell(t, `for i in 1 2 3 4 5; do (sh -c 'read x; exit 1' & echo $!); done; cat >/dev/null`)
	var orphans []string
	for range 5 {
		orphans = append(orphans, p.line(t))
	}
	p.stdin.Close()
	<-p.Done()
	p.rest(t)
	for _, pid := range orphans {
		// The kernel drops a process once it was waited for; there is no other sign of that.
		eventually(t, func() bool {
			_, err := os.Stat("/proc/" + pid)
			return os.IsNotExist(err)
		})
	}
}

// eventually waits for what the kernel has no event for.
func eventually(t *testing.T, f func() bool) {
	t.Helper()
	for range 10000 {
		if f() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it never happened")
}

func TestMarksOfNestedSupervisors(t *testing.T) {
	t.Setenv(markVariable, "outer")
	p := startShell(t, `echo "$`+markVariable+`"; read x`)
	if got, want := p.line(t), "outer:"+p.mark; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, mark := range []string{"outer", p.mark} {
		if ours, err := marked(p.pid, mark); !ours {
			t.Errorf("mark %q is not found: %v", mark, err)
		}
	}
	if ours, err := marked(p.pid, "oute"); ours || err != nil {
		t.Errorf("a part of a mark: got %v, %v", ours, err)
	}
}
