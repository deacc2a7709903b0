package coretest

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"

	"yjoint/core"
)

// checkDigest returns an error unless what is reported as the digest of the stream's first n bytes is that, or is left out if it is
// not due.
func (r Run) checkDigest(got []byte, n int64, due bool) error {
	switch due = due && r.Digest != nil; {
	case !due && got != nil:
		return fmt.Errorf("digest %x, where there should be none", got)
	case !due:
		return nil
	case got == nil:
		return errors.New("no digest")
	}
	if want := sumOf(r.Digest(), r.Stream, n); !bytes.Equal(got, want) {
		return fmt.Errorf("digest %x; that of the %d bytes is %x", got, n, want)
	}
	return nil
}

// hasDigest reports whether a report of that kind has a digest.
func hasDigest(rep core.SinkReport) bool { return !rep.AtLeast && rep.Op != core.OpOpen }

func sumOf(h hash.Hash, s Stream, to int64) []byte {
	if _, err := io.CopyN(h, s.Reader(), to-s.from); err != nil {
		return nil // more than the stream has, which is told elsewhere
	}
	return h.Sum(nil)
}
