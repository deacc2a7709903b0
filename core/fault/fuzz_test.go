package fault

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzPlanText: a plan that parses prints as a text from which the same plan is parsed, and which prints as itself; what
// doesn't parse has its error within the text.
func FuzzPlanText(f *testing.F) {
	for _, tt := range refused {
		f.Add(tt.text)
	}
	for _, text := range slices.Sorted(maps.Keys(accepted)) {
		f.Add(text)
	}
	for seed := range uint64(20) {
		f.Add(Random(seed, 0, RandomOptions{Size: 8 << 30}).String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Text != text || syntax.Msg == "" {
				t.Fatalf("%q: error %#v", text, err)
			}
			return
		}
		printed := plan.String()
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if diff := cmp.Diff(plan, again); diff != "" {
			t.Errorf("%q prints as %q, which is another plan:\n%s", text, printed, diff)
		}
		if got := again.String(); got != printed {
			t.Errorf("%q prints as %q, and that as %q", text, printed, got)
		}
		NewInjector(plan).Call(OpWrite, 1) // must not panic
	})
}
