package pattern_test

import (
	"fmt"
	"testing"

	"yjoint/core/pattern"
)

// chunks are the sizes that the benchmarks hand over at a time: a page, what a
// pipe holds by default, and more than the second-level cache.
var chunks = []int{4 << 10, 64 << 10, 4 << 20}

func BenchmarkRead(b *testing.B) {
	for _, chunk := range chunks {
		b.Run(fmt.Sprintf("chunk=%d", chunk), func(b *testing.B) {
			r := pattern.NewReader(1, 1<<62)
			p := make([]byte, chunk)
			b.SetBytes(int64(chunk))
			for b.Loop() {
				if n, err := r.Read(p); n != chunk || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// BenchmarkVerify has one buffer that holds the stream, as long as the chunk,
// and rewinds the Verifier after each.
func BenchmarkVerify(b *testing.B) {
	for _, chunk := range chunks {
		b.Run(fmt.Sprintf("chunk=%d", chunk), func(b *testing.B) {
			p := make([]byte, chunk)
			pattern.Fill(p, 1, 1<<62, 0)
			b.SetBytes(int64(chunk))
			for b.Loop() {
				v := pattern.NewVerifier(1)
				v.Write(p)
				if v.Verdict().Kind != pattern.Prefix {
					b.Fatal(v.Verdict())
				}
			}
		})
	}
}

// BenchmarkSearch is the slow path: zeros in which the stream never resumes.
func BenchmarkSearch(b *testing.B) {
	p := make([]byte, 64<<10)
	v := pattern.NewVerifier(1)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		v.Write(p)
	}
	if got := v.Verdict().String(); got != "torn at 0" {
		b.Fatal(got)
	}
}
