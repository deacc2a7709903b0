package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"yjoint/core"
)

// TestDigestAlgorithms compares with what the algorithms' own tools (sha256sum, b3sum, xxhsum -H2) show for "abc", and requires that a sum
// in the middle changes nothing, which the engine relies on.
func TestDigestAlgorithms(t *testing.T) {
	want := map[string]string{
		"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"blake3": "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
		"xxh3":   "06b05ab6733a618578af5f94892f3950",
	}
	long := strings.Repeat("0123456789", 100_000)
	for _, a := range digestAlgorithms {
		t.Run("algorithm="+a.name, func(t *testing.T) {
			h := a.new()
			io.WriteString(h, "abc")
			if got := hex.EncodeToString(h.Sum(nil)); got != want[a.name] {
				t.Errorf("%s, want %s", got, want[a.name])
			}
			whole, parted := a.new(), a.new()
			io.WriteString(whole, long)
			for i, step := 0, 1; i < len(long); i, step = i+step, step*3 {
				io.WriteString(parted, long[i:min(i+step, len(long))])
				parted.Sum(nil)
			}
			if got, want := parted.Sum(nil), whole.Sum(nil); string(got) != string(want) {
				t.Errorf("in parts %x, at once %x", got, want)
			}
		})
	}
	if len(want) != len(digestAlgorithms) {
		t.Errorf("%d algorithms", len(digestAlgorithms))
	}
}

func TestChecksum(t *testing.T) {
	for name, want := range map[string]string{
		"a":        "0aff  a\n",
		"a  b":     "0aff  a  b\n",
		`a\b`:      `\0aff  a\\b` + "\n",
		"a\nb\rc":  `\0aff  a\nb\rc` + "\n",
		"\xff":     "0aff  \xff\n",
		"./-":      "0aff  ./-\n",
		`dir\n/\\`: `\0aff  dir\\n/\\\\` + "\n",
	} {
		if got := checksum([]byte{10, 255}, name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// BenchmarkDigest measures what a digest costs, from a pipe to two pipes with readers that do nothing else: "shared" is a run without, "copied"
// one without that copies as a digest makes it. The hash has a processor to itself where there is one.
func BenchmarkDigest(b *testing.B) {
	const total, piece = 64 << 20, 128 << 10
	bench := func(name string, options func() core.Options) {
		b.Run("digest="+name, func(b *testing.B) {
			b.SetBytes(total)
			block := make([]byte, piece)
			for b.Loop() {
				in, feed := benchmarkPipe(b)
				go func() {
					defer feed.Close()
					for n := 0; n < total; n += piece {
						feed.Write(block)
					}
				}()
				var sinks []core.Sink
				for i := range 2 {
					r, w := benchmarkPipe(b)
					go func() {
						defer r.Close()
						p := make([]byte, piece)
						for n := 1; n > 0; n, _ = r.Read(p) {
						}
					}()
					sinks = append(sinks, core.Sink{Name: fmt.Sprint(i), Writer: w})
				}
				if _, err := core.Run(context.Background(), core.Source{Reader: in}, sinks, options()); err != nil {
					b.Fatal(err)
				}
				in.Close()
			}
		})
	}
	bench("none/path=shared", func() core.Options { return core.Options{} })
	bench("none/path=copied", func() core.Options { return core.Options{NoZeroCopy: true} })
	for _, a := range digestAlgorithms {
		bench(a.name+"/path=copied", func() core.Options { return core.Options{Digest: a.new()} })
	}
}

func benchmarkPipe(b *testing.B) (r, w *os.File) {
	b.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	return r, w
}
