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

// TestFarGaps jumps between any two far offsets, to both sides of where the
// index field wraps, with all that follows and with two words.
func TestFarGaps(t *testing.T) {
	const id = 5
	for _, from := range farOffsets {
		for _, to := range farOffsets {
			for d := int64(-40); d <= 40; d += 5 {
				// Bytes that are alike leave several answers; see Gap.
				if from+d == to || plainByte(mix(id), from+d) == plainByte(mix(id), to) ||
					plainByte(mix(id), from+d-1) == plainByte(mix(id), to-1) {
					continue
				}
				p := make([]byte, 100)
				Fill(p, id, math.MaxInt64, to)
				v := verifierAt(id, from+d)
				v.Write(p)
				got := v.Verdict()
				want := Verdict{Kind: Gap, At: from + d, To: to, Received: from + d + 100}
				if from+d > to {
					want.Kind, want.At, want.To = Duplicate, to, from+d
				}
				if got != want {
					t.Errorf("from %d to %d: verdict %+v, want %+v", from+d, to, got, want)
				}
			}
		}
	}
}
