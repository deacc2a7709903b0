package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
)

// created makes the replacement of target's temporary file.
func created(t *testing.T, target string) (*replacement, *os.File) {
	t.Helper()
	r := &replacement{target: target, sync: true}
	f, err := r.create()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		r.discard()
	})
	return r, f
}

// TestFolderNotSynced: a folder that can't be synced is told, though the file is in its place.
func TestFolderNotSynced(t *testing.T) {
	t.Chdir(t.TempDir())
	r, _ := created(t, "f")
	steps := r.steps()
	if len(steps) != 2 || steps[0].Op != core.OpRename || steps[1].Op != core.OpSync {
		t.Fatalf("steps %+v", steps)
	}
	if err := steps[0].Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.folder.Close()
	if err := steps[1].Do(context.Background()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat("f"); err != nil {
		t.Error(err)
	}
}

// TestRenameTooLate: a run that was ended, and a file that was discarded, put nothing in place.
func TestRenameTooLate(t *testing.T) {
	t.Chdir(t.TempDir())
	r, _ := created(t, "f")
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.rename(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if left := discardAll([]*replacement{r}, time.Minute); left != nil {
		t.Errorf("left: %v", left)
	}
	if err := r.rename(context.Background()); err == nil {
		t.Error("no error after it was discarded")
	}
	if _, err := r.create(); err == nil {
		t.Error("created once more")
	}
	if left, _ := filepath.Glob(".*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestSecondSignal: what ends the program at once leaves no temporary file.
func TestSecondSignal(t *testing.T) {
	t.Chdir(t.TempDir())
	r, _ := created(t, "f")
	s := &session{}
	s.atOnce() // there can be none yet
	s.replacements.Store(&[]*replacement{r})
	s.atOnce()
	if left, _ := filepath.Glob(".*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestTemporaryIsPrivate: before it has the rights of the file that it is to replace, it has none for others.
func TestTemporaryIsPrivate(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := (&replacement{target: "f", path: "f"}).openTemporary(true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// aclOf is an ACL as the kernel has it: mode for owner and others, the rights of the group, of user 1234, and the mask.
func aclOf(group, user, mask byte) []byte {
	entry := func(tag, perm byte, id uint32) []byte {
		return []byte{tag, 0, perm, 0, byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)}
	}
	const none = ^uint32(0)
	acl := []byte{2, 0, 0, 0}
	for _, e := range [][]byte{entry(1, 6, none), entry(2, user, 1234), entry(4, group, none), entry(0x10, mask, none), entry(0x20, 0, none)} {
		acl = append(acl, e...)
	}
	return acl
}

// TestResembleACL: the ACL goes with the file, and a file without one gets none from its folder.
func TestResembleACL(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"with", "without"} {
		if err := os.WriteFile(name, nil, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	want := aclOf(0, 6, 6)
	if err := unix.Setxattr("with", accessACL, want, 0); err != nil {
		t.Skip("no ACLs here: ", err)
	}
	if err := unix.Setxattr(".", "system.posix_acl_default", aclOf(4, 4, 4), 0); err != nil {
		t.Fatal(err)
	}
	for name, acl := range map[string]string{"with": string(want), "without": ""} {
		r, f := created(t, name)
		got := make([]byte, 1000)
		n, err := unix.Getxattr(f.Name(), accessACL, got)
		if n = max(n, 0); string(got[:n]) != acl {
			t.Errorf("%s: ACL %v, %v, want %v", name, got[:n], err, []byte(acl))
		}
		old, _ := os.Stat(name)
		if info, err := f.Stat(); err != nil || info.Mode() != old.Mode() || r.lost != nil {
			t.Errorf("%s: mode %v, want %v; lost %v, %v", name, info.Mode(), old.Mode(), r.lost, err)
		}
	}
}

// TestMountedFile: a file on which another is mounted, as in a container, can't be replaced, which is known before the
// first byte.
func TestMountedFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"f", "other"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount("other", "f", "", unix.MS_BIND, ""); err != nil {
		t.Skip("not allowed to mount: ", err)
	}
	defer unix.Unmount("f", unix.MNT_DETACH)
	if !isMountPoint("f") {
		t.Skip("the kernel does not tell")
	}
	_, err := (&replacement{target: "f"}).create()
	var path *fs.PathError
	if !errors.Is(err, unix.EBUSY) || !errors.As(err, &path) {
		t.Errorf("error %v", err)
	}
}
