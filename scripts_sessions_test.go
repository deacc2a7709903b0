//go:build linux

package yjoint_test

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestAliveSessions: a session that a script began is the script's while any process is left in it. Then its number may become that
// of another session, which is none of the script's.
func TestAliveSessions(t *testing.T) {
	over := make(chan struct{})
	close(over)
	// The shell gives a command in the background /dev/null as its standard input.
	const leaderStays, leaderEnds = "echo $$; read x", "exec 3<&0; (echo $$; read x <&3) &"
	for _, tt := range []struct {
		name, mark, script string
		ended              chan struct{} // of the process that began the session of this number
		want               bool
	}{
		{"of a process that runs", "", leaderStays, make(chan struct{}), true},
		{"left by a process", "", leaderEnds, over, true},
		{"of another process with the number", "", leaderStays, over, false},
		{"left by another process with the number", "another script's", leaderEnds, over, false},
		{"of a process that runs, marked", "own", leaderStays, make(chan struct{}), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command("/bin/sh", "-c", tt.script)
			cmd.Dir = "/"
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), scenarioIDVar + "=" + tt.mark}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close() // ends the shell
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdout.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(stdout)
			line, err := lines.ReadString('\n')
			if id, _ := strconv.Atoi(strings.TrimSpace(line)); err != nil || id != cmd.Process.Pid {
				t.Fatalf("read %q, %v, want the leader's number %d", line, err, cmd.Process.Pid)
			}
			if tt.script == leaderEnds {
				if _, err := cmd.Process.Wait(); err != nil {
					t.Fatal(err)
				}
			}
			s := &scenario{id: "own", work: t.TempDir(), all: []*process{{cmd: cmd, ended: tt.ended}}}
			found := slices.ContainsFunc(s.alive(), func(p procInfo) bool { return p.session == cmd.Process.Pid })
			if found != tt.want {
				t.Errorf("alive has a process of the session: %v, want %v", found, tt.want)
			}
			stdin.Close()
			if _, err := lines.ReadString('\n'); err == nil { // until all of them have ended
				t.Error("more was written than one line")
			}
			if tt.script == leaderStays {
				cmd.Process.Wait()
			}
		})
	}
}
