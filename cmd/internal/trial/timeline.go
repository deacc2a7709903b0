package trial

import (
	"slices"
	"time"
)

// Timeline is how the bytes came out of a tool in a run.
type Timeline struct {
	Tracks []Track // of the outputs, in the order of the template
	Marks  []Mark  // of the faults that happened
	End    time.Duration
	Length int64 // bytes of the source
}

// Sample says that there were so many bytes at that time, which is counted from the tool's start.
type Sample struct {
	At    time.Duration
	Bytes int64
}

// Mark is where a fault happened.
type Mark struct {
	Output int // its index; -1: the source
	Sample
}

// Track has the samples of one output, in order of time.
type Track struct {
	Name    string
	Samples []Sample

	stride  int // every so many samples are kept
	skipped int
	last    Sample // that was told
}

const (
	// mostSamples is how many are kept of a track: beyond it every second one goes.
	mostSamples = 96
	// lull is how long nothing has to come for both of its ends to be kept.
	lull = 20 * time.Millisecond
)

// add notes a sample. It costs next to nothing, however many there are.
func (t *Track) add(at time.Duration, bytes int64) {
	s := Sample{at, bytes}
	if at-t.last.At >= lull && len(t.Samples) > 0 && t.Samples[len(t.Samples)-1] != t.last {
		t.Samples = append(t.Samples, t.last)
	}
	if t.skipped++; t.skipped >= t.stride || at-t.last.At >= lull {
		t.Samples = append(t.Samples, s)
		t.skipped = 0
	}
	t.last = s
	if len(t.Samples) < mostSamples {
		return
	}
	t.stride = max(2*t.stride, 2)
	kept := t.Samples[:0]
	for i, s := range t.Samples {
		if i%2 == 0 {
			kept = append(kept, s)
		}
	}
	t.Samples = kept
}

// finish adds what was told at last.
func (t *Track) finish() {
	if n := len(t.Samples); t.last != (Sample{}) && (n == 0 || t.Samples[n-1] != t.last) {
		t.Samples = append(t.Samples, t.last)
	}
}

// reached returns when the track first had so many bytes.
func (t *Track) reached(bytes int64) (time.Duration, bool) {
	i := slices.IndexFunc(t.Samples, func(s Sample) bool { return s.Bytes >= bytes })
	if i < 0 {
		return 0, bytes == 0
	}
	return t.Samples[i].At, true
}
