package fuzz

import (
	"bytes"
	"slices"
	"testing"

	"yjoint/core/pattern"
)

// The edits that FuzzVerifier makes to a stream.
const (
	editNothing = iota
	editCut
	editDelete
	editRepeat
	editInsert
	editFlip
	editForeign
	editAppend
	edits
)

// FuzzVerifier: whatever one edit does to a stream, and in whatever chunks it arrives, the verdict describes what arrived:
// made to the stream, what it says gives the input again.
func FuzzVerifier(f *testing.F) {
	for edit := range uint8(edits) {
		f.Add(edit, uint64(1), uint16(5000), uint16(1000), uint16(100), uint16(77))
	}
	f.Fuzz(func(t *testing.T, edit uint8, id uint64, size, at, length, chunk uint16) {
		n := int64(size) + 256 // room for words on both sides of the edit
		s := make([]byte, n)
		pattern.Fill(s, id, n, 0)
		// At least two whole words are left before and after, so that what goes on there is recognised.
		a := 64 + int(at)%(int(n)-128)
		b := min(a+1+int(length)%1000, int(n)-64)
		if b <= a {
			return
		}
		edit %= edits
		input := editOf(int(edit), s, id, a, b)
		if bytes.Equal(input, s) {
			edit = editNothing // another stream may have the same byte there
		}
		v := pattern.NewVerifier(id)
		for rest := input; len(rest) > 0; {
			k := min(len(rest), int(chunk)%4096+1)
			v.Write(rest[:k])
			rest = rest[k:]
		}
		got := v.Verdict()
		if !describes(got, s, input) {
			t.Errorf("edit %d of [%d,%d) in a stream of %d bytes: the verdict is %v, which does not give what arrived", edit, a, b, n, got)
		}
		if want := kindOf(int(edit)); !slices.Contains(want, got.Kind) {
			t.Errorf("edit %d of [%d,%d) in a stream of %d bytes: the verdict is %v", edit, a, b, n, got)
		}
	})
}

func editOf(edit int, s []byte, id uint64, a, b int) []byte {
	switch edit {
	case editCut:
		return slices.Clone(s[:a])
	case editDelete:
		return slices.Concat(s[:a], s[b:])
	case editRepeat:
		return slices.Concat(s[:b], s[a:])
	case editInsert:
		return slices.Concat(s[:a], bytes.Repeat([]byte{s[a] ^ 1}, b-a), s[a:])
	case editFlip:
		p := slices.Clone(s)
		for i := a; i < b; i++ {
			p[i] ^= 0x80
		}
		return p
	case editForeign:
		p := slices.Clone(s)
		pattern.Fill(p[a:b], id+1, int64(len(s)), int64(a))
		return p
	case editAppend:
		return append(slices.Clone(s), bytes.Repeat([]byte{0}, b-a)...)
	}
	return slices.Clone(s)
}

// kindOf has the kinds that a verdict may be of.
func kindOf(edit int) []pattern.Kind {
	switch edit {
	case editNothing:
		return []pattern.Kind{pattern.Complete}
	case editCut:
		return []pattern.Kind{pattern.Prefix}
	case editDelete:
		return []pattern.Kind{pattern.Gap}
	case editRepeat:
		return []pattern.Kind{pattern.Duplicate}
	case editInsert:
		return []pattern.Kind{pattern.Shifted, pattern.Duplicate} // duplicate: what was inserted is what stood before
	case editForeign:
		return []pattern.Kind{pattern.Foreign, pattern.Torn} // torn: less than four whole words
	case editAppend:
		return []pattern.Kind{pattern.Trailing}
	}
	// The same bits flipped in several words in a row can make them words of another stream.
	return []pattern.Kind{pattern.Torn, pattern.Foreign}
}

// describes reports whether what v says, made to the stream s, gives input, as far as v says what there is.
func describes(v pattern.Verdict, s, input []byte) bool {
	at, to := int(v.At), int(v.To)
	switch v.Kind {
	case pattern.Complete:
		return bytes.Equal(input, s)
	case pattern.Prefix:
		return len(input) == at && bytes.HasPrefix(s, input)
	case pattern.Gap:
		return bytes.Equal(input, slices.Concat(s[:at], s[to:]))
	case pattern.Duplicate:
		return bytes.Equal(input, slices.Concat(s[:to], s[at:]))
	case pattern.Shifted:
		k := int(v.Shift)
		return bytes.HasPrefix(input, s[:at]) && k > 0 && bytes.HasSuffix(input, s[at:]) && len(input) == len(s)+k
	case pattern.Foreign, pattern.Torn:
		return bytes.HasPrefix(input, s[:at]) && at < len(input) && input[at] != s[at]
	case pattern.Trailing:
		return at == len(s) && bytes.HasPrefix(input, s) && len(input) > len(s)
	}
	return false
}
