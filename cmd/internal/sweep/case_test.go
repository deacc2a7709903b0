package sweep

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// both are the options of a plain sweep with one errno.
var both = Options{Errnos: []string{"EIO"}, Once: true, Persistent: true}

func faults(cases []Case) (all []string) {
	for _, c := range cases {
		all = append(all, c.Fault())
	}
	return all
}

func TestCases(t *testing.T) {
	written := Recording{Files: []File{
		{Name: "stdout", Target: "stdout", Writes: []Span{{0, 1}, {1, 10}}, Closed: true},
		{Name: "a b", Target: "./a b", Writes: []Span{{0, 3}}, Synced: true},
	}}
	tests := []struct {
		name string
		Options
		want []string
	}{
		{"once", Options{Errnos: []string{"EIO"}, Once: true}, []string{
			"stdout=at 0 EIO*1", "stdout=at 1 EIO*1", "stdout=at 2 EIO*1", "stdout=at 9 EIO*1", "stdout=close EIO*1",
			"./a b=at 0 EIO*1", "./a b=at 1 EIO*1", "./a b=at 2 EIO*1", "./a b=fsync EIO*1"}},
		{"persistent", Options{Errnos: []string{"ENOSPC", "EINTR"}, Persistent: true}, []string{
			"stdout=at 0 ENOSPC", "stdout=at 0 EINTR", "stdout=at 1 ENOSPC", "stdout=at 1 EINTR", "stdout=at 2 ENOSPC", "stdout=at 2 EINTR",
			"stdout=at 9 ENOSPC", "stdout=at 9 EINTR", "stdout=close ENOSPC*1",
			"./a b=at 0 ENOSPC", "./a b=at 0 EINTR", "./a b=at 1 ENOSPC", "./a b=at 1 EINTR", "./a b=at 2 ENOSPC", "./a b=at 2 EINTR",
			"./a b=fsync ENOSPC*1"}},
		{"short", Options{Short: true}, []string{"stdout=at 0 short 1", "stdout=at 1 short 1", "stdout=at 2 short 1",
			"./a b=at 0 short 1", "./a b=at 1 short 1"}},
	}
	for _, tt := range tests {
		t.Run("case="+tt.name, func(t *testing.T) {
			got := faults(written.Points(tt.Options).Cases())
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, f := range got {
				if _, err := ledger.Parse(f, fault.ForExec, true, "/folder"); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestPlaces compares the places of writes at random with what they are by definition.
func TestPlaces(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		var writes []Span
		for range r.IntN(6) {
			at := int64(0)
			for range r.IntN(4) {
				n := 1 + r.Int64N(5)
				writes = append(writes, Span{at, at + n})
				at += n
			}
		}
		r.Shuffle(len(writes), func(i, j int) { writes[i], writes[j] = writes[j], writes[i] })
		x := newExtent(writes)
		got := x.places()
		for at := int64(-2); at < 30; at++ {
			has := func(is func(w Span) bool) bool { return slices.ContainsFunc(writes, is) }
			near := has(func(w Span) bool {
				return w.From-1 <= at && at <= w.From+1 || w.To-1 == at
			})
			inside := has(func(w Span) bool { return w.From <= at && at < w.To })
			if want := near && inside; slices.Contains(got, at) != want {
				t.Fatalf("%v: place %d: %v, want %v", writes, at, !want, want)
			}
			if want := has(func(w Span) bool { return w.From < at && at < w.To }); at >= 0 && x.cuts(at) != want {
				t.Fatalf("%v: cuts %d: %v", writes, at, !want)
			}
			if want := has(func(w Span) bool { return w.To-max(at, w.From) >= 2 }); at >= 0 && x.long(at) != want {
				t.Fatalf("%v: long %d: %v", writes, at, !want)
			}
		}
	}
}

// TestSpread: a part of all cases has as many as were asked for, in order, at all ends of the stream, and of all that can happen.
func TestSpread(t *testing.T) {
	f := File{Name: "stdout", Target: "stdout", Closed: true}
	for i := range int64(12) {
		f.Writes = append(f.Writes, Span{10 * i, 10 * (i + 1)})
	}
	points := Recording{Files: []File{f}}.Points(Options{Errnos: []string{"EIO", "ENOSPC"}, Once: true, Persistent: true, Short: true})
	all := points.Cases()
	for n := range len(all) + 1 {
		got := points.Spread(n)
		if len(got) != n {
			t.Fatalf("%d of %d", len(got), n)
		}
		last := -1
		for _, c := range got {
			i := slices.Index(all, c)
			if i <= last {
				t.Fatalf("n=%d: %v is out of order, or twice", n, c)
			}
			last = i
		}
		if n == len(points) {
			kinds := map[string]int{}
			at := map[int64]bool{}
			for _, c := range got {
				kinds[fmt.Sprint(c.Kind, c.Errno, c.Once)]++
				at[c.At] = true
			}
			if len(kinds) < 5 || len(at) != len(points)-1 {
				t.Errorf("n=%d: %v, at %d places", n, kinds, len(at))
			}
		}
		if n == len(points)/5 { // that many variants: the distance must not choose always the same
			kinds := map[string]int{}
			for _, c := range got {
				kinds[fmt.Sprint(c.Kind, c.Errno, c.Once)]++
			}
			if len(kinds) < 5 {
				t.Errorf("n=%d: only %v", n, kinds)
			}
		}
		if n == 4 && (got[0].At > 30 || got[3].At < 70) {
			t.Errorf("not spread: %v", faults(got))
		}
	}
}

// TestShards: each case is in one shard.
func TestShards(t *testing.T) {
	points := Recording{Files: []File{{Target: "f", Writes: []Span{{0, 9}, {9, 30}}}}}.Points(both)
	all := points.Cases()
	for m := 1; m <= len(all)+2; m++ {
		count := map[Case]int{}
		sizes := []int{}
		for k := 1; k <= m; k++ {
			part := Shard{k, m}.Of(all)
			sizes = append(sizes, len(part))
			for _, c := range part {
				count[c]++
			}
		}
		for _, c := range all {
			if count[c] != 1 {
				t.Errorf("%d shards: %v is in %d", m, c, count[c])
			}
		}
		if slices.Max(sizes)-slices.Min(sizes) > 1 {
			t.Errorf("%d shards have sizes %v", m, sizes)
		}
	}
}

// TestQuote has a shell take the words apart.
func TestQuote(t *testing.T) {
	words := []string{"a", "", "it's", "$HOME", "`x`", "a b", "*", "tab\t", "new\nline", `back\slash`, `"`, "~", "#", "a=b", "ü", "-x", "!", "'"}
	out, err := exec.Command("sh", "-c", "printf '%s\\0' "+Quote(words...)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(words, "\x00")+"\x00", string(out)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := Quote("./app", "--out", "a.csv"); got != "./app --out a.csv" {
		t.Errorf("%s: quoted without need", got)
	}
}

// TestTargets: the target of each file that a clean run wrote is that file and no other one.
func TestTargets(t *testing.T) {
	names := []string{"a", "b/a", "stdout", "fd3", "a*", "a?", "[a]", `a\b`, "a=b", "a'b", " ", "-", "ü"}
	writes := map[string][]Span{"stdout": {{0, 1}}, "stderr": {{0, 1}}, "/elsewhere/a": {{0, 1}}, "/dev/stdout": {{0, 1}}, "/home/folders/a": {{0, 1}}}
	for _, n := range names {
		writes["/home/folder/"+n] = []Span{{0, 1}}
	}
	r := NewRecording("/home/folder", writes)
	if len(r.Files) != len(names)+3 || r.Files[0].Name != "stdout" || r.Files[1].Name != "stderr" || slices.Index(faultNames(r), "./stdout") < 2 {
		t.Fatalf("%+v", r.Files)
	}
	for _, f := range r.Files {
		s, err := ledger.Parse(f.Target+"=at 0 EIO", fault.ForExec, true, "/home/folder")
		if err != nil {
			t.Error(err)
			continue
		}
		if fd, is := s.Target.FD(); is != slices.Contains(Inherited, f.Name) {
			t.Errorf("%s is descriptor %d", f.Target, fd)
		}
		for name := range writes {
			inherited := slices.Contains(Inherited, f.Name)
			want := !inherited && (name == f.Name || name == filepath.Join("/home/folder", f.Name))
			if got := s.Target.Matches(name); got != want {
				t.Errorf("%s matches %s: %v", f.Target, name, got)
			}
		}
	}
}

func faultNames(r Recording) (all []string) {
	for _, f := range r.Files {
		all = append(all, f.Name)
	}
	return all
}
