package main

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
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
	parents := map[int]int{10: 1, 11: 10, 12: 11, 20: 1}
	parent := func(pid int) int { return parents[pid] }
	tests := map[string]struct {
		all     []holder
		want    int
		waiting []int
	}{
		"one":                 {[]holder{{20, 3}}, 20, nil},
		"shell and command":   {[]holder{{10, 0}, {11, 0}}, 11, []int{10}},
		"grandchild":          {[]holder{{10, 0}, {12, 0}}, 12, []int{10}},
		"lowest descriptor":   {[]holder{{20, 3}, {12, 0}}, 12, nil},
		"nearest of the same": {[]holder{{20, 0}, {12, 0}}, 20, nil},
	}
	for name, tt := range tests {
		t.Run("case="+name, func(t *testing.T) {
			if got, waiting := likeliest(tt.all, parent); got != tt.want || !slices.Equal(waiting, tt.waiting) {
				t.Errorf("got %d, for which %d wait; want %d, %d", got, waiting, tt.want, tt.waiting)
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
		"not yet a command": {[]sighting{{shell, nil}, {cat, []reader{shell}}}, cat},
		"another command":   {[]sighting{{cat, []reader{shell}}, {tail, nil}}, tail},
		"shell is left":     {[]sighting{{cat, []reader{shell}}, {shell, nil}}, cat},
		"is left for good":  {[]sighting{{cat, []reader{shell}}, {cat, nil}, {shell, nil}}, cat},
		"shell from then":   {[]sighting{{shell, nil}, {shell, nil}}, shell},
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
