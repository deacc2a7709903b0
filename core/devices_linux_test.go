package core_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
)

func TestDevicesAndFiles(t *testing.T) {
	data := stream(1 << 20)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	name := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	rep, _ := core.Run(context.Background(), core.Source{Reader: bytes.NewReader(data)},
		[]core.Sink{sink("full", full), sink("file", file), sink("null", null)}, core.Options{})
	checkVerdicts(t, rep, core.Failed, core.Complete, core.Complete)
	if s := rep.Sinks[0]; s.Accepted != 0 || s.Op != core.OpWrite || !errors.Is(s.Err, unix.ENOSPC) {
		t.Errorf("report %+v", s)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, data) {
		t.Errorf("the file differs: %v", err)
	}
}

// TestSyncOfFiles requires that a file is synced, and that what has no medium isn't asked to.
func TestSyncOfFiles(t *testing.T) {
	const mine = "/proc/self/comm" // a regular file that can be written to but not be synced
	name, err := os.ReadFile(mine)
	if err != nil {
		t.Skip(err)
	}
	comm, err := os.OpenFile(mine, os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	r1, w1 := newPipe(t)
	got := collect(r1)
	sinks := []core.Sink{sink("comm", comm), sink("null", null), sink("file", file), sink("pipe", w1)}
	for i := range sinks {
		sinks[i].Sync = true
	}
	rep, _ := run(t, bytes.TrimSpace(name), core.Options{}, sinks...)
	checkVerdicts(t, rep, core.Failed, core.Complete, core.Complete, core.Complete)
	if s := rep.Sinks[0]; s.Op != core.OpSync || !errors.Is(s.Err, unix.EINVAL) {
		t.Errorf("sink %+v", s)
	}
	<-got
}

// TestCloseOfFile requires that the close of a file may fail as that of any writer.
func TestCloseOfFile(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	closes := func(context.Context) error { // before the sink can, when it has written all
		eventually(t, func() bool {
			info, err := file.Stat()
			return err != nil || info.Size() == 5
		})
		return file.Close()
	}
	rep, _ := start(t, core.Source{Reader: bytes.NewReader([]byte("hello")), Finish: closes}, core.Options{}, sink("a", file)).Wait(t)
	checkVerdicts(t, rep, core.Failed)
	if s := rep.Sinks[0]; s.Op != core.OpClose || !errors.Is(s.Err, os.ErrClosed) {
		t.Errorf("sink %+v", s)
	}
}
