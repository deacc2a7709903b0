package faultfs

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestFiles: what programs do with files and folders has the effects that it has elsewhere.
func TestFiles(t *testing.T) {
	storages(t, func(t *testing.T, o Options) {
		m := mountFor(t, o, "none=at 0 EIO")
		script := `set -e
mkdir -p a/b; echo one >a/f; echo two >>a/f; chmod 640 a/f; touch -d '2001-02-03 04:05:06 UTC' a/f
stat -c '%a %s %Y %h' a/f
ln a/f a/g; ln -s f a/s; stat -c '%h %s' a/g; readlink a/s; mv a/g a/b/h; ls a a/b
! rmdir a 2>/dev/null; ! mv -T a/b a 2>/dev/null; mkdir x; ! mv -T x a 2>/dev/null; rmdir x; rm a/f; stat -c %h a/b/h
echo x >r; echo y >q; mv q r; ls; wc -c <r; : >r; wc -c <r
mkfifo p; (echo through >p &); cat p; rm p
exec 3>gone; rm gone; echo z >&3; exec 3>&-; test ! -e gone
(umask 027; mkdir d; echo >d/n; stat -c %a d d/n); (umask 0; mkdir w; stat -c %a w; rmdir w)
mkdir e; mv -T d e; ls e; rm -r a e r; ls`
		got, err := m.sh(script)
		want := "640 8 981173106 1\n2 8\nf\na:\nb\nf\ns\n\na/b:\nh\n1\na\nr\n2\n0\nthrough\n750\n640\n777\nn\n"
		if got != want || err != nil {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
		if used := m.Stored(); used != 0 {
			t.Errorf("%d bytes are stored in no file", used)
		}
	})
}

// TestLargeOffsets: files beyond 4 and 8 GiB, of which next to nothing is stored.
func TestLargeOffsets(t *testing.T) {
	storages(t, func(t *testing.T, o Options) {
		if o.Backing == "" {
			o.Size = 1 << 20
		}
		m := mountFor(t, o)
		fd := m.create("f")
		defer unix.Close(fd)
		for _, at := range []int64{1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<33 - 1, 1 << 33, 1<<33 + 1, 1 << 40} {
			n, err := unix.Pwrite(fd, []byte("ab"), at)
			want(t, "write", n, err, 2, nil)
			buf := make([]byte, 5)
			n, err = unix.Pread(fd, buf, at-2)
			want(t, "read", n, err, 4, nil)
			if !o.Discard && string(buf[2:4]) != "ab" {
				t.Errorf("at %d: %q", at, buf)
			}
			var st unix.Stat_t
			if err := unix.Fstat(fd, &st); err != nil || st.Size != at+2 || st.Blocks > 200 {
				t.Errorf("size %d, %d blocks, %v", st.Size, st.Blocks, err)
			}
		}
	})
}

// TestSize: a full file system accepts what fits, over all files; df tells.
func TestSize(t *testing.T) {
	m := mountFor(t, Options{Size: 1000003})
	a, b := m.create("a"), m.create("b")
	defer unix.Close(a)
	defer unix.Close(b)
	buf := make([]byte, 900000)
	n, err := unix.Write(a, buf)
	want(t, "a", n, err, 900000, nil)
	n, err = unix.Write(b, buf)
	want(t, "b", n, err, 100003, nil)
	n, err = unix.Write(b, buf)
	want(t, "b again", n, err, -1, unix.ENOSPC)
	var st unix.Statfs_t
	if err := unix.Statfs(m.dir, &st); err != nil || st.Bavail != 0 || int64(st.Blocks)*int64(st.Bsize) != 1000003/blockSize*blockSize {
		t.Errorf("%+v, %v", st, err)
	}
	want(t, "ftruncate", 0, unix.Ftruncate(a, 0), 0, nil)
	n, err = unix.Write(b, buf[:5])
	want(t, "b, with room", n, err, 5, nil)
	if m.Stored() != 100008 {
		t.Errorf("%d bytes are stored", m.Stored())
	}
	want(t, "fallocate", 0, unix.Fallocate(b, 0, 0, 1000004), -1, unix.ENOSPC)
	want(t, "fallocate", 0, unix.Fallocate(b, 0, 0, 1000003), 0, nil)
}

// TestNoSharedMapping: bytes that no call would see are refused.
func TestNoSharedMapping(t *testing.T) {
	m := mountFor(t, Options{})
	fd := m.create("f")
	defer unix.Close(fd)
	unix.Write(fd, make([]byte, 4096))
	_, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	want(t, "mmap", 0, err, -1, unix.ENODEV)
}

// TestBackingFolder: the files are really there, and what was there can be seen.
func TestBackingFolder(t *testing.T) {
	back := t.TempDir()
	if err := os.WriteFile(filepath.Join(back, "old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := mountFor(t, Options{Backing: back}, "new=at 5 ENOSPC", "old=read at 1 EIO")
	out, err := m.sh("cat old; printf 123456789 >new; ls; stat -c %a old")
	if err != nil || !strings.Contains(out, "o") || !strings.Contains(out, "nput/output error") || !strings.Contains(out, "new\nold\n600\n") {
		t.Errorf("%v: %s", err, out)
	}
	if text, err := os.ReadFile(filepath.Join(back, "new")); string(text) != "12345" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	m.fired(1, 1)
}

// TestManyAtOnce: many programs at the same time, with and without plans.
func TestManyAtOnce(t *testing.T) {
	m := mountFor(t, Options{}, "*.faulty=every 1000 short 1 -> EINTR*1")
	var all sync.WaitGroup
	for i := range 16 {
		name := string(rune('a'+i)) + []string{".plain", ".faulty"}[i%2]
		all.Go(func() {
			fd := m.create(name)
			buf := make([]byte, 777)
			for done := 0; done < 50000; {
				n, err := unix.Write(fd, buf[:min(len(buf), 50000-done)])
				if err != nil && err != syscall.EINTR {
					t.Error(err)
					break
				}
				done += max(n, 0)
			}
			unix.Close(fd)
			os.Rename(m.path(name), m.path("renamed "+name))
			if info, err := os.Stat(m.path("renamed " + name)); err != nil || info.Size() != 50000 {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		})
	}
	all.Wait()
	if r := m.ledger.Rules()[0]; r.Opens != 8 || r.Fired != 8*2*49 {
		t.Errorf("%+v", r)
	}
}

// TestOwner: the root of the file system is as the folder is, files belong to who makes them.
func TestOwner(t *testing.T) {
	requireMount(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o751); err != nil {
		t.Fatal(err)
	}
	m, err := New(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Unmount()
	if err := os.WriteFile(dir+"/f", nil, 0o604); err != nil {
		t.Error(err)
	}
	os.Chmod(dir+"/f", 0o604)
	for name, mode := range map[string]os.FileMode{"": 0o751, "/f": 0o604} {
		info, err := os.Stat(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != os.Getuid() || int(st.Gid) != os.Getgid() || info.Mode().Perm() != mode ||
			time.Since(info.ModTime()) > patience {
			t.Errorf("%q: %v, %+v", name, info.Mode(), st)
		}
	}
}
