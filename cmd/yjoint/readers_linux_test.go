package main

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestFindReaders: of those who have a pipe open, the one that reads it is found; who could only write is not.
func TestFindReaders(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	start := func(in, out *os.File, argv ...string) *exec.Cmd {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdin, cmd.Stdout = in, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return cmd
	}
	start(nil, w, "sleep", "1000")
	echo, answer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	defer answer.Close()
	cat := start(r, answer, "cat", "-u")
	// What comes back tells that it runs: a process has no command line while it is being started.
	if _, err := w.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if _, err := echo.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	pipe := pipeEndOf(inspect(roleOutput, "/dev/fd/"+strconv.Itoa(int(w.Fd())), []int{int(w.Fd())}))
	// This process has the reading end too, and is not meant.
	got := findReaders(map[int]pipeEnd{5: pipe, 6: {link: "pipe:[1]"}}, time.Now().Add(time.Minute))
	if len(got) != 1 || got[5].reader != (reader{Command: "cat -u", PID: cat.Process.Pid}) || len(got[5].waiting) > 0 {
		t.Errorf("found %v, want cat -u", got)
	}
	cat.Process.Kill()
	cat.Wait()
	if got := findReaders(map[int]pipeEnd{5: pipe}, time.Now().Add(time.Minute)); len(got) != 0 {
		t.Errorf("found %v when it had gone", got)
	}
	r.Close()
}

// TestLikeliest: shells that wait for who reads are not meant; nor is who has the pipe beside its standard input.
func TestLikeliest(t *testing.T) {
	above := map[int][]int{11: {10}, 12: {11, 10}}
	held := func(pid, fd int) holder { return holder{pid: pid, fd: fd, above: above[pid]} }
	tests := map[string]struct {
		all     []holder
		want    int
		waiting []int
	}{
		"one":                 {[]holder{held(20, 3)}, 20, nil},
		"shell and command":   {[]holder{held(10, 0), held(11, 0)}, 11, []int{10}},
		"grandchild":          {[]holder{held(10, 0), held(12, 0)}, 12, []int{10}},
		"lowest descriptor":   {[]holder{held(20, 3), held(12, 0)}, 12, nil},
		"nearest of the same": {[]holder{held(20, 0), held(12, 0)}, 20, nil},
	}
	for name, tt := range tests {
		t.Run("case="+name, func(t *testing.T) {
			reads, all := likeliest(tt.all)
			var waiting []int
			for _, h := range all {
				waiting = append(waiting, h.pid)
			}
			if reads.pid != tt.want || !slices.Equal(waiting, tt.waiting) {
				t.Errorf("got %d, for which %d wait; want %d, %d", reads.pid, waiting, tt.want, tt.waiting)
			}
		})
	}
}

// TestCommandOf: who has ended and is not waited for has a name only; then there is nobody.
func TestCommandOf(t *testing.T) {
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.Command("cat", "-u")
	cmd.Stdin = out
	ended, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	check := func(when, want string, brief bool) {
		t.Helper()
		if got, short := commandOf(cmd.Process.Pid); got != want || short != brief {
			t.Errorf("%s: %q, brief: %v; want %q, %v", when, got, short, want, brief)
		}
	}
	in.WriteString("x")
	if _, err := ended.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	check("alive", "cat -u", false)
	in.Close()
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	check("ended", "cat", true)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	check("gone", "", true)
}

// TestSearch: looks come at readerLooks after the first bytes, and before them at those after the opening but the first.
func TestSearch(t *testing.T) {
	second := readerLooks[1]
	third := readerLooks[2]
	type step struct {
		at       time.Duration
		open     bool
		accepted int64
		due      bool
	}
	for name, steps := range map[string][]step{
		"bytes at once": {
			{0, true, 1, true}, {second - 1, true, 1, false}, {second, true, 1, true}, {third - 1, true, 1, false}, {third, true, 1, true},
		},
		"idle": {
			{0, false, 0, false}, {1, true, 0, false}, {second, true, 0, false}, {second + 1, true, 0, true}, {third, true, 0, false},
			{third + 1, true, 0, true}, {2 * third, true, 0, false},
			{3 * third, true, 1, true}, {3*third + second, true, 2, true}, {4 * third, true, 2, true},
		},
		"bytes between": {
			{0, true, 0, false}, {second, true, 0, true}, {second + 1, true, 1, true}, {2 * second, true, 1, false},
			{2*second + 1, true, 1, true}, {third + second + 1, true, 1, true},
		},
	} {
		t.Run("case="+name, func(t *testing.T) {
			s, start := newSearch(pipeEnd{}), time.Unix(1, 0)
			for i, step := range steps {
				if got := s.due(start.Add(step.at), step.open, step.accepted); got != step.due {
					t.Errorf("step %d: due: %v, want %v", i, got, step.due)
				}
				if got, want := s.over(), i == len(steps)-1; got != want {
					t.Errorf("step %d: over: %v, want %v", i, got, want)
				}
			}
		})
	}
}

// TestRemember: what was found last holds, but for a shell that had only waited for what was found before.
func TestRemember(t *testing.T) {
	shell, cat, tail := reader{"sh -c …", 10}, reader{"cat", 11}, reader{"tail", 10}
	for name, tt := range map[string]struct {
		seen []sighting
		want reader
	}{
		"not yet a command": {[]sighting{{reader: shell}, {reader: cat, waiting: []reader{shell}}}, cat},
		"another command":   {[]sighting{{reader: cat, waiting: []reader{shell}}, {reader: tail}}, tail},
		"shell is left":     {[]sighting{{reader: cat, waiting: []reader{shell}}, {reader: shell}}, cat},
		"is left for good":  {[]sighting{{reader: cat, waiting: []reader{shell}}, {reader: cat}, {reader: shell}}, cat},
		"dying":             {[]sighting{{reader: cat}, {reader: reader{"ca", 11}, brief: true}}, cat},
		"starting":          {[]sighting{{reader: reader{"ca", 11}, brief: true}, {reader: cat}}, cat},
		"another, dying":    {[]sighting{{reader: cat}, {reader: reader{"ca", 12}, brief: true}}, reader{"ca", 12}},
		"shell from then":   {[]sighting{{reader: shell}, {reader: shell}}, shell},
	} {
		t.Run("case="+name, func(t *testing.T) {
			r := &readers{found: make([]*reader, 2), waiting: map[int][]reader{}}
			for _, s := range tt.seen {
				r.remember(map[int]sighting{1: s})
			}
			if got := r.of(1); got == nil || *got != tt.want || r.of(0) != nil {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
