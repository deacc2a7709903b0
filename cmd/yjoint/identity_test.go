//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// chdirToFiles makes a folder with files under several names, and the folder the current one.
func chdirToFiles(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.WriteFile("a", []byte("old"), 0o666))
	check(os.WriteFile("b", []byte("old"), 0o666))
	check(os.Link("a", "hard"))
	check(os.Symlink("a", "soft"))
	check(os.Symlink("soft", "softer"))
	check(os.Mkdir("dir", 0o777))
	check(os.Symlink("dir", "dirlink"))
	check(os.Symlink("../new", "dir/up"))
	check(os.Symlink("new", "dangling"))
	check(os.Symlink("dangling", "dangling2"))
	check(os.MkdirAll("deep/inner", 0o777))
	check(os.Symlink("deep/inner", "innerlink"))
	check(os.Symlink("innerlink/../new", "physical"))
	check(os.Symlink("loop", "loop"))
	check(unix.Mkfifo("fifo", 0o666))
	check(os.Symlink("fifo", "fifolink"))
	check(os.Symlink("/dev/null", "null"))
}

// snapshot tells what is in the current folder, and how much.
func snapshot(t *testing.T) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		all = append(all, path+info.Mode().String()+string(rune('0'+info.Size()%10)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// TestSameFile: one file under two names is refused before anything is opened, and the message says how they are one.
func TestSameFile(t *testing.T) {
	chdirToFiles(t)
	here, err := filepath.EvalSymlinks(".")
	if err == nil {
		here, err = filepath.Abs(here)
	}
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"a b":               "",
		"new newer":         "",
		"new dir/new":       "",
		"a dir/a":           "",
		"null null":         "",
		"null /dev/null":    "",
		"dir dir":           "", // can't be opened, either of them
		"loop a":            "",
		"nodir/a a":         "",
		"a a":               "a is named twice: expected a file of its own for each output",
		"new new":           "new is named twice: expected a file of its own for each output",
		"fifo fifo":         "fifo is named twice: expected a FIFO of its own for each output",
		"a ./a":             "a and ./a are the same file: both names lead to HERE/a",
		"a hard":            "a and hard are the same file: both names are hard links to it",
		"a soft":            "a and soft are the same file: soft is a symbolic link to HERE/a",
		"softer a":          "softer and a are the same file: softer is a symbolic link to HERE/a",
		"b softer hard":     "softer and hard are the same file: both names are hard links to it",
		"dir/x dirlink/x":   "dir/x and dirlink/x are the same file: both names lead to HERE/dir/x",
		"new dangling":      "new and dangling are the same file: dangling is a symbolic link to HERE/new",
		"dangling2 ./new":   "dangling2 and ./new are the same file: dangling2 is a symbolic link to HERE/new",
		"dirlink/up new":    "dirlink/up and new are the same file: dirlink/up is a symbolic link to HERE/new",
		"physical new":      "",
		"physical deep/new": "physical and deep/new are the same file: physical is a symbolic link to HERE/deep/new",
		"fifo fifolink":     "fifo and fifolink are the same FIFO: fifolink is a symbolic link to HERE/fifo",
		"-o a --with name=x -o hard --with name=y": "a and hard are the same file: both names are hard links to it",
		"a --report a":           "a and --report a are the same file: both names lead to HERE/a",
		"new --report dangling2": "new and --report dangling2 are the same file: dangling2 is a symbolic link to HERE/new",
		"b --report a":           "",
		"-x a -x a":              "",
	} {
		t.Run("line="+line, func(t *testing.T) {
			before := snapshot(t)
			cfg, err := parseArgs(append(words(line), "--", "producer"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = newPlan(cfg, nil)
			if after := snapshot(t); after != before {
				t.Errorf("checking has changed files:\n%s\n%s", before, after)
			}
			if want == "" {
				if err != nil {
					t.Error("refused:", err)
				}
				return
			}
			var usage *usageError
			if !errors.As(err, &usage) || usage.msg != strings.ReplaceAll(want, "HERE", here) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestDescriptorOf: which names stand for the program's own descriptors.
func TestDescriptorOf(t *testing.T) {
	t.Chdir(t.TempDir())
	for link, to := range map[string]string{"out": "/dev/stdout", "again": "out", "fds": "/dev/fd", "file": "a"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	const none = -1
	table := map[string]int{
		"-":                       1,
		"/dev/stdin":              0,
		"/dev/stdout":             1,
		"/dev/stderr":             2,
		"/dev/fd/0":               0,
		"/dev/fd/63":              63,
		"/dev/fd//63":             63,
		"//dev/./fd/63":           63,
		"out":                     1,
		"./again":                 1,
		"file":                    none,
		"/dev/fd/":                none,
		"/dev/fd/x":               none,
		"/dev/fd/3x":              none,
		"/dev/fd/03":              none,
		"/dev/fd/-1":              none,
		"/dev/fd/3/x":             none,
		"/dev/fd/4294967297":      none,
		"dev/fd/3":                none,
		"./-":                     none,
		"1":                       none,
		"":                        none,
		"/proc/1/fd/3":            none,
		"/proc/self/fd":           none,
		"/proc/self/fd/../stat":   none,
		"/nodir/../dev/fd/3":      none,
		"/dev/fd/../../etc/group": none,
	}
	if _, err := os.Stat("/proc/self/fd"); err == nil {
		own, err := os.Readlink("/proc/self")
		if err != nil {
			t.Fatal(err)
		}
		table["/proc/self/fd/4"] = 4
		table["/proc/thread-self/fd/4"] = 4
		table["/proc/"+own+"/fd/4"] = 4
		table["/proc/"+own+"/task/"+own+"/fd/4"] = 4
		table["fds/5"] = 5
		table["/dev/fd/../fd/5"] = 5
	}
	if fd, ok := numberOf("/dev/fd//63"); fd != 63 || !ok {
		t.Errorf("a doubled slash, where /dev/fd is no link: %d, %v", fd, ok)
	}
	for name, want := range table {
		t.Run("name="+name, func(t *testing.T) {
			fd, ok := descriptorOf(name)
			if !ok {
				fd = none
			}
			if fd != want {
				t.Errorf("got %d, want %d", fd, want)
			}
		})
	}
}
