package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"yjoint/cmd/internal/manual"
	"yjoint/core/fault"
)

const manualFolder = "../../docs/man"

// TestManual: faultsink(1) in docs/man is what the verbs and the text beside it make.
func TestManual(t *testing.T) {
	var synopses, verbs, options, statuses strings.Builder
	for _, c := range newRoot().Commands() {
		if c.Hidden {
			continue
		}
		if c.Name() != defaultVerb {
			fmt.Fprintf(&synopses, "%s\n\n", manual.Spelled(c.UseLine()))
		}
		verbs.WriteString(manual.Item("**"+c.Name()+"**", c.Short+"."))
		fmt.Fprintf(&options, "### faultsink %s\n\n%s", c.Name(), verbOptions(c))
	}
	for _, row := range statusTable {
		statuses.WriteString(manual.Item("**"+row.status+"**", row.meaning))
	}
	manual.Check(t, manualFolder, "faultsink.1", map[string]string{
		"synopses": synopses.String(), "verbs": verbs.String(), "options": options.String(), "statuses": statuses.String()})
}

// verbOptions returns what the help of the verb says, but for its examples.
func verbOptions(c *cobra.Command) string {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(c.Long, "\n\n") {
		if !strings.HasPrefix(paragraph, "  ") && !strings.HasPrefix(paragraph, planHelp) {
			fmt.Fprintf(&b, "%s\n\n", manual.Plain(paragraph))
		}
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		b.WriteString(manual.Item(manual.Spelled(strings.TrimSpace(spelledOption(f))), manual.Plain(usageOf(f))))
	})
	return b.String()
}

// TestManualPlan: faultsink-plan(7) in docs/man is what core/fault knows of plans and the text beside it make.
func TestManualPlan(t *testing.T) {
	var triggers, actions, backends strings.Builder
	for _, k := range fault.Triggers() {
		triggers.WriteString(manual.Item(manual.Spelled(k.Form()), manual.Plain(k.About())))
	}
	for _, v := range fault.Verbs() {
		actions.WriteString(manual.Item(manual.Spelled(v.Form()), manual.Plain(v.About())))
	}
	for _, b := range fault.BackEnds {
		backends.WriteString(manual.Item("**"+b.Name+"**", manual.Plain("on "+joined(b.Triggers)+": "+joined(b.Verbs))))
	}
	manual.Check(t, manualFolder, "faultsink-plan.7", map[string]string{
		"grammar": grammar(t), "triggers": triggers.String(), "actions": actions.String(), "backends": backends.String(),
		"errnos": strings.Join(fault.ErrnoNames(), ", ") + ".\n", "signals": strings.Join(fault.SignalNames(), ", ") + "."})
}

func joined[T interface{ String() string }](words []T) string {
	var all []string
	for _, w := range words {
		all = append(all, w.String())
	}
	return strings.Join(all, ", ")
}

// grammar returns the grammar as the package's comment has it, set as code.
func grammar(t *testing.T) string {
	file, err := parser.ParseFile(token.NewFileSet(), "../../core/fault/doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return code(file.Doc, "\tplan    =")
}

// code returns the indented lines of a comment from the one that begins so.
func code(doc *ast.CommentGroup, first string) string {
	var b strings.Builder
	for line := range strings.Lines(doc.Text()) {
		switch {
		case b.Len() == 0 && !strings.HasPrefix(line, first):
		case strings.HasPrefix(line, "\t"):
			b.WriteString("    " + strings.TrimPrefix(line, "\t"))
		case b.Len() > 0:
			return b.String() + "\n"
		}
	}
	return b.String()
}

// TestManualStatuses: the page has the statuses of the code, no others, and says of each what --help does.
func TestManualStatuses(t *testing.T) {
	meanings := map[string]string{}
	for _, row := range statusTable {
		meanings[row.status] = row.meaning
	}
	code, err := manual.Constants("status.go", "status")
	if err != nil {
		t.Fatal(err)
	}
	manual.CheckStatuses(t, manualFolder+"/faultsink.1", meanings, append(code, "other"))
}
