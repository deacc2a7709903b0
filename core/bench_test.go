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
						benchmarkRun(b, &repeat{block, total}, through == "pipe", sinks, core.Options{})
					}
				})
			}
		}
	}
}

// paths are the ways that bytes can go from a pipe to pipes; off Linux they are all the same.
var paths = []struct {
	name string
	opts core.Options
}{
	{"shared", core.Options{}},
	{"copied", core.Options{NoZeroCopy: true}},
	{"portable", core.Options{Portable: true}},
}

// BenchmarkPipes measures the whole way from a pipe to pipes, with a writer and readers that do nothing else.
func BenchmarkPipes(b *testing.B) {
	const total = 64 << 20
	for _, path := range paths {
		for _, sinks := range []int{1, 2, 8, 32} {
			for _, piece := range []int{4 << 10, 128 << 10} {
				b.Run(fmt.Sprintf("path=%s/sinks=%d/piece=%d", path.name, sinks, piece), func(b *testing.B) {
					b.SetBytes(total)
					b.ReportAllocs()
					block := stream(piece)
					for b.Loop() {
						in, feed, err := os.Pipe()
						if err != nil {
							b.Fatal(err)
						}
						go func() {
							defer feed.Close()
							for n := 0; n < total; n += piece {
								feed.Write(block)
							}
						}()
						benchmarkRun(b, in, true, sinks, path.opts)
						in.Close()
					}
				})
			}
		}
	}
}

// BenchmarkMessage measures the round trip of 64 bytes through one output.
func BenchmarkMessage(b *testing.B) {
	for _, path := range paths {
		b.Run("path="+path.name, func(b *testing.B) {
			in, feed, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close()
			r, w, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			ended := make(chan error, 1)
			go func() {
				_, err := core.Run(context.Background(), core.Source{Reader: in}, []core.Sink{sink("a", w)}, path.opts)
				ended <- err
			}()
			message := stream(64)
			b.ReportAllocs()
			for b.Loop() {
				feed.Write(message)
				if _, err := io.ReadFull(r, message); err != nil {
					b.Fatal(err)
				}
			}
			feed.Close()
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
		})
	}
}

func benchmarkRun(b *testing.B, source io.Reader, pipes bool, n int, opts core.Options) {
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
	if _, err := core.Run(context.Background(), core.Source{Reader: source}, sinks, opts); err != nil {
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
