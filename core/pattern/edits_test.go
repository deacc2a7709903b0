package pattern_test

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"yjoint/core/pattern"
)

// jump returns the text of a gap or duplicate after which p goes on from stream
// offset b instead of a, as [pattern.Gap] defines it: of all pairs with that
// distance that explain the input, the roundest.
func jump(s, input []byte, a, b int) string {
	best, most := -1, -1
	for n := range min(len(s), len(input)) + 1 {
		to := n + b - a
		if to < 0 || to > len(s) || !bytes.Equal(s[:n], input[:n]) || !bytes.Equal(s[to:], input[n:]) {
			continue
		}
		if zeros := max(bits.TrailingZeros64(uint64(n)), bits.TrailingZeros64(uint64(to))); zeros > most {
			best, most = n, zeros
		}
	}
	to := best + b - a
	if a < b {
		return fmt.Sprintf("gap [%d,%d)", best, to)
	}
	return fmt.Sprintf("duplicate [%d,%d)", to, best)
}

// alike returns how many bytes before a are like those before b.
func alike(s []byte, a, b int) int {
	n := 0
	for n < a && s[a-1-n] == s[b-1-n] {
		n++
	}
	return n
}

// common returns how many bytes two inputs have in common at the start.
func common(p, q []byte) int {
	n := 0
	for n < min(len(p), len(q)) && p[n] == q[n] {
		n++
	}
	return n
}

// damaged returns the text for an input that goes on after byte n in a way that
// isn't recognised, which is different from s there.
func damaged(s, input []byte, n int) string {
	if at := markOf(len(s)); n > at && n < at+8 {
		n = at
	}
	if n == len(input)-1 && n%8 == 0 && n <= markOf(len(s)) {
		plain := s[n]
		if n == markOf(len(s)) {
			plain ^= 0xa0
		}
		// The last byte may be taken for the first of a mark of any code.
		if (input[n]^plain)&^7 == 0xa0 {
			return fmt.Sprint("prefix ", len(input))
		}
	}
	return fmt.Sprint("torn at ", n)
}

// markOf returns where the end mark of a stream of size bytes begins.
func markOf(size int) int { return size&^7 - 8 }

// TestEveryLoss deletes every range from a stream of each size modulo 8, the
// end mark included.
func TestEveryLoss(t *testing.T) {
	for size := 72; size < 80; size++ {
		s := stream(t, 11, int64(size), 0, size)
		for b := 1; b < size; b++ {
			for a := range b {
				input := slices.Concat(s[:a], s[b:])
				want := damaged(s, input, common(s, input))
				if b-alike(s, a, b) <= markOf(size) {
					want = jump(s, input, a, b)
				}
				expectOnce(t, input, 11, want, fmt.Sprintf("size %d without [%d,%d)", size, a, b))
			}
		}
	}
}

// TestEveryRepetition repeats every range, the end mark included.
func TestEveryRepetition(t *testing.T) {
	for size := 72; size < 80; size++ {
		s := stream(t, 12, int64(size), 0, size)
		for b := 1; b <= size; b++ {
			for a := range b {
				input := slices.Concat(s[:b], s[a:])
				want := damaged(s, input, common(s, input))
				if b == size {
					want = "trailing"
				}
				if a-alike(s, a, b) <= markOf(size) {
					want = jump(s, input, b, a)
				}
				expectOnce(t, input, 12, want, fmt.Sprintf("size %d with [%d,%d) twice", size, a, b))
			}
		}
	}
}

// TestEveryFlip inverts every byte, and inserts one at every byte.
func TestEveryFlip(t *testing.T) {
	for size := 72; size < 80; size++ {
		s := stream(t, 13, int64(size), 0, size)
		for a := range size {
			input := slices.Clone(s)
			input[a] ^= 0xff
			expectOnce(t, input, 13, damaged(s, input, a), fmt.Sprintf("size %d with byte %d wrong", size, a))
			if a <= markOf(size) {
				input = slices.Insert(slices.Clone(s), a, ^s[a])
				if a > 0 && input[a] == s[a-1] {
					continue // also a repetition
				}
				expectOnce(t, input, 13, fmt.Sprint("shifted by 1 at ", a), fmt.Sprintf("size %d with a byte inserted at %d", size, a))
			}
		}
	}
}

// expectOnce is expect for tests with very many inputs.
func expectOnce(t *testing.T, input []byte, id uint64, want, what string) {
	t.Helper()
	v := pattern.NewVerifier(id)
	v.Write(input)
	if got := v.Verdict().String(); got != want {
		t.Errorf("%s: verdict %q, want %q", what, got, want)
	}
}

// An edit is something that happened to a stream, at random.
type edit struct {
	rng *rand.Rand
	s   []byte // the whole stream
	id  uint64
}

// span returns a range that ends at least two words before the end mark, so
// that what follows is recognised whatever its alignment.
func (e *edit) span() (a, b int) {
	b = 1 + e.rng.IntN(len(e.s)-40)
	return e.rng.IntN(b), b
}

// noise returns n bytes none of which is the one that the stream has there, nor
// the one that it has last.
func (e *edit) noise(at, n int) []byte {
	p := make([]byte, n)
	for k := range p {
		for {
			p[k] = byte(e.rng.Uint32())
			if p[k] != e.s[min(at+k, len(e.s)-1)] && p[k] != e.s[max(at-1, 0)] {
				break
			}
		}
	}
	return p
}

// edits are all ways to change a stream, each with the exact expectation.
var edits = []struct {
	name string
	make func(e *edit) (input []byte, want string)
}{
	{"none", func(e *edit) ([]byte, string) { return e.s, "complete" }},
	{"truncate", func(e *edit) ([]byte, string) {
		n := e.rng.IntN(len(e.s))
		return e.s[:n], fmt.Sprint("prefix ", n)
	}},
	{"delete", func(e *edit) ([]byte, string) {
		a, b := e.span()
		input := slices.Concat(e.s[:a], e.s[b:])
		return input, jump(e.s, input, a, b)
	}},
	{"duplicate", func(e *edit) ([]byte, string) {
		a, b := e.span()
		input := slices.Concat(e.s[:b], e.s[a:])
		return input, jump(e.s, input, b, a)
	}},
	{"insert", func(e *edit) ([]byte, string) {
		a, _ := e.span()
		n := 1 + e.rng.IntN(2000)
		return slices.Insert(slices.Clone(e.s), a, e.noise(a, n)...), fmt.Sprintf("shifted by %d at %d", n, a)
	}},
	{"overwrite", func(e *edit) ([]byte, string) {
		a, b := e.span()
		return slices.Concat(e.s[:a], e.noise(a, b-a), e.s[b:]), fmt.Sprint("torn at ", a)
	}},
	{"splice", func(e *edit) ([]byte, string) {
		a, b := e.span()
		foreign := make([]byte, 40+e.rng.IntN(1000))
		for foreign[0] = e.s[a]; foreign[0] == e.s[a]; {
			pattern.Fill(foreign, e.id+1, 1<<62, e.rng.Int64N(1<<uint(10+e.rng.IntN(50))))
		}
		want := fmt.Sprintf("foreign (stream %d) at %d", e.id+1, a)
		if a == 0 {
			want = fmt.Sprintf("foreign (stream %d)", e.id+1)
		}
		return slices.Concat(e.s[:a], foreign, e.s[b:]), want
	}},
	{"append", func(e *edit) ([]byte, string) {
		return slices.Concat(e.s, e.noise(0, 1+e.rng.IntN(100))), "trailing"
	}},
	{"append-end", func(e *edit) ([]byte, string) {
		a, _ := e.span()
		input := slices.Concat(e.s, e.s[a:])
		return input, jump(e.s, input, len(e.s), a)
	}},
}

// TestRandomEdits compares with exact expectations, in random chunkings, for a
// Verifier that knows the id and one that learns it.
func TestRandomEdits(t *testing.T) {
	for _, edition := range edits {
		t.Run("edit="+edition.name, func(t *testing.T) {
			for seed := range uint64(1000) {
				rng := rand.New(rand.NewPCG(7, seed))
				e := &edit{rng: rng, id: rng.Uint64() >> rng.IntN(64)}
				size := 100 + rng.IntN(3000)
				e.s = stream(t, e.id, int64(size), 0, size)
				input, want := edition.make(e)
				verifiers := []*pattern.Verifier{pattern.NewVerifier(e.id)}
				if common(e.s, input) >= 32 {
					verifiers = append(verifiers, pattern.NewAnyVerifier())
				}
				for _, v := range verifiers {
					feed(v, rng, 1<<rng.IntN(13), input)
					if got := v.Verdict(); got.String() != want || got.Received != int64(len(input)) {
						t.Errorf("seed %d: verdict %q on %d bytes, want %q on %d", seed, got, got.Received, want, len(input))
					}
				}
			}
		})
	}
}

// TestChunksDontMatter has streams that are broken several times, so that no
// verdict is the only one, in one chunk and in chunks at random.
func TestChunksDontMatter(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(8, seed))
		size := 64 + rng.IntN(1000)
		e := &edit{rng: rng, s: stream(t, 14, int64(size), 0, size)}
		other := stream(t, 15, 1<<40, 0, size)
		input := slices.Clone(e.s[:rng.IntN(size)])
		for range 1 + rng.IntN(4) {
			a := rng.IntN(size)
			b := a + rng.IntN(min(100, size-a)+1)
			switch rng.IntN(4) {
			case 0:
				input = append(input, e.noise(0, b-a)...)
			case 1:
				input = append(input, other[a:b]...)
			case 2: // like an end mark, if it is the first byte of a word
				n := min(len(input)&^7, size-1)
				input = append(input[:n], e.s[n]^0xa0^byte(rng.IntN(8)))
			}
			input = append(input, e.s[a:b]...)
		}
		whole, parts := pattern.NewVerifier(14), pattern.NewVerifier(14)
		whole.Write(input)
		feed(parts, rng, 1<<rng.IntN(8), input)
		if whole.Verdict() != parts.Verdict() {
			t.Errorf("seed %d: verdict %q in one chunk, %q in several", seed, whole.Verdict(), parts.Verdict())
		}
	}
}
