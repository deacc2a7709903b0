package coretest_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"yjoint/core"
	"yjoint/core/coretest"
)

// digested is sample with the digests that it should have.
func digested() coretest.Run {
	r := sample()
	r.Digest = sha256.New
	of := func(n int64) []byte {
		sum := sha256.Sum256([]byte(strings.Repeat("0123456789", 10))[:n])
		return sum[:]
	}
	r.Report.Source.Digest = of(100)
	for i, s := range r.Report.Sinks {
		if !s.AtLeast && s.Op != core.OpOpen {
			r.Report.Sinks[i].Digest = of(s.Accepted)
		}
	}
	return r
}

// TestDigests requires that digests are right, and where they should be.
func TestDigests(t *testing.T) {
	good := digested()
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		want  string
		spoil func(r *coretest.Run)
	}{
		{"source: digest 00; that of the 100 bytes is", func(r *coretest.Run) { r.Report.Source.Digest = []byte{0} }},
		{"source: no digest", func(r *coretest.Run) { r.Report.Source.Digest = nil }},
		{"sink 2 (): no digest", func(r *coretest.Run) { r.Report.Sinks[2].Digest = nil }},
		{"; that of the 7 bytes is", func(r *coretest.Run) { r.Report.Sinks[2].Digest = r.Report.Sinks[0].Digest }},
		{"sink 4 (): digest 00, where there should be none", func(r *coretest.Run) { r.Report.Sinks[4].Digest = []byte{0} }},
		{"sink 5 (): digest 00, where there should be none", func(r *coretest.Run) { r.Report.Sinks[5].Digest = []byte{0} }},
		{"where there should be none", func(r *coretest.Run) { r.Digest = nil }},
	} {
		r := digested()
		c.spoil(&r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
