package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// asProgram names the environment variable that has the test binary be yjoint.
const asProgram = "YJOINT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// vocabulary are the words that FuzzProgram makes command lines of. Any word may come to stand anywhere: those which are programs
// must be harmless and end, whatever words follow them, and "exec" keeps the others from being taken for a shell. All files are
// in the run's own folder, or devices, which no program here reads.
var vocabulary = []string{
	"a", "b", "kept", "folder", "folder/c", "missing/d", "-", "link", "/dev/null", "/dev/full", "/dev/stdout", "./a", "",
	"-o", "-x", "--with", "--from", "--source-ok", "--shell", "-a", "--no-truncate", "--atomic", "--fsync", "--require", "--on-error",
	"--early-exit", "--stall-timeout", "--stall-warn", "--finish-timeout", "--buffer", "--no-zero-copy", "--report", "-q", "--help", "--version", "--",
	"true", "false", "echo", "exec cat >&2", "exec head -c 1", "exit 3", "exec kill -KILL $$", "exec printf %065536d 0", "sh -c",
	"optional", "append", "atomic", "commit=true", "commit=false", "abort=true", "name=n", "stall-timeout=1s", "early-exit=ok",
	"all", "any", "0", "1", "2", "1,3", "stop", "detach", "ok", "fail", "10s", "1KiB", "8EiB-1", "report.json", "--report=kept", "-qao", "--bogus", "\xff",
}

// vector returns words as FuzzProgram's input names them.
func vector(f *testing.F, line ...string) (data []byte) {
	for _, word := range line {
		i := slices.Index(vocabulary, word)
		if i < 0 {
			f.Fatalf("%q is not in the vocabulary", word)
		}
		data = append(data, byte(i))
	}
	return data
}

// FuzzProgram: whatever the words of the command line, the program ends with a status of the table, and without a trace of Go's; a usage
// error has written to nothing, made nothing and said nothing on standard output; no temporary file stays behind, and the report
// that a run leaves has the same status.
func FuzzProgram(f *testing.F) {
	for _, line := range [][]string{
		{"a"}, {"-"}, {"--help"}, {}, {"a", "./a"}, {"kept", "link"}, {"a", "--report", "a"}, {"folder"}, {"missing/d", "a"}, {"kept", "--bogus"},
		{"a", "--atomic", "--report", "report.json", "--", "echo", "ok"},
		{"kept", "-o", "b", "--with", "atomic", "--from", "exit 3", "--report", "report.json"},
		{"-x", "exec cat >&2", "-x", "exec head -c 1", "--early-exit", "ok", "a", "--from", "exec printf %065536d 0"},
		{"-x", "exec kill -KILL $$", "-o", "kept", "--with", "append", "--from", "echo"},
		{"-o", "b", "--with", "commit=false", "-o", "/dev/full", "--from", "echo", "--require", "any"},
		{"kept", "-a", "--fsync", "--", "echo", "ok"}, {"kept", "--shell", "missing/d", "--from", "echo"}, {"kept", "--", "missing/d"},
		{"a", "--report", "/dev/full", "--from", "echo"}, {"/dev/stdout", "-", "--from", "echo"}, {"\xff", "--report", "report.json"},
	} {
		f.Add(vector(f, line...))
	}
	program, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var args []string
		for _, b := range data[:min(len(data), 24)] {
			args = append(args, vocabulary[int(b)%len(vocabulary)])
		}
		dir := stage(t)
		before := listing(t, dir)
		status, stdout, stderr := runIn(t, program, dir, args)
		after := listing(t, dir)
		said := fmt.Sprintf("%q: status %d, standard output %.200q, standard error %q", args, status, stdout, stderr)
		documented := slices.ContainsFunc(statusTable, func(row struct{ status, meaning string }) bool { return row.status == strconv.Itoa(status) })
		if !documented || strings.Contains(stderr, "goroutine ") {
			t.Error(said)
		}
		if changed := !slices.Equal(before, after); status == statusUsage && (changed || stdout != "" || !strings.HasPrefix(stderr, "yjoint: ")) {
			t.Errorf("%s: before %q, after %q", said, before, after)
		}
		for _, line := range after {
			if name, _, _ := strings.Cut(line, "\x00"); !slices.Contains(vocabulary, name) {
				t.Errorf("%s: leaves %q", said, name)
			}
		}
		if text, err := os.ReadFile(filepath.Join(dir, "report.json")); err == nil && json.Valid(text) {
			var r struct{ Status int }
			if err := json.Unmarshal(text, &r); err != nil || r.Status != status {
				t.Errorf("%s: the report says %d, %v", said, r.Status, err)
			}
		}
	})
}

// stage makes the folder that a run finds: a file with content, a link to it, and a folder.
func stage(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept")
	for _, err := range []error{
		os.WriteFile(kept, []byte("kept"), 0o600), os.Symlink("kept", filepath.Join(dir, "link")), os.Mkdir(filepath.Join(dir, "folder"), 0o700),
	} {
		if err != nil {
			t.Skip(err) // links need a right on some systems
		}
	}
	return dir
}

// listing has the name of all that is in dir, each with a zero byte, its kind and content behind it.
func listing(t *testing.T, dir string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		var content []byte
		if e.Type().IsRegular() {
			content, err = os.ReadFile(path)
		}
		lines = append(lines, fmt.Sprintf("%s\x00%v %q", filepath.ToSlash(name), e.Type(), content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// runIn runs yjoint in dir, with an empty standard input, and returns its exit status, -1 if a signal has ended it.
func runIn(t *testing.T, program, dir string, args []string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a watchdog: all there is to do takes milliseconds
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	var out, errOut bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errOut
	c.Env = append(os.Environ(), asProgram+"=1")
	err := c.Run()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errOut.String()
}
