//go:build linux && (amd64 || arm64)

package trial

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"yjoint/cmd/internal/supervisor"
)

// recorder notes how the bytes come out. Outputs that are pipes are told of by their readers, files by the calls that write them
// where these are held, and else by their size, at which the watchdog looks.
type recorder struct {
	begin time.Time

	mu     sync.Mutex // guards the fields below
	tracks []Track
	marks  []Mark
}

func newRecorder(names []string) *recorder {
	r := &recorder{begin: time.Now()}
	for _, n := range names {
		r.tracks = append(r.tracks, Track{Name: n})
	}
	return r
}

// note says how many bytes an output has.
func (r *recorder) note(output int, bytes int64) {
	at := time.Since(r.begin)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracks[output].add(at, bytes)
}

// mark says that a fault has happened at an output, or at the source if it is below 0.
func (r *recorder) mark(output int, bytes int64) {
	at := time.Since(r.begin)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, Mark{output, Sample{at, bytes}})
}

// written notes what a call has written that was held.
func (x *run) written(w supervisor.Write) {
	x.moves.Add(1)
	if i := x.outputOf(w.Name); i >= 0 && x.readers[i] == nil {
		x.recorder.note(i, w.At+int64(w.Bytes))
	}
}

// outputOf returns the index of the output that a fault's target names, or the supervisor; -1: it is none.
func (x *run) outputOf(name string) int {
	if name == "stdout" && x.t.Stdout {
		return len(x.t.kinds)
	}
	return slices.IndexFunc(x.paths, func(p string) bool { return p == name || filepath.Base(p) == name })
}

// measure notes the sizes of files.
func (x *run) measure() {
	for i, o := range x.c.Outputs {
		if o.Kind != FileOut || o.Plan != "" {
			continue
		}
		if info, err := os.Stat(x.paths[i]); err == nil {
			x.recorder.note(i, info.Size())
		}
	}
}

// timeline returns what was recorded, once all is over.
func (x *run) timeline() Timeline {
	r := x.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	t := Timeline{Tracks: r.tracks, Marks: r.marks, End: time.Since(r.begin), Length: x.c.Size}
	for i := range t.Tracks {
		t.Tracks[i].finish()
	}
	for _, rule := range x.ledger.Rules() {
		if rule.First == nil {
			continue
		}
		m := Mark{x.outputOf(rule.Target), Sample{t.End, rule.First.Byte}}
		// The calls of a source that fails are not told of: it is marked where the first output was that far.
		for i := range t.Tracks {
			if at, ok := t.Tracks[i].reached(m.Bytes); ok && (i == m.Output || m.Output < 0) {
				m.At = min(m.At, at)
			}
		}
		t.Marks = append(t.Marks, m)
	}
	return t
}
