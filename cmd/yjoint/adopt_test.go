//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
)

// childResult names the file into which a copy of the test binary, started by runChild, writes what it saw.
const childResult = "YJOINT_TEST_RESULT"

// childReport is what preparing came to, in a process with the descriptors that the test wants.
type childReport struct {
	Inherited []int
	Still     []int // of Inherited and 0 to 2: still open on something else than the null device, after preparing
	Free      []int // of 0 to 2: not open at all
	Closed    []int // of 0 to 2: look closed to a Go program, and didn't before
	Passed    []int // from 3 on, what a command would inherit
	Error     string
	Hint      string
	Source    string // what it read
	Kinds     []string
	OpenErrs  []string
	Hints     []string
	// Numbers are the descriptors of source, outputs and report.
	Numbers     []int
	StderrTaken bool
	Remaining   []int // of Inherited: what a producer may be given
}

// init makes the test binary the child, before anything of the tests runs.
func init() {
	result := os.Getenv(childResult)
	if result == "" {
		return
	}
	var r childReport
	r.run()
	data, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(result, data, 0o666)
	}
	if err != nil {
		panic(err)
	}
	os.Exit(0)
}

// run prepares the child's command line, copies its source, or "xyz", to every output, and the same to the report.
func (r *childReport) run() {
	r.Inherited = markInherited()
	before := looksClosed()
	cfg, err := parseArgs(os.Args[1:])
	var p *prepared
	if err == nil {
		p, err = prepare(cfg, r.Inherited)
	}
	r.look()
	r.Closed = slices.DeleteFunc(looksClosed(), func(fd int) bool { return slices.Contains(before, fd) })
	var usage *usageError
	if errors.As(err, &usage) {
		r.Error, r.Hint = usage.msg, usage.hint
		return
	}
	text := []byte("xyz")
	var files []*os.File
	if p.source != nil {
		files = append(files, p.source)
		if text, err = io.ReadAll(p.source); err != nil {
			text = []byte(core.Describe(err))
		}
		r.Source = string(text)
	}
	r.StderrTaken = p.stderrTaken
	r.Remaining = p.remaining(r.Inherited)
	for _, o := range p.outputs {
		r.Kinds = append(r.Kinds, o.kind)
		r.OpenErrs = append(r.OpenErrs, core.Describe(o.sink.OpenErr))
		r.Hints = append(r.Hints, o.hint)
		if f, ok := o.sink.Writer.(*os.File); ok {
			files = append(files, f)
			f.Write(text)
		}
	}
	if p.report != nil {
		files = append(files, p.report)
		p.report.Write(text)
	}
	for _, f := range files {
		conn, _ := f.SyscallConn()
		conn.Control(func(fd uintptr) { r.Numbers = append(r.Numbers, int(fd)) })
		f.Close()
	}
}

// looksClosed returns those of 0 to 2 that are what the Go runtime makes of closed ones.
func looksClosed() []int {
	var fds []int
	for fd := range 3 {
		if state, err := statDescriptor(fd); err == nil && state.null && openBothWays(fd) {
			fds = append(fds, fd)
		}
	}
	return fds
}

// look fills in what became of the descriptors.
func (r *childReport) look() {
	for _, fd := range append([]int{0, 1, 2}, r.Inherited...) {
		state, err := statDescriptor(fd)
		if err == nil && !state.null {
			r.Still = append(r.Still, fd)
		}
		if err != nil && fd < 3 {
			r.Free = append(r.Free, fd)
		}
	}
	for _, fd := range openDescriptors() {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && fd > 2 && flags&unix.FD_CLOEXEC == 0 {
			r.Passed = append(r.Passed, fd)
		}
	}
}

// runChild runs script by sh in the current folder, where "child ARG..." becomes the child.
func runChild(t *testing.T, script string, extra ...*os.File) childReport {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	result := filepath.Join(t.TempDir(), "result")
	sh := exec.CommandContext(t.Context(), "sh", "-c", `child() { "$SELF" "$@"; }; `+script)
	// A program built with -race would sleep for a second before it exits.
	sh.Env = append(os.Environ(), "SELF="+self, childResult+"="+result, "GORACE=atexit_sleep_ms=0")
	sh.ExtraFiles = extra
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err, string(out))
	}
	var r childReport
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	for _, n := range r.Numbers {
		if n < 3 {
			t.Errorf("a file is open under number %d, which commands inherit", n)
		}
	}
	if len(r.Free)+len(r.Closed)+len(r.Passed) > 0 {
		t.Errorf("left free: %v; as if closed: %v; inherited by commands: %v", r.Free, r.Closed, r.Passed)
	}
	return r
}

// TestAdopt: descriptors are used as they are, with their offset and append flag, and nothing else holds them then.
func TestAdopt(t *testing.T) {
	for _, c := range []struct {
		name, script string
		kind         string
		fd           int
		want         string // in the file "log"
	}{
		{"append", "echo old >log; child /dev/fd/3 -- p 3>>log", kindFile, 3, "old\nxyz"},
		{"offset", "(echo old >&3; child /dev/fd/3 -- p; echo new >&3) 3>log", kindFile, 3, "old\nxyznew\n"},
		{"stdout", "(echo old; child - -- p; echo new) >log", kindFile, 1, "old\nxyznew\n"},
		{"stdout-append", "echo old >log; child /dev/stdout -a -- p >>log", kindFile, 1, "old\nxyz"},
		{"both-ways", "echo longer >log; child /dev/fd/3 -- p 3<>log", kindFile, 3, "xyzger\n"},
		{"stderr", "child /dev/stderr -- p 2>log", kindFile, 2, "xyz"},
		{"stdin", "child /dev/stdin -- p 0>log", kindFile, 0, "xyz"},
		{"link", "ln -s /dev/stdout l; child l -- p >log", kindFile, 1, "xyz"},
		{"pipe", "(child /dev/fd/3 -- p 3>&1 >/dev/null) | cat >log", kindPipe, 3, "xyz"},
		{"stdout-pipe", "child - -- p | cat >log", kindPipe, 1, "xyz"},
		{"device-twice", "child /dev/fd/3 /dev/fd/3 -- p 3>/dev/null; : >log", kindDevice, 3, ""},
		{"source", "echo abc | child - >log", kindFile, 1, "abc\n"},
		{"report", "child /dev/null --report /dev/fd/3 -- p 3>log", kindDevice, 3, "xyz"},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			r := runChild(t, c.script)
			if r.Error != "" || strings.Join(r.OpenErrs, "") != "" || r.Kinds[0] != c.kind {
				t.Fatalf("%+v", r)
			}
			if slices.Contains(r.Still, c.fd) {
				t.Errorf("descriptor %d is still what it was", c.fd)
			}
			if slices.Contains(r.Remaining, c.fd) {
				t.Errorf("descriptor %d could be given to a producer, under a number that is another file's", c.fd)
			}
			if r.StderrTaken != (c.fd == 2) {
				t.Error("standard error taken:", r.StderrTaken)
			}
			if got, err := os.ReadFile("log"); string(got) != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if slices.ContainsFunc(r.Numbers, func(n int) bool { return c.name != "device-twice" && n == c.fd }) {
				t.Errorf("numbers %v", r.Numbers)
			}
		})
	}
}

// TestAdoptNotOpen: descriptors that are not open, or not for writing, are failed outputs.
func TestAdoptNotOpen(t *testing.T) {
	const badFD, useNull = "bad file descriptor (EBADF)", "for no output use >/dev/null"
	for _, c := range []struct{ name, script, err, hint string }{
		{"stdout-closed", "child - -- p >&-", badFD, useNull},
		{"stderr-closed", "child /dev/fd/2 -- p 2>&-", badFD, useNull},
		{"stdin-closed", "child /dev/stdin -- p <&-", badFD, useNull},
		{"stdout-null", "child - -- p >/dev/null", "", ""},
		{"stdout-null-both-ways", "child - -- p 1<>/dev/null", badFD, useNull},
		{"3-closed", "child /dev/fd/3 -- p 3>&-", badFD, ""},
		{"3-null-both-ways", "child /dev/fd/3 -- p 3<>/dev/null", "", ""},
		{"3-for-reading", "child /dev/fd/3 -- p 3</dev/null", badFD, ""},
		{"stdin-for-reading", "child /dev/stdin -- p </dev/null", badFD, ""},
		{"unused-closed", "child out -- p <&- >&- 2>&-", "", ""},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			r := runChild(t, c.script)
			if r.Error != "" || len(r.OpenErrs) != 1 || r.OpenErrs[0] != c.err || r.Hints[0] != c.hint {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestFailedStaysOpen: a descriptor that can't be an output stays what it is; here it is the producer's input.
func TestFailedStaysOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	r := runChild(t, "echo abc | child /dev/stdin -- p")
	if r.OpenErrs[0] == "" || !slices.Contains(r.Still, 0) {
		t.Errorf("%+v", r)
	}
}

// TestSource: what standard input must be, where it is the source.
func TestSource(t *testing.T) {
	const badFD, useNull = "standard input: bad file descriptor (EBADF)", "for no input use </dev/null"
	const isSource = "the source is standard input unless -- PRODUCER or --from says otherwise"
	for _, c := range []struct{ name, script, err, hint, source string }{
		{"file", "echo abc >in; child out <in", "", "", "abc\n"},
		{"pipe", "echo abc | child out", "", "", "abc\n"},
		{"null", "child out </dev/null", "", "", ""},
		{"closed", "child out <&-", badFD, useNull, ""},
		{"null-both-ways", "child out <>/dev/null", badFD, useNull, ""},
		{"for-writing", "child out 0>>in", badFD, isSource, ""},
		{"is-output", "echo abc >in; ln in h; child h <in", "standard input and h are the same file: standard input is open on it",
			"with --atomic a new file takes its place when yjoint has succeeded", ""},
		{"is-output-appending", "echo abc >in; child -a in <in", "standard input and in are the same file: standard input is open on it",
			"with --atomic a new file takes its place when yjoint has succeeded", ""},
		{"is-stdout", "echo abc >in; child - <in >>in",
			"standard input and - are the same file: standard input and standard output are open on it",
			"write to another file and rename it when yjoint has succeeded", ""},
		{"is-report", "echo abc >in; child x --report in <in",
			"standard input and --report in are the same file: standard input is open on it",
			"write to another file and rename it when yjoint has succeeded", ""},
		{"is-no-source", "echo abc >in; child in -- p <in", "", "", ""},
		{"twice", "child /dev/stdout - </dev/null >log", "/dev/stdout and - are the same file: both are standard output",
			"expected a file of its own for each output and for the report", ""},
		{"path-of-descriptor", "child log - </dev/null >log", "log and - are the same file: standard output is open on it",
			"expected a file of its own for each output and for the report", ""},
		{"pipe-twice", "child - /dev/fd/3 </dev/null 3>&1 | cat", "- and /dev/fd/3 are the same pipe: standard output and descriptor 3 are open on it",
			"expected a pipe of its own for each output and for the report", ""},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			r := runChild(t, c.script)
			if r.Error != c.err || r.Hint != c.hint || r.Source != c.source {
				t.Errorf("%+v", r)
			}
			if _, err := os.Stat("out"); (err == nil) != (c.err == "" && c.name != "is-no-source") {
				t.Error("the output:", err)
			}
			if in, err := os.ReadFile("in"); err == nil && c.err != "" && c.name != "for-writing" && string(in) != "abc\n" {
				t.Errorf("the source was changed: %q", in)
			}
			if c.name != "is-no-source" && c.err == "" && slices.Contains(r.Still, 0) {
				t.Error("standard input is still open for commands")
			}
		})
	}
}

// TestMarkInherited: everything that was inherited is found and marked, in whatever number.
func TestMarkInherited(t *testing.T) {
	t.Chdir(t.TempDir())
	r := runChild(t, "child /dev/fd/5 -- p 3>/dev/null 5>log 9</dev/null")
	// What runs the tests may have left more open, in higher numbers.
	low := slices.DeleteFunc(r.Inherited, func(fd int) bool { return fd >= firstPrivate })
	if want := []int{3, 5, 9}; !slices.Equal(low, want) {
		t.Errorf("inherited %v, want %v", low, want)
	}
	if slices.Contains(r.Still, 5) {
		t.Error("descriptor 5 is still open")
	}
}

// TestAdoptKeepsMode: O_NONBLOCK of a description that others share stays as it was.
func TestAdoptKeepsMode(t *testing.T) {
	for _, nonblock := range []bool{false, true} {
		t.Run(map[bool]string{false: "mode=blocking", true: "mode=nonblock"}[nonblock], func(t *testing.T) {
			t.Chdir(t.TempDir())
			var p [2]int
			if err := unix.Pipe(p[:]); err != nil {
				t.Fatal(err)
			}
			r, w := os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
			defer r.Close()
			defer w.Close()
			if err := unix.SetNonblock(p[1], nonblock); err != nil {
				t.Fatal(err)
			}
			runChild(t, "child /dev/fd/3 -- p", w)
			flags, err := unix.FcntlInt(uintptr(p[1]), unix.F_GETFL, 0)
			if err != nil || flags&unix.O_NONBLOCK != 0 != nonblock {
				t.Errorf("flags %#x, %v", flags, err)
			}
			got := make([]byte, 9)
			if n, err := unix.Read(p[0], got); string(got[:max(n, 0)]) != "xyz" {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}

// TestAdoptedAtOnce requires that an inherited descriptor is copied before its number becomes another file's, however busy the machine is.
func TestAdoptedAtOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // nobody else runs before this goroutine waits
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd, err := unix.FcntlInt(w.Fd(), unix.F_DUPFD_CLOEXEC, 100)
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/dev/fd/%d", fd)
	o := inspect(roleOutput, path, []int{fd}).start(false, false)
	release(fd)
	w.Close()
	f, err := o.wait(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("x")
	f.Close()
	if got, err := io.ReadAll(r); string(got) != "x" {
		t.Errorf("the pipe got %q: %v", got, err)
	}
}
