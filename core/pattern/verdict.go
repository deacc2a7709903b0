package pattern

import (
	"fmt"
	"strings"
)

// A Kind is what a [Verdict] says of the first anomaly. Offsets called received
// count the bytes that arrived; the others count the bytes of the stream. Up to
// the first anomaly they are equal.
type Kind int

// The kinds of verdicts, with the text that each is printed as.
const (
	// Prefix is `prefix N`: the first N bytes of the stream, without its end.
	// N is in At. It is the verdict on an empty input, with N = 0.
	Prefix Kind = iota

	// Complete is `complete`: the whole stream, and nothing else.
	Complete

	// Gap is `gap [A,B)`: the stream's bytes A to B-1 are missing; those from B
	// on follow directly on A-1. A and B, in At and To, are exact to the byte.
	// If several pairs with the same distance describe the same input, it is
	// the one of which A or B is divisible by the highest power of two (0 by
	// all), the lowest of equals.
	Gap

	// Duplicate is `duplicate [A,B)`: after the byte B-1 the stream went on from
	// A, so that A to B-1 came a second time. A and B, in At and To, are exact
	// as for Gap. Bytes that come again after the end mark are Duplicate too.
	Duplicate

	// Shifted is `shifted by K at A`: from received offset A on there are bytes
	// that the stream doesn't have there; the stream resumes after them, K
	// bytes later (K > 0) or earlier (K < 0) than where it belongs. K is in
	// Shift, A in At. If K bytes were inserted, K is their number.
	Shifted

	// Foreign is `foreign (stream S) at A`, or `foreign (stream S)` if A = 0:
	// from received offset A on there are words of the stream with id S. S is
	// in Stream, A in At.
	Foreign

	// Torn is `torn at A`: from received offset A on the bytes belong to no
	// recognisable position of any stream, and if this one resumes, then
	// exactly where it belongs. A is in At.
	Torn

	// Trailing is `trailing`: a complete stream, then bytes that aren't a
	// repetition of it. At is the received offset of the first of them; it
	// isn't printed.
	Trailing
)

// A Verdict is what a [Verifier] found: the first anomaly, or that there is
// none. Fields that the Kind doesn't mention are 0. The zero Verdict is
// `prefix 0`, the verdict on an empty input.
type Verdict struct {
	Kind   Kind
	At, To int64  // in bytes; see Kind
	Shift  int64  // in bytes; see Shifted
	Stream uint64 // an id; see Foreign

	// Received is the number of bytes that arrived, those after the anomaly
	// included. It isn't printed, and ParseVerdict leaves it 0.
	Received int64
}

// String returns the verdict in the form that its [Kind] documents, numbers in
// decimal. [ParseVerdict] reads it back.
func (v Verdict) String() string {
	switch v.Kind {
	case Prefix:
		return fmt.Sprintf("prefix %d", v.At)
	case Complete:
		return "complete"
	case Gap:
		return fmt.Sprintf("gap [%d,%d)", v.At, v.To)
	case Duplicate:
		return fmt.Sprintf("duplicate [%d,%d)", v.At, v.To)
	case Shifted:
		return fmt.Sprintf("shifted by %d at %d", v.Shift, v.At)
	case Foreign:
		if v.At == 0 {
			return fmt.Sprintf("foreign (stream %d)", v.Stream)
		}
		return fmt.Sprintf("foreign (stream %d) at %d", v.Stream, v.At)
	case Torn:
		return fmt.Sprintf("torn at %d", v.At)
	case Trailing:
		return "trailing"
	}
	return fmt.Sprintf("verdict of kind %d", int(v.Kind))
}

// Matches reports whether v is the verdict that was expected: whether both
// print as the same text.
func (v Verdict) Matches(expected Verdict) bool { return v.String() == expected.String() }

// ParseVerdict returns the verdict that text prints: ParseVerdict(v.String())
// equals v but for what isn't printed. Any other text, be it in spacing or in
// the form of a number, and any verdict that no input can have, is an error.
func ParseVerdict(text string) (Verdict, error) {
	v := scanVerdict(text)
	if v.String() != text || !v.possible() {
		return Verdict{}, fmt.Errorf("pattern: no verdict: %q", text)
	}
	return v, nil
}

// scanVerdict reads what it can; printing its result shows what that was.
func scanVerdict(text string) (v Verdict) {
	// Sscanf's count and error add nothing to the comparison of the texts.
	switch name, _, _ := strings.Cut(text, " "); name {
	case "prefix":
		v.Kind = Prefix
		fmt.Sscanf(text, "prefix %d", &v.At)
	case "complete":
		v.Kind = Complete
	case "gap":
		v.Kind = Gap
		fmt.Sscanf(text, "gap [%d,%d)", &v.At, &v.To)
	case "duplicate":
		v.Kind = Duplicate
		fmt.Sscanf(text, "duplicate [%d,%d)", &v.At, &v.To)
	case "shifted":
		v.Kind = Shifted
		fmt.Sscanf(text, "shifted by %d at %d", &v.Shift, &v.At)
	case "foreign":
		v.Kind = Foreign
		fmt.Sscanf(text, "foreign (stream %d) at %d", &v.Stream, &v.At)
	case "torn":
		v.Kind = Torn
		fmt.Sscanf(text, "torn at %d", &v.At)
	case "trailing":
		v.Kind = Trailing
	}
	return v
}

// possible reports whether an input can have that verdict.
func (v Verdict) possible() bool {
	switch v.Kind {
	case Gap, Duplicate:
		return v.At >= 0 && v.At < v.To
	case Shifted:
		return v.At >= 0 && v.Shift != 0
	}
	return v.At >= 0
}
