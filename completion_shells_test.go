//go:build linux

package yjoint_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A completingShell is one that completes command lines, as a user has it.
type completingShell struct {
	name    string
	program []string // of the interactive shell, in a folder that has its setup
	file    string   // of the setup
	// setup has it load the completions, show "ready> ", and at Ctrl-G the line as it is, between < and >, and empty it.
	setup string
}

var completingShells = []completingShell{
	{"bash", []string{"bash", "--rcfile", "setup", "-i"}, "setup", bashSetup},
	{"bash with bash-completion", []string{"bash", "--rcfile", "setup", "-i"}, "setup", ". " + bashCompletion + "\n" + bashSetup},
	{"zsh", []string{"zsh", "-d", "-i"}, ".zshrc", `
autoload -Uz compinit && compinit -u -D
eval "$(yjoint --completion zsh)"
eval "$(faultsink --completion zsh)"
show() { zle -I; print -r -- "<$BUFFER>"; BUFFER= }
zle -N show
bindkey '^G' show
PS1='ready> '
`},
	{"fish", []string{"fish", "--no-config", "-i", "-C", "source setup"}, "setup", `
yjoint --completion fish | source
faultsink --completion fish | source
bind \cg 'echo "<"(commandline)">"; commandline ""'
function fish_prompt; echo -n 'ready> '; end
`},
}

const (
	bashCompletion = "/usr/share/bash-completion/bash_completion"

	bashSetup = `
eval "$(yjoint --completion bash)"
eval "$(faultsink --completion bash)"
bind -x '"\C-g": printf "<%s>\n" "$READLINE_LINE"; READLINE_LINE='
PS1='ready> '
`
)

// completions are what is typed before Tab, and what the line begins with then; only quotes and spaces may follow.
var completions = [][2]string{
	{`yjoint --on-err`, `yjoint --on-error`},
	{`yjoint --on-error s`, `yjoint --on-error stop`},
	{`yjoint --on-error=s`, `yjoint --on-error=stop`},
	{`yjoint --require an`, `yjoint --require any`},
	{`yjoint --digest sh`, `yjoint --digest sha256`},
	{`yjoint --buffer 64M`, `yjoint --buffer 64M`}, // MB or MiB
	{`yjoint --buffer 64Mi`, `yjoint --buffer 64MiB`},
	{`yjoint -o a --with opt`, `yjoint -o a --with optional`},
	{`yjoint -x a --with name=h,ea`, `yjoint -x a --with name=h,early-exit=`},
	{`yjoint -x a --with early-exit=o`, `yjoint -x a --with early-exit=ok`},
	{`yjoint -o a --with ea`, `yjoint -o a --with ea`}, // no key of files
	{`yjoint one`, `yjoint one.log`},
	{`yjoint -qo one`, `yjoint -qo one.log`},
	{`yjoint --out=one`, `yjoint --out=one.log`},
	{`yjoint --report one`, `yjoint --report one.log`},
	{`yjoint -x 'zzgiv`, `yjoint -x 'zzgive`},
	{`yjoint -x 'cat one`, `yjoint -x 'cat one.log`},
	{`yjoint -x 'cat | zzgiv`, `yjoint -x 'cat | zzgive`},
	{`yjoint out -- zzgiv`, `yjoint out -- zzgive`},
	{`yjoint out -- zzgive one`, `yjoint out -- zzgive one.log`},
	{`faultsink ex`, `faultsink exec`},
	{`faultsink --exit-a`, `faultsink --exit-after`},
	{`faultsink --kill-after 1MB=TER`, `faultsink --kill-after 1MB=TERM`},
	{`faultsink --plan 'at 1MB kill TER`, `faultsink --plan 'at 1MB kill TERM`},
	{`faultsink gen 64Mi`, `faultsink gen 64MiB`},
	{`faultsink verify --expect comp`, `faultsink verify --expect complete`},
	{`faultsink verify one`, `faultsink verify one.log`},
	{`faultsink exec --fault 'one`, `faultsink exec --fault 'one.log=`},
	{`faultsink exec --fault 'one.log=acr`, `faultsink exec --fault 'one.log=across`},
	{`faultsink exec --fault 'one.log=at 1MB ENOSP`, `faultsink exec --fault 'one.log=at 1MB ENOSPC`},
	{`faultsink exec --fault 'one.log=at 1MB EINTR*3 -> EDQ`, `faultsink exec --fault 'one.log=at 1MB EINTR*3 -> EDQUOT`},
	{`faultsink exec --fault "one.log=close EDQ`, `faultsink exec --fault "one.log=close EDQUOT`},
	{`faultsink exec --fault='stdout=at 1MB EDQ`, `faultsink exec --fault='stdout=at 1MB EDQUOT`},
	{`faultsink exec --fault stdout=at\ 1MB\ EDQ`, `faultsink exec --fault stdout=at\ 1MB\ EDQUOT`},
	{`faultsink exec --fault 'x=at 1 exi`, `faultsink exec --fault 'x=at 1 exi`}, // exec can't do that
	{`faultsink exec --fault x=at\ 1\ EIO -- zzgiv`, `faultsink exec --fault x=at\ 1\ EIO -- zzgive`},
	{`faultsink exec zzgive one`, `faultsink exec zzgive one.log`},
	{`faultsink mount fol`, `faultsink mount folder/`},
	{`faultsink mount folder --fault '*.csv=ren`, `faultsink mount folder --fault '*.csv=rename`},
	{`faultsink sweep --errno EIO,EDQ`, `faultsink sweep --errno EIO,EDQUOT`},
	{`faultsink trial uut`, `faultsink trial uutils`},
	{`faultsink trial --scenario sigpipe-i`, `faultsink trial --scenario sigpipe-ignored`},
	{`faultsink doctor --require sink,ex`, `faultsink doctor --require sink,exec`},
}

// TestCompletions types beginnings of command lines and Tab in each shell.
func TestCompletions(t *testing.T) {
	for _, s := range completingShells {
		t.Run("shell="+s.name, func(t *testing.T) {
			t.Parallel()
			needs(t, noProgram(s.program[0]))
			if _, err := os.Stat(bashCompletion); err != nil && strings.Contains(s.setup, bashCompletion) {
				needs(t, err.Error())
			}
			term, screen := s.start(t)
			for _, c := range completions {
				if err := term.send(escaped(c[0]) + `\t\x07`); err != nil {
					t.Fatal(err)
				}
				if err := term.expect(shownLine.String()); err != nil {
					t.Fatalf("%s: %v", c[0], err)
				}
				line := shownLine.FindAllSubmatch(screen.Bytes(), -1)
				screen.Reset()
				got := string(line[len(line)-1][1])
				if !s.means(got, c[1]) {
					t.Errorf("%q is completed to %q, want %q", c[0], got, c[1])
				}
			}
		})
	}
}

// shownLine is what the shells show at Ctrl-G.
var shownLine = regexp.MustCompile(`<((?:yjoint|faultsink) .*)>\r?\n`)

// means reports whether the line is what was wanted, but for quotes and spaces at its end. zsh may quote in its own way.
func (s completingShell) means(got, want string) bool {
	if s.name == "zsh" {
		bare := strings.NewReplacer(`'`, ``, `"`, ``, `\`, ``)
		got, want = bare.Replace(got), bare.Replace(want)
	}
	rest, ok := strings.CutPrefix(got, want)
	return ok && strings.Trim(rest, `'" `) == ""
}

// escaped returns text as [terminal.send] takes it.
func escaped(text string) string { return regexp.MustCompile(`\\`).ReplaceAllString(text, `\\`) }

// start starts the shell on a terminal, in a folder with a file, a folder and a program, and waits for its prompt.
func (s completingShell) start(t *testing.T) (*terminal, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"one.log": "", "folder/x": "", "bin/zzgive": "#!/bin/sh\n", s.file: s.setup} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	master, tty, err := openPty()
	if err != nil {
		t.Fatal(err)
	}
	screen := &bytes.Buffer{}
	term := &terminal{master: master, limit: time.Minute, shown: screen}
	if err := term.resize("200x50"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.program[0], s.program[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "ZDOTDIR="+dir, "TERM=xterm", "LC_ALL=C.UTF-8", "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	err = startSession(cmd, []*os.File{tty, tty, tty}, 0)
	tty.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		master.Close() // SIGHUP ends it
		cmd.Process.Kill()
		cmd.Wait()
	})
	if err := term.expect("ready> "); err != nil {
		t.Fatal(err)
	}
	screen.Reset()
	return term, screen
}
