package faultfs

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// storages are all kinds of storage.
func storages(t *testing.T, run func(t *testing.T, o Options)) {
	for _, kind := range []string{"memory", "backing", "discard"} {
		t.Run("storage="+kind, func(t *testing.T) {
			o := Options{Discard: kind == "discard"}
			if kind == "backing" {
				o.Backing = t.TempDir()
			}
			run(t, o)
		})
	}
}

// TestOpenFaults: an open that fails creates and empties nothing.
func TestOpenFaults(t *testing.T) {
	storages(t, func(t *testing.T, o Options) {
		m := mountFor(t, o, "f=open EMFILE*1", "g=open ok*1 -> EACCES*2")
		_, err := unix.Open(m.path("f"), unix.O_CREAT|unix.O_WRONLY, 0o666)
		want(t, "f", 0, err, -1, unix.EMFILE)
		if _, err := os.Lstat(m.path("f")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("f: %v", err)
		}
		unix.Close(m.create("f"))
		fd := m.create("g")
		unix.Write(fd, []byte("kept"))
		unix.Close(fd)
		for _, flags := range []int{unix.O_WRONLY | unix.O_TRUNC, unix.O_RDONLY} {
			_, err = unix.Open(m.path("g"), flags, 0)
			want(t, "g", 0, err, -1, unix.EACCES)
		}
		if text, err := os.ReadFile(m.path("g")); len(text) != 4 || err != nil {
			t.Errorf("g holds %q, %v", text, err)
		}
		m.fired(1, 3)
	})
}

// TestRenameFaults: a rename that fails changes nothing. The fault is for the old name, or else for the new one.
func TestRenameFaults(t *testing.T) {
	storages(t, func(t *testing.T, o Options) {
		m := mountFor(t, o, "*.tmp=rename EIO*1", "final=rename EDQUOT*1", "*.part=close EIO*1")
		for _, name := range []string{"a.tmp", "final", "b.part"} {
			fd := m.create(name)
			unix.Write(fd, []byte(name))
			unix.Close(fd)
		}
		want(t, "old", 0, unix.Rename(m.path("a.tmp"), m.path("final")), -1, unix.EIO)
		want(t, "new", 0, unix.Rename(m.path("b.part"), m.path("final")), -1, unix.EDQUOT)
		if names := m.names(); names != "a.tmp b.part final" {
			t.Errorf("after failures: %s", names)
		}
		if err := os.Rename(m.path("a.tmp"), m.path("final")); err != nil {
			t.Error(err)
		}
		text, _ := os.ReadFile(m.path("final"))
		if names := m.names(); names != "b.part final" || !o.Discard && string(text) != "a.tmp" {
			t.Errorf("after success: %s, %q", names, text)
		}
	})
}

// names returns the names of the files.
func (m *mounted) names() string {
	var all []string
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		m.t.Error(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// TestTargets: patterns with a slash are for places below the mounted folder, as programs name it or from its root.
func TestTargets(t *testing.T) {
	dir := t.TempDir()
	for pattern, name := range map[string]string{
		"sub/*.log": "sub/a.log", "/sub/a.log": "sub/a.log", "a.log": "sub/a.log", "*": "sub/a.log", "./a": "a",
	} {
		m := mountFor(t, Options{}, pattern+"=at 0 EIO")
		if err := os.Mkdir(m.path("sub"), 0o777); err != nil {
			t.Fatal(err)
		}
		fd := m.create(name)
		n, err := unix.Write(fd, []byte("x"))
		want(t, pattern, n, err, -1, unix.EIO)
		unix.Close(fd)
		if first := m.ledger.Rules()[0].First; first == nil || first.Name != m.path(name) || first.Call != "write" || first.Thread == 0 {
			t.Errorf("%s: %+v", pattern, first)
		}
	}
	// By a link to the folder above.
	m := mountFor(t, Options{}, "sub/none=at 0 EIO")
	if err := os.Symlink(m.dir, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	fd := m.create("other")
	unix.Close(fd)
	if err := errors.Join(m.ledger.Unfired()...); !strings.Contains(err.Error(), "nothing matched; opened for writing: "+m.path("other")) {
		t.Error(err)
	}
}

// TestReaders: who only reads is no matter of a plan for writes.
func TestReaders(t *testing.T) {
	m := mountFor(t, Options{}, "f=at 0 EIO*1; close EIO; fsync EIO")
	fd := m.create("f")
	unix.Write(fd, []byte("x"))
	want(t, "writer", 0, unix.Close(fd), -1, unix.EIO)
	fd = m.open("f", unix.O_RDONLY)
	want(t, "reader's fsync", 0, unix.Fsync(fd), 0, nil)
	want(t, "reader", 0, unix.Close(fd), 0, nil)
	if opens := m.ledger.Rules()[0].Opens; opens != 1 {
		t.Errorf("%d opens", opens)
	}
}

// TestClose: "close" is what a program calls, not what a shell does to put a file on standard output, nor what the kernel
// does for a process that exits.
func TestClose(t *testing.T) {
	storages(t, func(t *testing.T, o Options) {
		m := mountFor(t, o, "f=close EIO*1", "g=close EIO*1", "h=close EIO*1")
		out, err := m.sh("head -c 10 /dev/zero >f")
		if err == nil || !strings.Contains(out, "Input/output error") {
			t.Errorf("a program that looks: %v, %s", err, out)
		}
		if out, err := m.sh("exec >g; kill -9 $$"); err == nil {
			t.Error(out)
		}
		if out, err := m.sh("exec sleep 0 3>h"); err != nil {
			t.Error(err, out)
		}
		m.fired(1, 0, 0)
	})
}

// TestDuplicates: with two open files of a process, each is closed for itself.
func TestDuplicates(t *testing.T) {
	m := mountFor(t, Options{}, "f=close EIO")
	a, b := m.create("f"), m.open("f", unix.O_RDWR)
	want(t, "first", 0, unix.Close(a), -1, unix.EIO)
	c, err := unix.Dup(b)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "duplicate", 0, unix.Close(c), 0, nil)
	want(t, "second", 0, unix.Close(b), -1, unix.EIO)
}

// TestRefusedErrno: ENOSYS would never arrive.
func TestRefusedErrno(t *testing.T) {
	err := Check(specsOf(t, "/", "f=at 5 ENOSYS"))
	if err == nil || !strings.Contains(err.Error(), "rule 'f=at 5 ENOSYS': the kernel takes ENOSYS") {
		t.Error(err)
	}
}
