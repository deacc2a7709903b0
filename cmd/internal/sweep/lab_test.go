//go:build unix

package sweep

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// put writes files, whose folders it makes.
func put(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// look returns what is in a folder: each name with its mode, time and content.
func look(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := info.Mode().String()
		if info.Mode()&fs.ModeSymlink == 0 {
			text += info.ModTime().UTC().Format(" 2006-01-02 15:04:05.000000000")
		} else if to, err := os.Readlink(name); err == nil {
			text += " " + to
		}
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += " " + string(data)
		}
		rel, _ := filepath.Rel(folder, name)
		all[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func newLab(t *testing.T, folder string) *Lab {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	l, err := NewLab(folder, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func newRoom(t *testing.T, l *Lab) *Room {
	t.Helper()
	r, err := l.Room()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRoom: a room has all that the folder had when the lab was made, and is nobody else's.
func TestRoom(t *testing.T) {
	outside := t.TempDir()
	folder := filepath.Join(outside, "project")
	put(t, folder, map[string]string{"a": "one", "sub/b": "two", "sub/locked/c": "", "run.sh": "#!/bin/sh\n"})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	old := time.Date(2001, 2, 3, 4, 5, 6, 789, time.UTC)
	must(os.Chmod(filepath.Join(folder, "run.sh"), 0o755))
	must(os.Symlink("sub/b", filepath.Join(folder, "near")))
	must(os.Symlink(filepath.Join(folder, "a"), filepath.Join(folder, "full")))
	must(os.Symlink("../other", filepath.Join(folder, "away")))
	must(os.Link(filepath.Join(folder, "a"), filepath.Join(folder, "sub/a2")))
	must(makeFIFO(filepath.Join(folder, "fifo")))
	must(os.Chmod(filepath.Join(folder, "sub/locked"), 0o500))
	must(os.Chtimes(filepath.Join(folder, "sub/b"), old, old))
	must(os.Chtimes(filepath.Join(folder, "sub"), old, old))
	want := look(t, folder)

	l := newLab(t, folder)
	put(t, folder, map[string]string{"later": "x"})
	must(os.Remove(filepath.Join(folder, "later")))
	first, second := newRoom(t, l), newRoom(t, l)
	for _, r := range []*Room{first, second} {
		got := look(t, r.Folder)
		if got["full"] != "Lrwxrwxrwx "+filepath.Join(r.Folder, "a") || got["away"] != "Lrwxrwxrwx "+filepath.Join(outside, "other") {
			t.Errorf("links: %s, %s", got["full"], got["away"])
		}
		got["full"], got["away"] = want["full"], want["away"]
		delete(want, ".")
		delete(got, ".")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if filepath.Base(r.Folder) != "project" {
			t.Errorf("the folder is called %s", r.Folder)
		}
	}
	put(t, first.Folder, map[string]string{"full": "through a link"})
	if got, _ := os.ReadFile(filepath.Join(first.Folder, "sub/a2")); string(got) != "through a link" {
		t.Errorf("a file with two names has become two: %q", got)
	}
	for _, name := range []string{folder, second.Folder} {
		if got := look(t, name)["a"]; !strings.HasSuffix(got, " one") {
			t.Errorf("%s: %s", name, got)
		}
	}
	must(first.Remove())
	if _, err := os.Lstat(first.root); err == nil {
		t.Error("it is still there")
	}
}

// TestLabLimit: what is too large is refused, and nothing is left.
func TestLabLimit(t *testing.T) {
	folder, temp := t.TempDir(), t.TempDir()
	put(t, folder, map[string]string{"a": "12345", "b": "12345"})
	t.Setenv("TMPDIR", temp)
	_, err := NewLab(folder, 9)
	var tooLarge *TooLargeError
	if !errors.As(err, &tooLarge) || !strings.Contains(err.Error(), folder+" has more than 9,") {
		t.Errorf("%v", err)
	}
	if left := look(t, temp); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	l, err := NewLab(folder, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Take(strings.NewReader("1234567890"), 10); err != nil {
		t.Error(err)
	}
	if err := l.Take(strings.NewReader("12345678901"), 10); !errors.As(err, &tooLarge) || tooLarge.What != "standard input" {
		t.Error(err)
	}
	if err := l.Remove(); err != nil {
		t.Error(err)
	}
}

// TestLabInside: a lab in the very folder that it copies does not copy itself.
func TestLabInside(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, map[string]string{"a": "1"})
	t.Setenv("TMPDIR", folder)
	l, err := NewLab(folder, 100)
	if err != nil {
		t.Fatal(err)
	}
	r := newRoom(t, l)
	if got := look(t, r.Folder); len(got) != 2 {
		t.Errorf("%v", got)
	}
	if err := l.Remove(); err != nil {
		t.Error(err)
	}
}

func TestCompare(t *testing.T) {
	folder := t.TempDir()
	l := newLab(t, folder)
	put(t, folder, map[string]string{"five": "12345", "same": "12345", "other": "12x45", "less": "123", "more": "123456", "none": ""})
	put(t, folder, map[string]string{"big": strings.Repeat("a", 1<<17) + "b", "big2": strings.Repeat("a", 1<<17) + "c"})
	for _, links := range [][2]string{{"a", "link"}, {"a", "link2"}, {"b", "link3"}, {filepath.Join(l.root, "1/p/x"), "in1"}, {filepath.Join(l.root, "2/p/x"), "in2"}} {
		if err := os.Symlink(links[0], filepath.Join(folder, links[1])); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ want, got, difference string }{
		{"five", "same", ""},
		{"five", "other", "differs from byte 2 on"},
		{"five", "less", "has 3 of 5 bytes"},
		{"five", "none", "has 0 of 5 bytes"},
		{"five", "more", "has 6 bytes, not 5"},
		{"big", "big2", "differs from byte 131072 on"},
		{"five", "absent", "is missing"},
		{"absent", "five", "is new"},
		{"five", "link", "is another kind of file"},
		{"link", "link2", ""},
		{"link", "link3", "leads elsewhere"},
		{"in1", "in2", ""},
	}
	for _, tt := range tests {
		got, err := l.compare(filepath.Join(folder, tt.want), filepath.Join(folder, tt.got))
		if err != nil || got != tt.difference {
			t.Errorf("%s, %s: %q, %v; want %q", tt.want, tt.got, got, err, tt.difference)
		}
	}
}

// TestChanged finds what a run has made, changed and replaced.
func TestChanged(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, map[string]string{"kept": "1", "changed": "1", "deleted": "1", "sub/replaced": "1"})
	l := newLab(t, folder)
	r := newRoom(t, l)
	put(t, r.Folder, map[string]string{"changed": "2", "sub/new": "3", "stdout": "4", "sub/tmp": "9"})
	os.Remove(filepath.Join(r.Folder, "deleted"))
	os.Rename(filepath.Join(r.Folder, "sub/tmp"), filepath.Join(r.Folder, "sub/replaced"))
	got, err := l.changed(r)
	if diff := cmp.Diff([]string{"changed", "./stdout", "sub/new", "sub/replaced"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// TestRoomProgramRuns: a program of a room can be executed at once, whatever is started for other rooms meanwhile.
func TestRoomProgramRuns(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, map[string]string{"program": "#!/bin/sh\n"})
	if err := os.Chmod(filepath.Join(folder, "program"), 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLab(t, folder)
	var others sync.WaitGroup
	over := make(chan struct{})
	for range 4 {
		others.Go(func() {
			for !isClosed(over) {
				exec.Command("true").Run()
			}
		})
	}
	defer others.Wait()
	defer close(over)
	for i := range 100 {
		r := newRoom(t, l)
		if out, err := exec.Command(filepath.Join(r.Folder, "program")).CombinedOutput(); err != nil {
			t.Fatalf("room %d: %v %s", i, err, out)
		}
		r.Remove()
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
