package size

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// texts are the keys of a table, in an order that does not change: fuzzers name seeds by their number.
func texts[V any](table map[string]V) []string { return slices.Sorted(maps.Keys(table)) }

// FuzzSize: a size that parses is not negative, and prints as a text, never longer than its digits, that parses to the same and
// prints as itself; any other text is refused with a line that names what is wrong with it.
func FuzzSize(f *testing.F) {
	for _, text := range append(texts(sizes), texts(notSizes)...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		printed := Format(n)
		again, err := Parse(printed)
		if n < 0 || err != nil || again != n || Format(again) != printed {
			t.Errorf("%q is %d, printed as %q, which is %d, %v, printed as %q", text, n, printed, again, err, Format(again))
		}
		var v Value
		if err := v.Set(text); err != nil || int64(v) != n || v.String() != printed {
			t.Errorf("%q as an option's value: %d, %q, %v", text, int64(v), v.String(), err)
		}
		if digits := strings.Trim(text, "0123456789") == ""; digits && strings.TrimLeft(text, "0") != "" && len(printed) > len(text) {
			t.Errorf("%q is printed as %q, which is longer", text, printed)
		}
	})
}

// FuzzFormat: every number prints as a text that parses to it.
func FuzzFormat(f *testing.F) {
	for _, text := range texts(sizes) {
		for near := int64(-2); near <= 2; near++ {
			f.Add(sizes[text] + near) // past the largest int64: negative
		}
	}
	f.Fuzz(func(t *testing.T, n int64) {
		text := Format(n)
		got, err := Parse(text)
		if n < 0 && err == nil || n >= 0 && (err != nil || got != n) {
			t.Errorf("%d is printed as %q, which parses as %d, %v", n, text, got, err)
		}
	})
}

// FuzzDuration: a duration that parses is not negative, and prints as a text that parses to the same; any other text is
// refused with a line that names it.
func FuzzDuration(f *testing.F) {
	for _, text := range append(texts(durations), texts(notDurations)...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		printed := (*Duration)(&d).String()
		again, err := ParseDuration(printed)
		if d < 0 || err != nil || again != d {
			t.Errorf("%q is %v, printed as %q, which is %v, %v", text, d, printed, again, err)
		}
		if whole := strings.Trim(text, "0123456789") == ""; whole && time.Duration(d) != 0 {
			t.Errorf("%q lacks its unit, but is %v", text, d)
		}
	})
}

// checkRefusal requires that what is said of a refused text names it, or the part that is wrong, in one line without a full stop.
func checkRefusal(t *testing.T, text string, err error) {
	t.Helper()
	said := err.Error()
	if strings.Contains(said, "\n") || strings.HasSuffix(said, ".") {
		t.Errorf("%q: not one line without a full stop: %q", text, said)
	}
	if text == "" {
		return
	}
	if strings.HasPrefix(said, show(text)) {
		return
	}
	// A term that is wrong by its unit is named alone.
	if term, _, _ := strings.Cut(said, " "); !strings.Contains(text, strings.TrimSuffix(term, ":")) {
		t.Errorf("%q: does not name it: %q", text, said)
	}
}
