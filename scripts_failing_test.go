//go:build linux

package yjoint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScriptsFail runs scripts that must not pass, and requires that their failures say why.
func TestScriptsFail(t *testing.T) {
	const shortWatch = "env WATCHDOG=200ms\n"
	// For a shell to do something within it.
	const shellWatch = "env WATCHDOG=2s\n"
	// For a program of the test binary to start and to wait less than its script.
	const programWatch = "env WATCHDOG=6s\n"
	tests := []struct{ name, script, want string }{
		{"status", "status 1 sh -c 'exit 3'", `sh exited with status 3, want exit status 1`},
		{"death", "status 0 sh -c 'kill -HUP $$'", `sh died of SIGHUP, want exit status 0`},
		{"negated", "! status 0 true", `status: unexpected success`},
		{"usage", "! status 0", `usage: status \[-exit\]`},
		{"usages", "! json a", `(?s)usage: json FILE PATH ==.*json FILE PATH exists`},
		{"missing", "! status 0 no-such-program", `no-such-program: executable file not found`},
		{"expectation", "! status 300 true", `"300" is neither an exit status nor a signal`},

		{"hang", shellWatch + "! status 0 sh -c 'echo told >&2; sleep 1000'",
			`(?s)told.*watchdog: not within 2s: sh has not ended.*state S: s.*thread \d+ \(.*in .*system call \d`},
		{"outputs", shellWatch + "status 0 sh -c 'sleep 1000 &'", `sh has ended \(exit status 0\), but others hold its outputs open`},
		{"await", shortWatch + "start a cat\n! await a 0", `watchdog: not within 200ms: a has not ended`},
		{"name", "! await a 0", `no process is called a`},
		{"twice", "start a cat\nstart a cat", `a process called a is running already`},
		{"file", shortWatch + "! waitfile f", `watchdog: not within 200ms: f does not exist`},
		{"size", shortWatch + "genfile f 9\n! waitsize f 10", `f has 9 bytes, want at least 10`},
		{"line", "start a sh -c 'echo one; exec cat'\nwaitline a stdout one\n" + shortWatch + "! waitline a stdout two", "(?s)no match for `.*two` in stdout of a within 200ms:\none"},
		{"emptyline", "start a cat\n! waitline a stdout ^", "waitline: .*\\^` matches no output at all"},
		{"answer", shellWatch + "start a sh -c 'trap \"echo yes >&2\" USR1; echo ready; while :; do sleep 0.01; done'\nwaitline a stdout ready\n! waitstatus a no", "(?s)no match for `.*no` in stderr of a within 2s:\nyes"},
		{"blocked", "start a sh -c 'echo on; while :; do :; done'\nwaitline a stdout on\n" + shortWatch + "! waitstate a blocked", `a is not blocked: its threads' states are R`},
		{"paused", "start a cat\nsignal a STOP\nwaitstate a stopped\n" + shortWatch + "! waitstate a blocked", `a is not blocked: its threads' states are T`},
		{"awake", programWatch + "start a peer pace=5ms lines=1000000\nwaitline a stdout 'line 1'\n! waitstate a blocked", `a is not blocked: its threads' states are`},
		{"stopped", "start a cat\nwaitstate a blocked\n" + shortWatch + "! waitstate a stopped", `a is not stopped: its threads' states are S`},
		{"none", shortWatch + "start a cat\n! waitstate a/cat blocked", `a/cat is not blocked: its threads' states are none`},
		{"below", "start a sh -c 'sh -c \"echo on; while :; do :; done\"; :'\nwaitline a stdout on\n" + shortWatch + "! waitstate a/sh blocked", `a/sh is not blocked: its threads' states are R`},
		{"alive", "start a sleep 1234\nwaitstate a blocked\n" + shortWatch + "! noproc 'sleep 1234'", `still alive: \[pid \d+, parent \d+, state S: sleep 1234\]`},
		{"nobody", shortWatch + "! waitproc nobody", `no process has the mark nobody`},
		{"full", shortWatch + "start a sleep 1000\ngenfile f 1MiB\n! stdin-write a file:f", `watchdog: a did not take it within 200ms`},
		{"closed", "start a cat\nstdin-close a\n! stdin-write a x", `standard input of a is not, or no longer, a pipe`},
		{"foreign", "signal file:init CONT\n-- init --\n1\n", `1 is no live process of this script`},
		{"gate", programWatch + "status 0 peer wait=f", `(?s)peer: wait=f: watchdog: not within 4.5s.*status 125`},
		{"notfull", programWatch + "status -pipe f 0 peer full\n-- f --\n", `peer: full: watchdog`},
		{"step", "status 0 peer lurk=3", `peer: unknown step "lurk=3": want one of \[block `},
		{"setting", "status 0 with luck=3 -- true", `with: unknown setting "luck=3": want one of \[close `},
		{"screen", programWatch + "status 0 inpty expect=no -- sh -c 'echo yes; exec sleep 1000'", `inpty: expect=no: .*timeout; the terminal shows "yes`},

		{"prefix", "genfile a 100\ngenfile b 100 1\ncmpprefix a b", `a \(100 bytes\) differs from b at byte 0`},
		{"prefixlength", "genfile a 100\ngenfile b 200\ncmpprefix a b 99", `a has 100 bytes, want the first 99 of b; the first 100 are equal`},
		{"prefixwhole", "genfile a 200\ngenfile b 100\ncmpprefix a b", `b has 100 bytes, fewer than the 200 that a should have`},
		{"sizes", "genfile a 1M", `genfile: 1M is ambiguous`},
		{"json", "json f a.b == 2\n-- f --\n{\"a\":{\"b\":1}}\n", `a.b is 1, want == 2`},
		{"jsonpath", "! json f a..b exists\n-- f --\n{\"a\":1}\n", `"..b" in the path "a..b" is neither`},
		{"jsontext", "! json f a exists\n-- f --\n{\"a\":1\n", `f is no JSON: unexpected EOF`},
		{"jsontwo", "! json f a exists\n-- f --\n{\"a\":1}{}\n", `f holds more than one JSON value`},
		{"sigset", "sigset f SigIgn INT PIPE\n-- f --\nSigIgn:\t0000000000001000\n", `SigIgn is {SIGPIPE}, want {SIGINT SIGPIPE}`},
		{"files", "onlyfiles . a\n", `(?s). holds other files \(-want \+got\).*"a"`},
	}
	for _, tt := range tests {
		t.Run("case="+tt.name, func(t *testing.T) {
			t.Parallel()
			log := failingScript(t, tt.script)
			if !regexp.MustCompile(tt.want).MatchString(log) {
				t.Errorf("no match for %#q in\n%s", tt.want, log)
			}
		})
	}
}

// TestRequireSkips is about a user's machine, where a missing prerequisite skips the script.
func TestRequireSkips(t *testing.T) {
	t.Setenv("CI_REQUIRE_ALL", "")
	log := failingScript(t, "require no-such-program")
	if want := "SKIP skipped: the program no-such-program: executable file not found"; !strings.Contains(log, want) {
		t.Errorf("no %q in\n%s", want, log)
	}
}

// TestRequireAll is about CI, where a missing prerequisite is a failure.
func TestRequireAll(t *testing.T) {
	t.Setenv("CI_REQUIRE_ALL", "1")
	log := failingScript(t, "require no-such-program")
	if want := "require: CI_REQUIRE_ALL=1, but the program no-such-program"; !strings.Contains(log, want) {
		t.Errorf("no %q in\n%s", want, log)
	}
}

// failingScript runs a script and returns what it told. It must fail or be skipped.
func failingScript(t *testing.T, script string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s.txtar"), []byte(script+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	r.run(func() { testscript.RunT(r, scriptParams(dir)) })
	if !r.failed {
		t.Errorf("the script passed, or was not run:\n%s", r.log.String())
	}
	return r.log.String()
}

// A recorder is the test that a script believes to be.
type recorder struct {
	log    strings.Builder
	failed bool // or skipped
}

// run calls f so that FailNow ends f alone.
func (r *recorder) run(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (r *recorder) Run(_ string, f func(testscript.T)) { r.run(func() { f(r) }) }
func (r *recorder) Log(args ...any)                    { fmt.Fprintln(&r.log, args...) }
func (r *recorder) Parallel()                          {}
func (r *recorder) Verbose() bool                      { return false }

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.Log(args...)
	r.FailNow()
}

func (r *recorder) Skip(args ...any) {
	r.Log(append([]any{"SKIP"}, args...)...)
	r.FailNow()
}
