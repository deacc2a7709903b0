package main

import (
	"fmt"
	"strings"
	"testing"

	"yjoint/cmd/internal/manual"
	"yjoint/core"
)

// verdicts are those that a report can have.
var verdicts = []core.Verdict{core.Complete, core.EarlyExit, core.Failed, core.Stalled, core.NotOpened, core.Cancelled}

// TestManual: yjoint(1) in docs/man is what the tables of this package and the text beside it make.
func TestManual(t *testing.T) {
	var options, statuses strings.Builder
	for _, g := range optionGroups {
		fmt.Fprintf(&options, "### %s\n\n", g.title)
		for _, o := range g.options {
			if o.manual != "" {
				options.WriteString(manual.Item(manual.Spelled(o.spelled()), o.manual))
			}
		}
	}
	for _, row := range statusTable {
		statuses.WriteString(manual.Item("**"+row.status+"**", row.meaning))
	}
	var words []string
	for _, v := range verdicts {
		words = append(words, "**"+string(v)+"**")
	}
	manual.Check(t, "../../docs/man", "yjoint.1", map[string]string{
		"options": options.String(), "statuses": statuses.String(), "verdicts": strings.Join(words, ", "),
	})
}
