//go:build !unix

package core

import "os"

// newFileOutput treats a file like any io.Writer: polling descriptors is not supported on GOOS.
func newFileOutput(s *sink, f *os.File) (output, error) { return plainOutput{s, syncedFile{f}}, nil }

// syncedFile is a file whose Sync leaves alone what has nothing to sync.
type syncedFile struct{ *os.File }

func (f syncedFile) Sync() error {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return f.File.Sync()
}
