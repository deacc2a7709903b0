package pattern_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"yjoint/core/pattern"
)

// feed writes p to v in chunks of 1 to most bytes.
func feed(v *pattern.Verifier, rng *rand.Rand, most int, p []byte) {
	for len(p) > 0 {
		n := min(1+rng.IntN(most), len(p))
		if k, err := v.Write(p[:n]); k != n || err != nil {
			panic(fmt.Sprint("Write returned ", k, err))
		}
		p = p[n:]
	}
}

// expect reports it if the verdict on p, in any of several chunkings, isn't
// the one that prints as want.
func expect(t *testing.T, fresh func() *pattern.Verifier, p []byte, want string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, uint64(len(p))))
	for _, most := range []int{len(p) + 1, 1, 9, 100, 1000} {
		v := fresh()
		feed(v, rng, most, p)
		got := v.Verdict()
		if got.String() != want || got.Received != int64(len(p)) {
			t.Errorf("chunks of up to %d: verdict %q on %d bytes, want %q on %d", most, got, got.Received, want, len(p))
		}
	}
}

// expects returns a function that makes Verifiers for that stream.
func expects(id uint64) func() *pattern.Verifier {
	return func() *pattern.Verifier { return pattern.NewVerifier(id) }
}

// TestVerdicts has an input of each kind, each made from a stream of 10001
// bytes.
func TestVerdicts(t *testing.T) {
	const id, size = 42, 10001
	s := stream(t, id, size, 0, size)
	other := stream(t, 43, 1<<40, 1<<30, 5000)
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 100))
	zeros := make([]byte, 5000)
	for _, c := range []struct {
		name, want string
		parts      [][]byte
	}{
		{"nothing", "prefix 0", nil},
		{"whole", "complete", [][]byte{s}},
		{"cut", "prefix 5000", [][]byte{s[:5000]}},
		{"cut-in-mark", "prefix 9995", [][]byte{s[:9995]}},
		{"cut-after-mark", "prefix 10000", [][]byte{s[:10000]}},
		{"lost-block", "gap [4096,8192)", [][]byte{s[:4096], s[8192:]}},
		{"lost-start", "gap [0,3)", [][]byte{s[3:]}},
		{"lost-byte", "gap [100,101)", [][]byte{s[:100], s[101:]}},
		{"lost-all-but-mark", "gap [2,9992)", [][]byte{s[:2], s[9992:]}},
		{"lost-block-and-end", "gap [4096,8192)", [][]byte{s[:4096], s[8192:8208]}},
		{"lost-two-blocks", "gap [1024,2048)", [][]byte{s[:1024], s[2048:4096], s[5000:]}},
		{"swapped-blocks", "gap [1024,2048)", [][]byte{s[:1024], s[2048:3072], s[1024:2048], s[3072:]}},
		{"repeated-block", "duplicate [4096,8192)", [][]byte{s[:8192], s[4096:]}},
		{"repeated-byte", "duplicate [100,101)", [][]byte{s[:101], s[100:]}},
		{"restarted", "duplicate [0,5003)", [][]byte{s[:5003], s}},
		{"repeated-end", "duplicate [9000,10001)", [][]byte{s, s[9000:]}},
		{"repeated-mark", "duplicate [9992,10001)", [][]byte{s, s[9992:]}},
		{"repeated-from-mark", "duplicate [9000,9996)", [][]byte{s[:9996], s[9000:]}},
		{"repeated-whole", "duplicate [0,10001)", [][]byte{s, s}},
		{"inserted", "shifted by 5 at 777", [][]byte{s[:777], text[:5], s[777:]}},
		{"inserted-at-start", "shifted by 5000 at 0", [][]byte{zeros, s}},
		{"replaced-by-less", "shifted by -95 at 777", [][]byte{s[:777], text[:5], s[877:]}},
		{"overwritten", "torn at 777", [][]byte{s[:777], text[:5], s[782:]}},
		{"overwritten-long", "torn at 777", [][]byte{s[:777], text[:2000], s[2777:]}},
		{"overwritten-end", "torn at 9992", [][]byte{s[:9993], text[:8]}},
		{"inserted-and-cut", "shifted by 1000 at 777", [][]byte{s[:777], text[:1000], s[777:5000], zeros}},
		{"lost-all-but-damaged-mark", "torn at 2", [][]byte{s[:2], s[9992:10000], {^s[10000]}}},
		{"zeros", "torn at 0", [][]byte{zeros}},
		{"ones", "torn at 0", [][]byte{bytes.Repeat([]byte{0xff}, 5000)}},
		{"text", "torn at 0", [][]byte{text}},
		{"zeros-after", "torn at 5001", [][]byte{s[:5001], zeros}},
		{"other-stream", "foreign (stream 43)", [][]byte{other}},
		{"other-stream-within", "foreign (stream 43) at 777", [][]byte{s[:777], other[777:1777], s[1777:]}},
		{"other-stream-inserted", "foreign (stream 43) at 777", [][]byte{s[:777], other[3:50], s[777:]}},
		{"other-stream-after-text", "torn at 777", [][]byte{s[:777], text[:3], other}},
		{"other-stream-short", "torn at 777", [][]byte{s[:777], other[777:800], s[800:]}},
		{"other-stream-after", "trailing", [][]byte{s, other}},
		{"byte-after", "trailing", [][]byte{s, {0}}},
		{"inserted-like-mark", "shifted by 1 at 800", [][]byte{s[:800], {s[800] ^ 0xa0}, s[800:]}},
		{"lost-after-like-mark", "shifted by -99 at 800", [][]byte{s[:800], {s[800] ^ 0xa0}, s[900:]}},
		{"overwritten-like-mark", "torn at 800", [][]byte{s[:800], {s[800] ^ 0xa0}, s[801:]}},
		{"overwritten-like-stream-of-1", "torn at 0", [][]byte{{s[0] ^ 0xa9}, s[1:]}},
		{"stream-of-1-inserted", "shifted by 1 at 0", [][]byte{{s[0] ^ 0xa9}, s}},
		{"other-stream-like-stream-of-1", "foreign (stream 43)", [][]byte{other[bytes.IndexByte(other, s[0]^0xa9):]}},
		{"repeated-after-like-mark", "shifted by 32 at 800", [][]byte{s[:800], {s[800] ^ 0xa0}, s[769:]}},
		{"repeated-farther-after-like-mark", "duplicate [768,801)", [][]byte{s[:800], {s[800] ^ 0xa0}, s[768:]}},
		{"repeated-far-after-like-mark", "duplicate [700,801)", [][]byte{s[:800], {s[800] ^ 0xa0}, s[700:]}},
		{"two-words-then-text", "gap [776,1000)", [][]byte{s[:776], s[1000:1016], text}},
		{"text-after", "trailing", [][]byte{s, text}},
		{"text-and-end-after", "trailing", [][]byte{s, text[:5], s[5000:]}},
		{"longer-stream-after", "trailing", [][]byte{s, stream(t, id, 1<<40, size, 5000)}},
	} {
		t.Run("input="+c.name, func(t *testing.T) {
			expect(t, expects(id), slices.Concat(c.parts...), c.want)
		})
	}
}

// TestShortStreams has every size up to 64 in full, cut at every byte, and with
// something after it.
func TestShortStreams(t *testing.T) {
	for id := range uint64(20) {
		for size := range int64(65) {
			s := stream(t, id, size, 0, int(size))
			for n := range s {
				expect(t, expects(id), s[:n], fmt.Sprint("prefix ", n))
			}
			if size == 0 {
				expect(t, expects(id), s, "prefix 0")
				continue
			}
			expect(t, expects(id), s, "complete")
			expect(t, expects(id), append(s, 'x'), "trailing")
			expect(t, expects(id), append(s, make([]byte, 100)...), "trailing")
		}
	}
}

// TestShortResumption recognises two words of each lane after long damage.
func TestShortResumption(t *testing.T) {
	s := stream(t, 42, 10001, 0, 10001)
	text := bytes.Repeat([]byte("damage"), 100)
	for at := 2000; at < 2032; at += 8 {
		expect(t, expects(42), slices.Concat(s[:777], text, s[at:at+16], text), fmt.Sprintf("shifted by %d at 777", 777+len(text)-at))
	}
}

// TestEachWordOfBlocks requires that a word which belongs two blocks before is
// noticed, wherever the comparison of blocks begins.
func TestEachWordOfBlocks(t *testing.T) {
	s := stream(t, 42, 1000, 0, 1000)
	for at := 128; at < 160; at += 8 {
		input := slices.Clone(s)
		copy(input[at:at+8], s[at-64:])
		for _, first := range []int{0, 32, 64, 96, 128} {
			v := pattern.NewVerifier(42)
			v.Write(input[:first])
			v.Write(input[first:])
			if got, want := v.Verdict().String(), fmt.Sprint("torn at ", common(s, input)); got != want {
				t.Errorf("from %d: verdict %q, want %q", first, got, want)
			}
		}
	}
}

// TestNoMarkBeforeTheAnomaly has a plain word that looks like the end of the
// stream with what comes after it, but is where it belongs.
func TestNoMarkBeforeTheAnomaly(t *testing.T) {
	const at, like = 18905 * 8, 17556447269360
	expect(t, expects(1), append(stream(t, 1, 1<<40, 0, at+8), stream(t, 1, 1<<60, like+8, 4)...), fmt.Sprint("torn at ", at+8))
}

// TestVerdictAtAnyTime asks after each byte, which must change nothing.
func TestVerdictAtAnyTime(t *testing.T) {
	s := stream(t, 6, 700, 0, 700)
	input := slices.Concat(s[:100], s[200:])
	for _, v := range []*pattern.Verifier{pattern.NewVerifier(6), pattern.NewAnyVerifier()} {
		for n := range input {
			v.Stream()
			got := v.Verdict().String()
			switch {
			case n >= 32 && n <= 100 && got != fmt.Sprint("prefix ", n), n >= 124 && got != "gap [100,200)":
				t.Fatalf("after %d bytes: verdict %q", n, got)
			}
			v.Write(input[n : n+1])
		}
		if got := v.Verdict().String(); got != "gap [100,200)" {
			t.Errorf("in the end: verdict %q", got)
		}
	}
}

func TestZeroVerifier(t *testing.T) {
	expect(t, func() *pattern.Verifier { return new(pattern.Verifier) }, stream(t, 0, 999, 0, 999), "complete")
}

// TestAnyVerifier has inputs of which the start doesn't say what they are.
func TestAnyVerifier(t *testing.T) {
	const id = 1<<63 + 12345
	s := stream(t, id, 5000, 0, 5000)
	for _, c := range []struct {
		name, want string
		id         uint64
		input      []byte
	}{
		{"nothing", "prefix 0", 0, nil},
		{"whole", "complete", id, s},
		{"cut", "prefix 2000", id, s[:2000]},
		{"four-words", "prefix 32", id, s[:32]},
		{"lost-start", "gap [0,999)", id, s[999:]},
		{"text-before", "shifted by 4 at 0", id, append([]byte("text"), s...)},
		{"late", "shifted by 480 at 0", id, append(make([]byte, 480), s...)},
		{"too-late", "foreign (stream 9223372036854788153) at 481", 0, append(stream(t, 0, 5000, 0, 481), s...)},
		{"smallest", "complete", id, stream(t, id, 32, 0, 32)},
		{"too-small-to-tell", "torn at 0", 0, stream(t, id, 31, 0, 31)},
		{"too-few-words", "torn at 0", 0, append(stream(t, id, 5000, 0, 24), "text, and so on"...)},
		{"wrapping-index", "gap [0,422212465065968)", id, stream(t, id, 1<<63-1, 3*128<<40-16, 32)},
		{"small-stream-0", "complete", 0, stream(t, 0, 31, 0, 31)},
		{"text", "torn at 0", 0, bytes.Repeat([]byte("text"), 1000)},
		{"far", "gap [0,4611686018427387904)", id, stream(t, id, 1<<63-1, 1<<62, 5000)},
	} {
		t.Run("input="+c.name, func(t *testing.T) {
			expect(t, pattern.NewAnyVerifier, c.input, c.want)
			v := pattern.NewAnyVerifier()
			v.Write(c.input)
			if got, known := v.Stream(); got != c.id || known != (len(c.input) >= 512) {
				t.Errorf("stream %d, known %v; want %d", got, known, c.id)
			}
		})
	}
	if got, known := pattern.NewVerifier(id).Stream(); got != id || !known {
		t.Errorf("NewVerifier(%d) expects stream %d, known %v", uint64(id), got, known)
	}
}
