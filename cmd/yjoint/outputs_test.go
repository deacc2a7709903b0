//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
)

// watchdog is how long a test waits for an event that must come.
const watchdog = 30 * time.Second

// prepareLine prepares what line asks for; the source is a producer.
func prepareLine(t *testing.T, line string) (*prepared, error) {
	t.Helper()
	cfg, err := parseArgs(append(words(line), "--", "producer"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := prepare(cfg, nil)
	if err == nil {
		t.Cleanup(func() {
			for _, o := range p.outputs {
				if f, ok := o.sink.Writer.(io.Closer); ok {
					f.Close()
				}
			}
		})
	}
	return p, err
}

func TestPrepareFiles(t *testing.T) {
	for line, want := range map[string]string{
		"new":                                "xyz",
		"old":                                "xyz",
		"old -a":                             "0123456789xyz",
		"-o old --with append":               "0123456789xyz",
		"new -a":                             "xyz",
		"old --no-truncate":                  "xyz3456789",
		"new --no-truncate":                  "xyz",
		"--no-truncate -o old --with append": "0123456789xyz",
		"link":                               "xyz",
		"dangling":                           "xyz",
	} {
		t.Run("line="+line, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := errors.Join(os.WriteFile("old", []byte("0123456789"), 0o666),
				os.Symlink("old", "link"), os.Symlink("new", "dangling")); err != nil {
				t.Fatal(err)
			}
			p, err := prepareLine(t, line)
			if err != nil {
				t.Fatal(err)
			}
			o := p.outputs[0]
			if o.kind != kindFile || o.sink.Writer == nil {
				t.Fatalf("kind %s, sink %+v", o.kind, o.sink)
			}
			if _, err := io.WriteString(o.sink.Writer, "xyz"); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(o.spec.text); string(got) != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}

// TestPrepareFailures: an output that can't be opened is a failed output, no refusal, and the others are opened.
func TestPrepareFailures(t *testing.T) {
	for path, want := range map[string]error{
		"dir":                    unix.EISDIR,
		"new/":                   unix.EISDIR,
		"nodir/x":                unix.ENOENT,
		"file/x":                 unix.ENOTDIR,
		"loop":                   unix.ELOOP,
		strings.Repeat("x", 300): unix.ENAMETOOLONG,
		"socket":                 unix.ENXIO,
		"/dev/fd/9":              unix.EBADF, // not inherited
		"/dev/fd/999999999":      unix.EBADF,
	} {
		t.Run("path="+path, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := errors.Join(os.Mkdir("dir", 0o777), os.WriteFile("file", nil, 0o666), os.Symlink("loop", "loop"),
				bindSocket("socket")); err != nil {
				t.Fatal(err)
			}
			p, err := prepareLine(t, path+" good")
			if err != nil {
				t.Fatal(err)
			}
			if got := p.outputs[0].sink.OpenErr; !errors.Is(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			if text := core.Describe(p.outputs[0].sink.OpenErr); !strings.HasSuffix(text, "("+core.ErrnoName(want)+")") {
				t.Error("described as", text)
			}
			if p.outputs[1].sink.Writer == nil {
				t.Errorf("the other: %+v", p.outputs[1].sink)
			}
		})
	}
}

// bindSocket leaves a socket at path that nobody listens to.
func bindSocket(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Bind(fd, &unix.SockaddrUnix{Name: path})
}

func TestPrepareSink(t *testing.T) {
	t.Chdir(t.TempDir())
	p, err := prepareLine(t, "-x cmd --with name=n,optional,early-exit=ok,stall-timeout=5s a -o /dev/null")
	if err != nil {
		t.Fatal(err)
	}
	first := p.outputs[0]
	if s := first.sink; first.kind != kindCommand || s.Name != "n" || !s.Optional || !s.EarlyExitOK ||
		s.StallTimeout != 5*time.Second || s.Writer != nil || s.Open != nil || s.OpenErr != nil {
		t.Errorf("command: %+v", first)
	}
	if o := p.outputs[1]; o.kind != kindDevice || o.sink.Name != "/dev/null" || o.sink.Writer == nil {
		t.Errorf("device: %+v", o)
	}
	if p.source != nil || p.report != nil || p.stderrTaken {
		t.Errorf("more than was asked for: %+v", p)
	}
}

// TestPrepareFlags: what is opened has a description of its own in blocking mode, and no command inherits it.
func TestPrepareFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	reader := makeFIFO(t, "fifo")
	defer reader.Close()
	p, err := prepareLine(t, "fifo file /dev/null --report report")
	if err != nil {
		t.Fatal(err)
	}
	files := []*os.File{p.report}
	for _, o := range p.outputs {
		if o.sink.Writer == nil {
			t.Fatalf("%s is not open: %v", o.spec.text, o.sink.OpenErr)
		}
		files = append(files, o.sink.Writer.(*os.File))
	}
	for _, f := range files {
		control(t, f, func(fd int) {
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
				t.Errorf("%s: not in blocking mode: %#x, %v", f.Name(), flags, err)
			}
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("%s: not close-on-exec: %#x, %v", f.Name(), flags, err)
			}
		})
	}
	p.report.Close()
}

func control(t *testing.T, f *os.File, do func(fd int)) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err == nil {
		err = conn.Control(func(fd uintptr) { do(int(fd)) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// makeFIFO makes a FIFO and opens it for reading.
func makeFIFO(t *testing.T, path string) *os.File {
	t.Helper()
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	f, ok := wakeFIFO(path).(*os.File)
	if !ok {
		t.Fatal("can't open", path)
	}
	return f
}

// TestFIFOWithoutReader: it is opened by its sink, as soon as there is a reader.
func TestFIFOWithoutReader(t *testing.T) {
	t.Chdir(t.TempDir())
	makeFIFO(t, "fifo").Close()
	p, err := prepareLine(t, "fifo file")
	if err != nil {
		t.Fatal(err)
	}
	o := p.outputs[0]
	if o.kind != kindFIFO || o.sink.Open == nil || p.outputs[1].sink.Writer == nil {
		t.Fatalf("fifo %+v, file %+v", o.sink, p.outputs[1].sink)
	}
	ctx, cancel := context.WithTimeout(t.Context(), watchdog)
	defer cancel()
	read := make(chan string)
	go func() {
		text, err := os.ReadFile("fifo")
		if err != nil {
			t.Error(err)
		}
		read <- string(text)
	}()
	w, err := o.sink.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "xyz"); err != nil {
		t.Error(err)
	}
	w.(io.Closer).Close()
	if got := <-read; got != "xyz" {
		t.Errorf("got %q", got)
	}
}

// TestFIFOLeft: an opening that waits for a reader can be left, and is over then.
func TestFIFOLeft(t *testing.T) {
	t.Chdir(t.TempDir())
	makeFIFO(t, "fifo").Close()
	for _, c := range []struct{ name, path string }{{"same", "fifo"}, {"late", "fifo"}} {
		t.Run("case="+c.name, func(t *testing.T) {
			begun := make(chan struct{})
			if c.name == "same" {
				close(begun)
			}
			opened := begin(func() (*os.File, error) {
				<-begun
				return openForOutput(c.path, os.O_WRONLY)
			})
			why := errors.New("why")
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(why)
			woken := make(chan struct{})
			f, err := opened.wait(ctx, func() io.Closer {
				defer close(woken)
				return wakeFIFO(c.path)
			})
			if f != nil || !errors.Is(err, why) {
				t.Errorf("got %v, %v, want %v", f, err, why)
			}
			<-woken
			if c.name == "late" {
				close(begun) // it begins to wait only after it was woken
			}
			select {
			case <-opened.done:
			case <-time.After(watchdog):
				t.Fatal("still opening")
			}
		})
	}
}

// TestFIFOSinkLeft: the engine's context ends a sink's Open.
func TestFIFOSinkLeft(t *testing.T) {
	t.Chdir(t.TempDir())
	makeFIFO(t, "fifo").Close()
	p, err := prepareLine(t, "fifo")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w, err := p.outputs[0].sink.Open(ctx); w != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", w, err)
	}
}

func TestReport(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"new", ""},
		{"old", ""},
		{"/dev/null", ""},
		{"dir", "--report dir: open: is a directory (EISDIR)"},
		{"nodir/r", "--report nodir/r: open: no such file or directory (ENOENT)"},
		{"fifo", "--report fifo: open: no such device or address (ENXIO); hint: start what reads the report first"},
		{"/dev/fd/9", "--report /dev/fd/9: open: bad file descriptor (EBADF)"},
	} {
		t.Run("path="+filepath.Base(c.path), func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := errors.Join(os.Mkdir("dir", 0o777), unix.Mkfifo("fifo", 0o666),
				os.WriteFile("old", []byte("old"), 0o666), os.WriteFile("out", []byte("old"), 0o666)); err != nil {
				t.Fatal(err)
			}
			p, err := prepareLine(t, "out new2 --report "+c.path)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				p.report.Close()
				if info, err := os.Stat(c.path); err != nil || info.Size() != 0 {
					t.Errorf("not an empty report: %v, %v", info.Size(), err)
				}
				return
			}
			var usage *usageError
			if !errors.As(err, &usage) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if got := strings.TrimSuffix(usage.msg+"; hint: "+usage.hint, "; hint: "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if text, _ := os.ReadFile("out"); string(text) != "old" {
				t.Errorf("an output was touched: %q", text)
			}
			if _, err := os.Stat("new2"); err == nil {
				t.Error("an output was created")
			}
		})
	}
}

// TestSlowOpening: an output whose opening takes longer than the others may wait is opened by its sink.
func TestSlowOpening(t *testing.T) {
	patience, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for _, left := range []bool{false, true} {
		t.Run(map[bool]string{false: "case=opened", true: "case=left"}[left], func(t *testing.T) {
			ready := make(chan struct{})
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			opened := begin(func() (*os.File, error) {
				<-ready
				return w, nil
			})
			o := openedOutput{kind: kindDevice}
			o.settle(opened, &target{state: fileState{kind: kindDevice}}, patience)
			if o.sink.Open == nil || o.sink.Writer != nil || o.sink.OpenErr != nil {
				t.Fatalf("%+v", o.sink)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if left {
				cancel()
				if got, err := o.sink.Open(ctx); got != nil || !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, %v", got, err)
				}
				close(ready)
			} else {
				close(ready)
				got, err := o.sink.Open(ctx)
				if err != nil || got != io.Writer(w) {
					t.Fatal(got, err)
				}
				w.Close()
			}
			// Whoever has it last closes it.
			r.SetReadDeadline(time.Now().Add(watchdog))
			if n, err := r.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("read %d, %v, want the end", n, err)
			}
		})
	}
}
