package pattern_test

import (
	"math"
	"testing"

	"yjoint/core/pattern"
)

func TestVerdictText(t *testing.T) {
	for _, c := range []struct {
		v    pattern.Verdict
		text string
	}{
		{pattern.Verdict{}, "prefix 0"},
		{pattern.Verdict{Kind: pattern.Prefix, At: 8589934591}, "prefix 8589934591"},
		{pattern.Verdict{Kind: pattern.Complete}, "complete"},
		{pattern.Verdict{Kind: pattern.Gap, At: 0, To: 1}, "gap [0,1)"},
		{pattern.Verdict{Kind: pattern.Gap, At: 5, To: math.MaxInt64}, "gap [5,9223372036854775807)"},
		{pattern.Verdict{Kind: pattern.Duplicate, At: 4096, To: 5000}, "duplicate [4096,5000)"},
		{pattern.Verdict{Kind: pattern.Shifted, Shift: 3, At: 9}, "shifted by 3 at 9"},
		{pattern.Verdict{Kind: pattern.Shifted, Shift: -3, At: 0}, "shifted by -3 at 0"},
		{pattern.Verdict{Kind: pattern.Foreign, Stream: math.MaxUint64}, "foreign (stream 18446744073709551615)"},
		{pattern.Verdict{Kind: pattern.Foreign, Stream: 2, At: 7}, "foreign (stream 2) at 7"},
		{pattern.Verdict{Kind: pattern.Torn, At: 12}, "torn at 12"},
		{pattern.Verdict{Kind: pattern.Trailing}, "trailing"},
	} {
		if got := c.v.String(); got != c.text {
			t.Errorf("%+v prints as %q, want %q", c.v, got, c.text)
		}
		got, err := pattern.ParseVerdict(c.text)
		if err != nil || got != c.v {
			t.Errorf("%q is parsed as %+v, %v; want %+v", c.text, got, err, c.v)
		}
	}
}

func TestParseVerdictRejects(t *testing.T) {
	for _, text := range []string{
		"", "Complete", "complete ", " complete", "complete 5", "prefix", "prefix x", "prefix -1", "prefix +1", "prefix 01",
		"prefix 1 ", "prefix  1", "prefix 1\n", "prefix 9223372036854775808", "gap [1,2]", "gap [2,2)", "gap [3,2)", "gap [-1,2)", "gap 1,2",
		"gap [1, 2)", "duplicate [2,1)", "duplicate [1,2) at 3", "shifted by 0 at 3", "shifted by 3", "shifted by +3 at 1", "shifted by 3 at -1",
		"foreign", "foreign (stream -1)", "foreign (stream 18446744073709551616)", "foreign (stream 1) at 0", "foreign (stream 1) at -5",
		"foreign (stream 1) at", "torn", "torn at", "torn at -1", "trailing 5", "verdict of kind 9",
	} {
		if v, err := pattern.ParseVerdict(text); err == nil {
			t.Errorf("%q is parsed as %+v", text, v)
		} else if v != (pattern.Verdict{}) {
			t.Errorf("%q: an error, but also %+v", text, v)
		}
	}
}

func TestVerdictMatches(t *testing.T) {
	got := pattern.Verdict{Kind: pattern.Trailing, At: 100, Received: 101}
	want, err := pattern.ParseVerdict("trailing")
	if err != nil || !got.Matches(want) {
		t.Errorf("%+v doesn't match `trailing`, %v", got, err)
	}
	if got.Matches(pattern.Verdict{Kind: pattern.Complete}) {
		t.Error("`trailing` matches `complete`")
	}
	five := pattern.Verdict{Kind: pattern.Prefix, At: 5, Received: 5}
	if five.Matches(pattern.Verdict{Kind: pattern.Prefix, At: 6}) {
		t.Error("`prefix 5` matches `prefix 6`")
	}
}
