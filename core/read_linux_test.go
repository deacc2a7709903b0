package core_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

// TestDirectorySource requires that a source which can't be read is told as failed.
func TestDirectorySource(t *testing.T) {
	in, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rep, err := start(t, core.Source{Reader: in}, core.Options{}, sink("a", &Recorder{})).Wait(t)
	checkVerdicts(t, rep, core.Cancelled)
	if !errors.Is(rep.Source.Err, unix.EISDIR) || !errors.Is(err, unix.EISDIR) {
		t.Errorf("source %+v, error %v", rep.Source, err)
	}
}

// TestFileSource requires that a regular file arrives whole, whether its bytes are in memory, have to be fetched, or the file
// system can't tell; also from where others have read to, and as long as it grows.
func TestFileSource(t *testing.T) {
	data := stream(3<<20 + 7)
	const skipped = 4097
	for _, mode := range []string{"cached", "dropped", "untold"} {
		t.Run(fmt.Sprintf("mode=%s", mode), func(t *testing.T) {
			before := coretest.Held()
			name := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			in, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			switch mode {
			case "dropped":
				in.Sync()
				unix.Fadvise(int(in.Fd()), 0, 0, unix.FADV_DONTNEED)
			case "untold":
				defer sys.RefuseNowait(false)()
			}
			in.Seek(skipped, 0)
			r1, w1, _ := os.Pipe()
			r2, w2, _ := os.Pipe()
			r := start(t, core.Source{Reader: in}, core.Options{}, sink("a", w1), sink("b", w2))
			head := take(t, r1, 100)
			more, _ := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
			more.Write(data[:1000]) // all pipes are full, and the end is not near
			more.Close()
			rest1, got2 := collect(r1), collect(r2)
			rep, err := r.Wait(t)
			want := append(bytes.Clone(data[skipped:]), data[:1000]...)
			if err != nil || rep.Source.Bytes != int64(len(want)) {
				t.Errorf("%d bytes, error %v", rep.Source.Bytes, err)
			}
			if got := append(head, <-rest1...); !bytes.Equal(got, want) {
				t.Errorf("a has %d bytes, want %d", len(got), len(want))
			}
			if got := <-got2; !bytes.Equal(got, want) {
				t.Errorf("b has %d bytes, want %d", len(got), len(want))
			}
			if end, _ := in.Seek(0, 1); end != int64(len(data)+1000) {
				t.Errorf("the file's offset is %d", end)
			}
			in.Close()
			r1.Close()
			r2.Close()
			checkReleased(t, before)
		})
	}
}
