package fuzz

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yjoint/core/fault"
)

// FuzzPlanText: a plan that parses prints as a text from which the same plan is parsed, and which prints as itself; what
// doesn't parse has its error within the text.
func FuzzPlanText(f *testing.F) {
	for _, text := range []string{
		"at 8GiB-1 ENOSPC", "at 64KiB short 1 -> EINTR*3", "close EIO", "across 5 EFBIG; every 1kB EINTR; call 3 ok*2 -> EIO",
		`read at 7 stall until "a;b\n" -> rate 10MB/s -> kill TERM`, "when-full exit 3; at 0B+1 nonblock 1 -> hangup -> stall 1m30s",
		"at 1M EIO", "open EACCES; at 5 EIO", `at 5 stall until "`, "at 5 EIO*0", "fsync reset; rename EXDEV*2",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := fault.Parse(text)
		if err != nil {
			var syntax *fault.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Text != text || syntax.Msg == "" {
				t.Fatalf("%q: error %#v", text, err)
			}
			return
		}
		printed := plan.String()
		again, err := fault.Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if diff := cmp.Diff(plan, again); diff != "" {
			t.Errorf("%q prints as %q, which is another plan:\n%s", text, printed, diff)
		}
		if got := again.String(); got != printed {
			t.Errorf("%q prints as %q, and that as %q", text, printed, got)
		}
		fault.NewInjector(plan).Call(fault.OpWrite, 1) // must not panic
	})
}
