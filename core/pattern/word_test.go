package pattern

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMixersAreInvertible(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range uint64(1000) {
		for _, x := range []uint64{n, math.MaxUint64 - n, 1 << (n % 64), rng.Uint64()} {
			if got := unmix(mix(x)); got != x {
				t.Fatalf("unmix(mix(%#x)) = %#x", x, got)
			}
			if got := unword(fold(scramble(x))); got != x {
				t.Fatalf("a word made from %#x carries %#x", x, got)
			}
		}
	}
	if mix(0) != 0 {
		t.Error("mix(0) isn't 0, so that the zero Verifier doesn't expect stream 0")
	}
}

// TestMarksArePrefixFree says that a mark tells its size by its first byte, and
// differs from the plain stream in each byte.
func TestMarksArePrefixFree(t *testing.T) {
	for size := int64(1); size < 100; size++ {
		m, at := mark(size)
		if got, ok := markedSize(byte(m), at); !ok || got != size {
			t.Errorf("the mark of size %d tells size %d, %v", size, got, ok)
		}
		for ; m != 0; m >>= 8 {
			if byte(m) == 0 {
				t.Errorf("the mark of size %d has a plain byte", size)
			}
		}
	}
	for d := range 256 {
		size, ok := markedSize(byte(d), 64)
		if _, at := mark(max(size, 1)); ok && at != 64 {
			t.Errorf("difference %#x at 64 tells size %d, whose mark is at %d", d, size, at)
		}
	}
	if size, ok := markedSize(markBase&0xff, math.MaxInt64-7); ok {
		t.Errorf("a mark that ends beyond int64 tells size %d", size)
	}
}

// verifierAt returns a Verifier that has already matched the stream up to pos.
func verifierAt(id uint64, pos int64) *Verifier {
	v := NewVerifier(id)
	v.cursor.pos, v.received = pos, pos
	return v
}

// farOffsets are where arithmetic of some width ends; see far.
var farOffsets = []int64{2 << 30, 4 << 30, 8 << 30, 32 << 30, 128 << 40, 3 * 128 << 40, 1 << 62, math.MaxInt64 - 2000}

// TestFarAnomalies has every anomaly of a stream within 300 bytes of offsets
// that a test can't reach from 0.
func TestFarAnomalies(t *testing.T) {
	const id = 77
	for _, at := range farOffsets {
		from, size := at-150, at+300
		p := make([]byte, size-from)
		Fill(p, id, size, from)
		foreign := make([]byte, 100)
		Fill(foreign, 78, size, at)
		a, b := from+100, from+203
		for _, c := range []struct {
			input [][]byte
			want  Verdict
		}{
			{[][]byte{p}, Verdict{Kind: Complete}},
			{[][]byte{p, p[:1]}, Verdict{Kind: Trailing, At: size}},
			{[][]byte{p[:203]}, Verdict{Kind: Prefix, At: b}},
			{[][]byte{p[:100], p[203:]}, Verdict{Kind: Gap, At: a, To: b}},
			{[][]byte{p[:203], p[100:]}, Verdict{Kind: Duplicate, At: a, To: b}},
			{[][]byte{p[:100], []byte("foreign"), p[100:]}, Verdict{Kind: Shifted, Shift: 7, At: a}},
			{[][]byte{p[:100], make([]byte, 103), p[203:]}, Verdict{Kind: Torn, At: a}},
			{[][]byte{p[:100], foreign}, Verdict{Kind: Foreign, Stream: 78, At: a}},
			{[][]byte{p[:100], p[203:220]}, Verdict{Kind: Torn, At: a}},
			{[][]byte{p[:100], p[203:227]}, Verdict{Kind: Gap, At: a, To: b}},
			{[][]byte{p[:100], p[len(p)-16:]}, Verdict{Kind: Gap, At: a, To: size - 16}},
		} {
			v := verifierAt(id, from)
			c.want.Received = from
			for _, q := range c.input {
				v.Write(q)
				c.want.Received += int64(len(q))
			}
			if got := v.Verdict(); got != c.want {
				t.Errorf("around %d: verdict %+v, want %+v", at, got, c.want)
			}
		}
	}
}

// jumps requires that it is told if a stream goes on at to after from, with n
// bytes.
func jumps(t *testing.T, from, to, n int64) {
	t.Helper()
	const id = 5
	// Bytes that are alike leave several answers; see Gap.
	if from == to || plainByte(mix(id), from) == plainByte(mix(id), to) || plainByte(mix(id), from-1) == plainByte(mix(id), to-1) {
		return
	}
	p := make([]byte, n)
	Fill(p, id, math.MaxInt64, to)
	v := verifierAt(id, from)
	v.Write(p)
	want := Verdict{Kind: Gap, At: from, To: to, Received: from + n}
	if from > to {
		want.Kind, want.At, want.To = Duplicate, to, from
	}
	if got := v.Verdict(); got != want {
		t.Errorf("from %d to %d: verdict %+v, want %+v", from, to, got, want)
	}
}

// TestFarGaps jumps between any two far offsets, to both sides of where the
// index field wraps.
func TestFarGaps(t *testing.T) {
	for _, from := range farOffsets {
		for _, to := range farOffsets {
			for d := int64(-40); d <= 40; d += 5 {
				jumps(t, from+d, to, 100)
			}
		}
	}
}

// wraps are offsets where the index field wraps, and the number above it
// carries 1 into each of its quarters.
var wraps = []int64{1 << 47, 1 << 51, 1 << 55, 1 << 59}

// TestFarPairs jumps to two words: to the next ones, on either side of a wrap;
// and to some that carry a quarter of the number which differs, far before and
// after it.
func TestFarPairs(t *testing.T) {
	const window = 1 << 47
	for _, wrap := range wraps {
		for d := int64(1); d < 40; d += 3 {
			for to := wrap - 40; to <= wrap+40; to += 8 {
				jumps(t, wrap-d, to, 16)
				jumps(t, wrap+d, to, 16)
			}
			for _, to := range []int64{wrap - window*3/4, wrap - window*3/4 - 8, wrap + 3*window, wrap + 3*window - 8} {
				jumps(t, wrap+d, to, 16)
			}
			jumps(t, wrap-d, wrap+window*3/4, 16)
			jumps(t, wrap-d, wrap+window*3/4-8, 16)
		}
	}
	jumps(t, window+2001, window*3/2+2000, 16) // window/2+2000 is as near, and would fit
}

// TestFarEnds: one word, which has the end mark, is recognised near the place
// of the anomaly only.
func TestFarEnds(t *testing.T) {
	for far := range int64(4) {
		size := far<<47 + 1032 // the lane of the last word tells far
		p := make([]byte, 100)
		Fill(p, 5, size, 0)
		end := make([]byte, wordSize)
		Fill(end, 5, size, size-wordSize)
		want := Verdict{Kind: Torn, At: 100, Received: 108}
		if far < 2 {
			want.Kind, want.To = Gap, size-wordSize
		}
		v := NewVerifier(5)
		v.Write(p)
		v.Write(end)
		if got := v.Verdict(); got != want {
			t.Errorf("size %d: verdict %+v, want %+v", size, got, want)
		}
	}
}

// TestFourWordsAroundAWrap says that these are enough to recognise a stream.
func TestFourWordsAroundAWrap(t *testing.T) {
	for _, wrap := range wraps {
		for from := wrap - 24; from < wrap; from += 8 {
			p := make([]byte, 32)
			Fill(p, 78, math.MaxInt64, from)
			v := NewAnyVerifier()
			v.Write(p)
			if got, want := v.Verdict(), (Verdict{Kind: Gap, To: from, Received: 32}); got != want {
				t.Errorf("at %d: verdict %+v, want %+v", from, got, want)
			}
			v = verifierAt(77, 1000)
			v.Write(p)
			if got, want := v.Verdict(), (Verdict{Kind: Foreign, At: 1000, Stream: 78, Received: 1032}); got != want {
				t.Errorf("at %d: verdict %+v, want %+v", from, got, want)
			}
		}
	}
}
