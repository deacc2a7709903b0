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
