//go:build linux && (amd64 || arm64)

package trial

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// observe says what came of the run, once all is over.
func (x *run) observe(stuck Stuck, where string) (Observation, error) {
	o := Observation{Status: -1, Unlike: -1, Stuck: stuck, Where: where, Sent: x.source.sent.Load()}
	if stuck == NotStuck {
		ws, err := x.process.Status()
		if err != nil {
			return o, err
		}
		if o.Status = ws.ExitStatus(); ws.Signaled() {
			o.Signal = strings.TrimPrefix(unix.SignalName(ws.Signal()), "SIG")
		}
	}
	for i := range x.c.Outputs {
		seen, err := x.seen(i)
		if err != nil {
			return o, err
		}
		o.Outputs = append(o.Outputs, seen)
	}
	if x.c.Alike {
		o.Unlike = x.unlike()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	o.Stderr, o.Held = strings.ReplaceAll(string(x.said), x.folder+"/", ""), x.held // the folder is another each time
	x.measure()
	o.Timeline = x.timeline()
	o.Unfired, o.Void = x.unfired(stuck), x.void.Load()
	return o, nil
}

func (x *run) seen(i int) (Seen, error) {
	if r := x.readers[i]; r != nil {
		return Seen{Verdict: r.verifier.Verdict(), Left: r.left}, r.err
	}
	v := pattern.NewVerifier(x.c.Seed)
	f, err := os.Open(x.paths[i])
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Seen{Verdict: v.Verdict()}, nil
	case err != nil:
		return Seen{}, err
	}
	defer f.Close()
	_, err = io.Copy(v, f)
	return Seen{Verdict: v.Verdict()}, err
}

// unfired says which fault has not happened. mu is held.
func (x *run) unfired(stuck Stuck) string {
	for _, err := range x.ledger.Unfired() {
		return err.Error()
	}
	switch fired, want := int(x.fired.Load()), x.c.fires(); {
	case x.void.Load():
		return x.unmet
	case fired == want, fired > 0 && (stuck != NotStuck || x.readersOver()):
		return "" // the others would have followed
	case x.unmet != "":
		return x.unmet
	}
	return "not all faults have happened"
}

// readersOver reports whether all readers have come to an end: then the tool has stopped before the others could happen.
func (x *run) readersOver() bool {
	for _, r := range x.readers {
		if r != nil && !r.left && !r.ended {
			return false
		}
	}
	return true
}

// unlike returns the first byte at which two outputs differ, or one has what the source never had there; -1: none.
func (x *run) unlike() int64 {
	a, b := make([]byte, x.c.Size), make([]byte, x.c.Size)
	pattern.Fill(a, x.c.Seed, x.c.Size, 0)
	pattern.Fill(b, x.c.Seed+1, x.c.Size, 0)
	var first []byte
	for _, r := range x.readers {
		if r == nil {
			continue
		}
		for i, c := range r.kept {
			if i >= len(a) || c != a[i] && c != b[i] || i < len(first) && c != first[i] {
				return int64(i)
			}
		}
		if len(r.kept) > len(first) {
			first = r.kept
		}
	}
	return -1
}
