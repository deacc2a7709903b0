//go:build linux && (amd64 || arm64)

package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// deed is something that a program does under supervision; it returns an error if that doesn't come out as it should.
type deed struct {
	faults []string
	do     func() error
	stored string // contents of the file f afterwards; "-": not looked at
	note   string // a part of the notes
	signal syscall.Signal
}

var deeds = map[string]deed{
	"duplicates share their bytes": {[]string{"f=at 9 ENOSPC*1"}, func() error {
		a := create("f")
		b, err := unix.Dup(a)
		if err != nil {
			return err
		}
		if err := unix.Dup2(b, 2); err != nil { // 0 to 2 are watched
			return err
		}
		c, err := unix.FcntlInt(uintptr(2), unix.F_DUPFD_CLOEXEC, 10)
		if err != nil {
			return err
		}
		return errors.Join(write(a, "abc", 3, 0), write(b, "def", 3, 0), write(2, "ghijk", 3, 0), write(c, "l", 0, unix.ENOSPC), write(a, "m", 1, 0))
	}, "abcdefghim", "", 0},
	"the end of a pipe comes when its closing failed": {[]string{"fifo=close EIO"}, func() error {
		read := make(chan error)
		go func() { read <- readToEnd("fifo") }()
		fd, err := unix.Open("fifo", unix.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := unix.Close(fd); err != unix.EIO {
			return fmt.Errorf("close: %v", err)
		}
		return <-read
	}, "-", "", 0},
	"a limit on files": {[]string{"f=at 9kB EIO"}, func() error {
		signal.Ignore(unix.SIGXFSZ)
		if err := syscall.Setrlimit(unix.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 5, Max: 5}); err != nil {
			return err
		}
		f := create("f")
		return errors.Join(write(f, "abcdefgh", 5, 0), write(f, "f", 0, unix.EFBIG))
	}, "abcde", "", 0},
	"threads write to one file": {[]string{"f=every 10kB EINTR"}, func() error { return writeTogether("f") }, "-", "", 0},
	"a shared mapping is refused": {[]string{"f=at 1 EIO"}, func() error {
		fd, err := unix.Open("f", unix.O_RDWR|unix.O_CREAT, 0o600)
		if err != nil {
			return err
		}
		if _, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != unix.ENODEV {
			return fmt.Errorf("mmap: %v", err)
		}
		_, err = unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
		return errors.Join(err, write(fd, "abc", 1, 0), write(fd, "bc", 0, unix.EIO))
	}, "a", "a writable shared mapping was refused with ENODEV", 0},
	"a mapping of what is read is refused": {[]string{"f=at 1 EIO", "g=read at 1 EIO"}, func() error {
		if err := os.WriteFile("g", []byte("abc"), 0o600); err != nil {
			return err
		}
		fd, err := unix.Open("g", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		for _, flags := range []int{unix.MAP_SHARED, unix.MAP_PRIVATE} {
			if _, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ, flags); err != unix.ENODEV {
				return fmt.Errorf("mmap: %v", err)
			}
		}
		// The descriptor of memory that is no file's is not looked at.
		_, _, errno := unix.Syscall6(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, uintptr(fd), 0)
		if errno != 0 {
			return fmt.Errorf("mmap of no file: %v", errno)
		}
		w := create("f")
		if _, err := unix.Mmap(w, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE); err == unix.ENODEV {
			return errors.New("mmap of what is only written was refused")
		}
		var p [3]byte
		if n, err := unix.Read(fd, p[:]); n != 1 || err != nil {
			return fmt.Errorf("read: %d, %v", n, err)
		}
		if _, err := unix.Read(fd, p[:]); err != unix.EIO {
			return fmt.Errorf("read: %v", err)
		}
		return errors.Join(write(w, "ab", 1, 0), write(w, "b", 0, unix.EIO))
	}, "a", "g: a mapping was refused with ENODEV", 0},
	"io_uring is refused": {[]string{"f=open EIO*1"}, func() error {
		_, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(new([120]byte))), 0)
		if errno != unix.ENOSYS {
			return fmt.Errorf("io_uring_setup: %v", errno)
		}
		if _, err := unix.Open("f", unix.O_WRONLY|unix.O_CREAT, 0o600); err != unix.EIO {
			return fmt.Errorf("open: %v", err)
		}
		return write(create("f"), "a", 1, 0)
	}, "a", "io_uring was refused", 0},
	"the mode of a new file": {[]string{"f=at 1 EIO"}, func() error {
		unix.Umask(0o027)
		os.Mkdir("sub", 0o700)
		dir, err := unix.Open("sub", unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			return err
		}
		fd, err := unix.Openat(dir, "../f", unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Mode&0o777 != 0o640 {
			return fmt.Errorf("mode %o: %v", st.Mode, err)
		}
		if _, err := unix.Open("f", unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o666); err != unix.EEXIST {
			return fmt.Errorf("O_EXCL: %v", err)
		}
		return errors.Join(write(fd, "ab", 1, 0), write(fd, "b", 0, unix.EIO))
	}, "a", "", 0},
	"flags that open ignores": {[]string{"f=at 1 EIO"}, func() error {
		const oddFlag, oddMode = 0x10, 0o100600 // as GNU dd and old programs have them
		fd, err := unix.Open("f", unix.O_WRONLY|unix.O_CREAT|oddFlag, oddMode)
		if err != nil {
			return err
		}
		return errors.Join(write(fd, "ab", 1, 0), write(fd, "b", 0, unix.EIO))
	}, "a", "", 0},
	"a slow write of pieces": {[]string{"f=at 0 rate 100kB/s"}, func() error {
		var all [][]byte
		for _, c := range "abc" {
			all = append(all, bytes.Repeat([]byte(string(c)), 4000)) // 5,000 bytes are written at once
		}
		n, err := unix.Writev(create("f"), all)
		if text, _ := os.ReadFile("f"); n != 12000 || err != nil || !bytes.Equal(text, bytes.Join(all, nil)) {
			return fmt.Errorf("%d (%v), and the file differs", n, err)
		}
		return nil
	}, "-", "", 0},
	"appending": {[]string{"f=at 4 EIO*1"}, func() error {
		if err := os.WriteFile("f", []byte("old"), 0o600); err != nil {
			return err
		}
		fd, err := unix.Open("f", unix.O_WRONLY|unix.O_APPEND, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(fd, "abcde", 4, 0), write(fd, "e", 0, unix.EIO), write(fd, "e", 1, 0))
	}, "oldabcde", "", 0},
	"reading": {[]string{"g=read at 3 EIO*1"}, func() error {
		if err := os.WriteFile("g", []byte("abcdef"), 0o600); err != nil {
			return err
		}
		fd, err := unix.Open("g", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		p := make([]byte, 10)
		n, err := unix.Read(fd, p)
		_, err2 := unix.Read(fd, p[3:])
		m, err3 := unix.Readv(fd, [][]byte{p[3:4], p[4:]})
		if n != 3 || err != nil || err2 != unix.EIO || m != 3 || err3 != nil || string(p[:6]) != "abcdef" {
			return fmt.Errorf("%d (%v), %v, %d (%v): %q", n, err, err2, m, err3, p)
		}
		return nil
	}, "-", "", 0},
	"O_NONBLOCK is set": {[]string{"f=at 1 nonblock 40"}, func() error {
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			return err
		}
		if err := unix.Dup2(p[1], 40); err != nil {
			return err
		}
		f := create("f")
		if err := errors.Join(write(f, "a", 1, 0), write(f, "b", 1, 0)); err != nil {
			return err
		}
		if flags, err := unix.FcntlInt(uintptr(p[1]), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
			return fmt.Errorf("flags %o, %v", flags, err)
		}
		return nil
	}, "ab", "", 0},
	"a stall until a file exists": {[]string{`f=at 1 stall until "GATE"`}, func() error {
		f := create("f")
		if err := write(f, "a", 1, 0); err != nil {
			return err
		}
		done, thread := make(chan error, 1), make(chan int)
		go func() {
			runtime.LockOSThread()
			thread <- unix.Gettid()
			done <- write(f, "b", 1, 0)
		}()
		awaitHeld(unix.SYS_WRITE, <-thread, done)
		select {
		case err := <-done:
			return fmt.Errorf("the gate was closed: %v", err)
		default:
		}
		if err := os.WriteFile("gate", nil, 0o600); err != nil {
			return err
		}
		return <-done
	}, "ab", "", 0},
	"a signal doesn't end a stall": {[]string{`f=at 1 stall until "GATE0"; fsync stall until "GATE1"; close stall until "GATE2"`,
		`g=rename stall until "GATE3"`, `i=open stall until "GATE4"`}, stallsOn, "ab", "", 0},
	"a stall for ever outlives who stalls":       {[]string{"f=at 1 stall forever"}, stallsForever, "a", "", 0},
	"a child's end is told while a write stalls": {[]string{`f=at 1 stall until "GATE"`}, childEnds, "ab", "", 0},
	"death": {[]string{"f=at 2 kill TERM"}, func() error {
		f := create("f")
		return errors.Join(write(f, "abc", 2, 0), write(f, "c", 1, 0), errors.New("it lives"))
	}, "ab", "", unix.SIGTERM},
	"tee": {[]string{"fifo=at 3 EIO*1"}, func() error {
		read := make(chan []byte)
		go func() {
			text, _ := os.ReadFile("fifo")
			read <- text
		}()
		fd, err := unix.Open("fifo", unix.O_WRONLY, 0)
		if err != nil {
			return err
		}
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			return err
		}
		unix.Write(p[1], []byte("abcdef"))
		n, err := unix.Tee(p[0], fd, 6, 0)
		_, err2 := unix.Tee(p[0], fd, 6, 0)
		m, err3 := unix.Tee(p[0], fd, 6, 0) // tee(2) begins at the beginning of the pipe again
		unix.Close(fd)
		if text := <-read; n != 3 || err != nil || err2 != unix.EIO || m != 6 || err3 != nil || string(text) != "abcabcdef" {
			return fmt.Errorf("%d (%v), %v, %d (%v): %q", n, err, err2, m, err3, text)
		}
		return nil
	}, "-", "", 0},
	"many files at once": {[]string{"m*=at 1 EIO"}, func() error {
		for range 3 {
			var fds []int
			for i := 0; ; i++ {
				fd, err := unix.Open(fmt.Sprintf("m%d", i), unix.O_WRONLY|unix.O_CREAT, 0o600)
				if err == unix.EMFILE {
					break
				}
				if err != nil {
					return err
				}
				if err := errors.Join(write(fd, "ab", 1, 0), write(fd, "b", 0, unix.EIO)); err != nil {
					return err
				}
				fds = append(fds, fd)
			}
			if len(fds) != reserved {
				return fmt.Errorf("%d files could be opened, want %d", len(fds), reserved)
			}
			for _, fd := range fds {
				if err := unix.Close(fd); err != nil {
					return err
				}
			}
		}
		return nil
	}, "-", "", 0},
	"messages": {[]string{"fd30=at 4 ENOBUFS*1; at 9 ENOBUFS*1"}, func() error {
		n, err := unix.SendmsgN(30, []byte("abcdef"), nil, nil, 0)
		_, err2 := unix.SendmsgN(30, []byte("ef"), nil, nil, 0)
		err3 := unix.Sendto(30, []byte("ef"), 0, nil)
		m, err4 := sendmmsg(30, "ghi", "jkl")
		_, err5 := sendmmsg(30, "jkl", "mno")
		o, err6 := sendmmsg(30, "jkl", "mno")
		if n != 4 || err != nil || err2 != unix.ENOBUFS || err3 != nil || m != 3 || err4 != nil || err5 != unix.ENOBUFS || o != 3 || err6 != nil {
			return fmt.Errorf("%d (%v), %v, %v, %d (%v), %v, %d (%v)", n, err, err2, err3, m, err4, err5, o, err6)
		}
		return nil
	}, "-", "", 0},
}

func deedMain(what string) error {
	d, ok := deeds[what]
	if !ok {
		return fmt.Errorf("unknown deed %q", what)
	}
	return d.do()
}

func TestDeeds(t *testing.T) {
	for what, d := range deeds {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
				t.Fatal(err)
			}
			var specs []ledger.Spec
			for _, text := range d.faults {
				s, err := ledger.Parse(strings.ReplaceAll(text, "GATE", dir+"/gate"), fault.ForExec, true, dir)
				if err != nil {
					t.Fatal(err)
				}
				specs = append(specs, s)
			}
			received := socket(t)
			ws, notes := runProgram(t, dir, ledger.New(specs), what)
			if ws.Signaled() != (d.signal != 0) || ws.Signaled() && ws.Signal() != d.signal || !ws.Signaled() && ws.ExitStatus() != 0 {
				t.Errorf("it ended by %v, %v", ws.ExitStatus(), ws.Signal())
			}
			if all := strings.Join(notes, "; "); !strings.Contains(all, d.note) || d.note == "" && all != "" {
				t.Errorf("notes: %q, want %q", all, d.note)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, "f")); d.stored != "-" && string(got) != d.stored {
				t.Errorf("f has %q, want %q", got, d.stored)
			}
			if got := received(); what == "messages" && got != "abcdefghijkl" {
				t.Errorf("the socket has %q", got)
			}
		})
	}
}

// socket puts one end of a connection at descriptor 30, for programs to inherit, until what has come at the other end is asked for.
func socket(t *testing.T) (received func() string) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Dup3(pair[1], 30, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(pair[1])
	return func() string {
		unix.Close(30)
		defer unix.Close(pair[0])
		var all bytes.Buffer
		buf := make([]byte, 100)
		for {
			n, err := unix.Read(pair[0], buf)
			if n <= 0 {
				if err == unix.EINTR {
					continue
				}
				return all.String()
			}
			all.Write(buf[:n])
		}
	}
}

func sendmmsg(fd int, texts ...string) (int, error) {
	type message struct {
		header unix.Msghdr
		length uint32
	}
	messages := make([]message, len(texts))
	for i, text := range texts {
		p := []byte(text)
		iov := &unix.Iovec{Base: &p[0]}
		iov.SetLen(len(p))
		messages[i].header.Iov = iov
		messages[i].header.SetIovlen(1)
	}
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&messages[0])), uintptr(len(messages)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if n != 1 {
		return 0, fmt.Errorf("%d messages were sent, want the first one", n)
	}
	return int(messages[0].length), nil
}
