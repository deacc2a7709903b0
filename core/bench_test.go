package core_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"yjoint/core"
)

// repeat delivers the same block until n bytes are through.
type repeat struct {
	block []byte
	n     int64
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), r.n)], r.block)
	r.n -= int64(n)
	return n, nil
}

// BenchmarkFanOut measures what the engine itself costs: its source and sinks do little or nothing.
func BenchmarkFanOut(b *testing.B) {
	const total = 16 << 20
	for _, through := range []string{"memory", "pipe"} {
		for _, sinks := range []int{1, 2, 8, 32} {
			for _, piece := range []int{4 << 10, 256 << 10} {
				b.Run(fmt.Sprintf("through=%s/sinks=%d/piece=%d", through, sinks, piece), func(b *testing.B) {
					b.SetBytes(total)
					b.ReportAllocs()
					block := stream(piece)
					for b.Loop() {
						benchmarkRun(b, &repeat{block, total}, through == "pipe", sinks)
					}
				})
			}
		}
	}
}

func benchmarkRun(b *testing.B, source io.Reader, pipes bool, n int) {
	var sinks []core.Sink
	for i := range n {
		var w io.Writer = &CountingWriter{1 << 62}
		if pipes {
			r, end, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			go discard(r)
			w = end
		}
		sinks = append(sinks, sink(fmt.Sprint(i), w))
	}
	if _, err := core.Run(context.Background(), core.Source{Reader: source}, sinks, core.Options{}); err != nil {
		b.Fatal(err)
	}
}

func discard(r *os.File) {
	defer r.Close()
	p := make([]byte, 128<<10)
	for {
		if _, err := r.Read(p); err != nil {
			return
		}
	}
}
