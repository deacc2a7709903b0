package fault

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCheck requires that a back end refuses what it can't do, and names one that can.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		b          BackEnd
		plan, want string
	}{
		{ForWriter, "at 5 EIO; close EIO", ""},
		{ForSink, "at 5 stall until-full -> exit 1", ""},
		{ForGen, "when-full kill KILL", ""},
		{ForExec, "at 5 EIO*1; rename EXDEV; at 6 kill KILL", ""},
		{ForMount, "open EACCES*1; read at 5 EIO", ""},
		{ForSink, "at 5 EIO", `rule 'at 5 EIO': faultsink sink can't do "EIO": fault.Writer, faultsink exec, faultsink mount can`},
		{ForSink, "across 5 exit 1", `rule 'across 5 exit 1': faultsink sink knows no "across": fault.Writer, faultsink exec, faultsink mount can`},
		{ForWriter, "at 1 EIO*1; at 5 exit 1", `rule 'at 5 exit 1': fault.Writer can't do "exit 1": faultsink sink, faultsink gen can`},
		{ForWriter, "read at 5 EIO", `rule 'read at 5 EIO': fault.Writer knows no "read at": fault.Reader, faultsink exec, faultsink mount can`},
		{ForReader, "at 5 EIO", `rule 'at 5 EIO': fault.Reader knows no "at": fault.Writer, faultsink sink, faultsink gen, faultsink exec, faultsink mount can`},
		{ForMount, "rename hangup", `rule 'rename hangup': faultsink mount can't do "hangup": nobody can`},
	} {
		got := ""
		if err := MustParse(tt.plan).Check(tt.b); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s, %s\n got %s\nwant %s", tt.b.Name, tt.plan, got, tt.want)
		}
	}
	if _, err := NewWriter(nil, MustParse("at 5 exit 1")); err == nil {
		t.Error("NewWriter takes a plan that it can't obey")
	}
	if _, err := NewReader(nil, MustParse("at 5 EIO")); err == nil {
		t.Error("NewReader takes a plan that it can't obey")
	}
}

func TestWarnings(t *testing.T) {
	p := MustParse("at 5 EPIPE*1 -> ENOSPC*1 -> EIO")
	for kind, want := range map[Kind][]string{
		RegularFile: {"rule 'at 5 EPIPE*1 -> ENOSPC*1 -> EIO': a regular file never gives EPIPE"},
		Pipe:        {"rule 'at 5 EPIPE*1 -> ENOSPC*1 -> EIO': a pipe never gives ENOSPC"},
	} {
		if diff := cmp.Diff(want, p.Warnings(kind)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestRandomGolden pins what seeds mean.
func TestRandomGolden(t *testing.T) {
	for _, tt := range []struct {
		seed, stream uint64
		want         string
	}{
		{1, 0, "across 163514 ENOSPC -> EINTR*1"},
		{1, 1, "at 2049 ENOSPC*1 -> ok*1 -> EIO*3; at 630292 EPIPE*2; close EPIPE*2"},
		{5, 0, "every 241590 short 171772"},
		{8, 0, "across 2 ENOSPC*3 -> short 158081 -> EPIPE*1; every 142KiB EINTR -> EPIPE -> EINTR"},
		{2, 0, "call 6 ENOSPC*3 -> ENOSPC*1 -> EPIPE; close EIO*3"},
	} {
		if got := Random(tt.seed, tt.stream, RandomOptions{Size: 1 << 20}).String(); got != tt.want {
			t.Errorf("seed %d, stream %d: got %s, want %s", tt.seed, tt.stream, got, tt.want)
		}
	}
}

// TestRandom requires plans that a Writer can obey, that apply within the stream, and that differ by seed and stream.
func TestRandom(t *testing.T) {
	const size, stall = 1000, 5 * time.Millisecond
	seen, kinds, verbs := map[string]bool{}, map[TriggerKind]bool{}, map[Verb]bool{}
	for seed := range uint64(100) {
		for stream := range uint64(10) {
			p := Random(seed, stream, RandomOptions{Size: size, Rules: 4, MaxStall: stall})
			if err := p.Check(ForWriter); err != nil || len(p.Rules) == 0 || len(p.Rules) > 4 {
				t.Fatalf("%s: %v", p, err)
			}
			for _, r := range p.Rules {
				if kinds[r.Trigger.Kind] = true; r.Trigger.N > size {
					t.Errorf("%s: beyond the stream", p)
				}
				for _, a := range r.Actions {
					if verbs[a.Verb] = true; a.Duration > stall {
						t.Errorf("%s: stalls too long", p)
					}
				}
			}
			seen[p.String()] = true
			if again := Random(seed, stream, RandomOptions{Size: size, Rules: 4, MaxStall: stall}); again.String() != p.String() {
				t.Errorf("seed %d, stream %d: %s, then %s", seed, stream, p, again)
			}
		}
	}
	if len(seen) < 950 || len(kinds) < 5 || len(verbs) < 4 {
		t.Errorf("%d different plans, %d kinds of triggers, %d verbs", len(seen), len(kinds), len(verbs))
	}
}
