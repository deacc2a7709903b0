package pattern_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"yjoint/core/pattern"
)

// documented returns the byte at an offset, computed as the package comment
// says, without the end mark.
func documented(key uint64, offset int64) byte {
	i := uint64(offset) / 8
	lane := i % 4
	h := i >> 44 >> (4 * lane) & 0xf
	t := (key>>(16*lane) ^ i>>28) & 0xffff
	x := i%(1<<44)<<20 | h<<16 | t
	m := x*0x9e3779b97f4a7c15 + 0xd1b54a32d192ed03
	return byte((m ^ m>>32) >> (offset % 8 * 8))
}

// stream returns the n bytes from offset on.
func stream(t testing.TB, id uint64, size, offset int64, n int) []byte {
	t.Helper()
	p := make([]byte, n)
	if got := pattern.Fill(p, id, size, offset); got != n {
		t.Fatalf("Fill of stream %d, size %d, at %d wrote %d bytes of %d", id, size, offset, got, n)
	}
	return p
}

// far are the offsets where arithmetic of some width ends: of int32 and uint32
// in bytes, of the index field, which wraps after 128 TiB, and of int64.
var far = []int64{2 << 30, 4 << 30, 8 << 30, 16 << 30, 32 << 30, 128 << 40, 3 * 128 << 40, 1 << 60, math.MaxInt64 - 1<<10}

// TestFormat pins the format: streams must verify with the programs of any
// release.
func TestFormat(t *testing.T) {
	for _, c := range []struct {
		id   uint64
		size int64
		want string
	}{
		{0, 0, ""},
		{0, 1, "98"},
		{0, 7, "9e9e79c7a11704"},
		{0, 8, "919e79c7a11704bd"},
		{0, 21, "31a72700324ab5d17ceaf1384963fc0181ded75c82"},
		{1, 21, "5298154d9eccb56e88b9c2c4544cfadd1227ef9f76"},
		{math.MaxUint64, 16, "56b5c23c4cb93acb4c0d3d7fd542ed38"},
	} {
		t.Run(fmt.Sprintf("id=%d/size=%d", c.id, c.size), func(t *testing.T) {
			if got := hex.EncodeToString(stream(t, c.id, c.size, 0, int(c.size))); got != c.want {
				t.Errorf("stream is %s, want %s", got, c.want)
			}
		})
	}
}

// TestFillFollowsTheDocument compares with the formula of the package comment,
// at both sides of each far offset, where all but the last are plain.
func TestFillFollowsTheDocument(t *testing.T) {
	for _, offset := range append(far, 300) {
		got := stream(t, 0, math.MaxInt64, offset-300, 600)
		for k := range got {
			if want := documented(0, offset-300+int64(k)); got[k] != want {
				t.Fatalf("byte %d is %#x, want %#x", offset-300+int64(k), got[k], want)
			}
		}
	}
}

// TestFillAnywhere compares every range of short streams, and ranges at far
// offsets, with a part of a longer range.
func TestFillAnywhere(t *testing.T) {
	for size := range int64(80) {
		whole := stream(t, 3, size, 0, int(size))
		for from := range size + 3 {
			for n := range size + 3 {
				p := bytes.Repeat([]byte{0xee}, int(n))
				got := pattern.Fill(p, 3, size, from)
				want := whole[min(from, size):min(from+n, size)]
				if got != len(want) || !bytes.Equal(p[:got], want) {
					t.Fatalf("size %d: %d bytes at %d are %x, want %x", size, n, from, p[:got], want)
				}
				if rest := p[got:]; len(bytes.Trim(rest, "\xee")) != 0 {
					t.Fatalf("size %d: %d bytes at %d: wrote beyond the end: %x", size, n, from, rest)
				}
			}
		}
	}
	for _, offset := range far {
		whole := stream(t, 3, math.MaxInt64, offset-100, 300)
		for k := range 200 {
			if got := stream(t, 3, math.MaxInt64, offset-100+int64(k), 99); !bytes.Equal(got, whole[k:k+99]) {
				t.Fatalf("99 bytes at %d differ from those of a longer range", offset-100+int64(k))
			}
		}
	}
}

func TestFillOutsideTheStream(t *testing.T) {
	for _, c := range []struct{ size, offset int64 }{{10, -1}, {10, 10}, {10, 11}, {0, 0}, {-1, 0}, {-1, -5}, {10, math.MinInt64}} {
		p := []byte("untouched")
		if n := pattern.Fill(p, 1, c.size, c.offset); n != 0 || string(p) != "untouched" {
			t.Errorf("size %d, offset %d: wrote %d bytes", c.size, c.offset, n)
		}
	}
}

// TestReader has the standard library's opinion on Read and Seek.
func TestReader(t *testing.T) {
	for _, size := range []int64{0, 1, 7, 8, 9, 64, 1001} {
		t.Run(fmt.Sprintf("size=%d", size), func(t *testing.T) {
			if err := iotest.TestReader(pattern.NewReader(5, size), stream(t, 5, size, 0, int(size))); err != nil {
				t.Error(err)
			}
		})
	}
	if n, err := pattern.NewReader(5, -1).Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("a negative size gives %d, %v; want 0, EOF", n, err)
	}
}

func TestReaderSeeksFar(t *testing.T) {
	r := pattern.NewReader(9, math.MaxInt64)
	for _, offset := range far {
		if at, err := r.Seek(offset, io.SeekStart); at != offset || err != nil {
			t.Fatalf("Seek returned %d, %v", at, err)
		}
		p := make([]byte, 100)
		if _, err := io.ReadFull(r, p); err != nil || !bytes.Equal(p, stream(t, 9, math.MaxInt64, offset, 100)) {
			t.Errorf("at %d: wrong bytes, error %v", offset, err)
		}
	}
	for _, whence := range []int{io.SeekCurrent, io.SeekEnd} {
		if at, err := r.Seek(math.MaxInt64, whence); err == nil {
			t.Errorf("a position beyond int64 is accepted as %d", at)
		}
	}
	if _, err := r.Seek(0, 3); err == nil {
		t.Error("an unknown whence is accepted")
	}
	last := far[len(far)-1]
	if at, err := r.Seek(0, io.SeekCurrent); at != last+100 || err != nil {
		t.Errorf("after failed Seeks the position is %d, want %d", at, last+100)
	}
}

// TestStreamsDiffer says that neighbouring ids share no word, at any offset.
func TestStreamsDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		id, offset := rng.Uint64N(100), rng.Int64N(math.MaxInt64-100)&^7
		p, q := stream(t, id, math.MaxInt64, offset, 32), stream(t, id+1, math.MaxInt64, offset, 32)
		for k := 0; k < 32; k += 8 {
			if bytes.Equal(p[k:k+8], q[k:k+8]) {
				t.Errorf("streams %d and %d are equal at %d", id, id+1, offset+int64(k))
			}
		}
	}
}
