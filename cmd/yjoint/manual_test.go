package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yjoint/cmd/internal/manual"
	"yjoint/core"
)

const (
	manualFolder = "../../docs/man"
	manualPage   = manualFolder + "/yjoint.1"
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
	manual.Check(t, manualFolder, "yjoint.1", map[string]string{
		"options": options.String(), "statuses": statuses.String(), "verdicts": strings.Join(words, ", "),
	})
}

// TestManualStatuses: the page has the statuses of the code, no others, and says of each what --help does. So has the README.
func TestManualStatuses(t *testing.T) {
	meanings := map[string]string{}
	for _, row := range statusTable {
		meanings[row.status] = row.meaning
	}
	code, err := manual.Constants("status.go", "status")
	if err != nil {
		t.Fatal(err)
	}
	code[slices.Index(code, "128")] += "+N" // a signal is added
	manual.CheckStatuses(t, manualPage, meanings, code)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for status, meaning := range meanings {
		if !strings.Contains(string(readme), "\n| "+status+" | "+meaning+" |\n") {
			t.Errorf("the README has no row for status %s: %s", status, meaning)
		}
	}
}

// TestManualReport: the page has the members of the report, all of them and no others.
func TestManualReport(t *testing.T) {
	section, err := manual.Section(manualPage, "REPORT")
	if err != nil {
		t.Fatal(err)
	}
	section, _, _ = strings.Cut(section, "Verdicts are")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`\\fB([a-z_]+)\\fP`).FindAllStringSubmatch(section, -1) {
		named[m[1]] = true
	}
	for _, value := range []string{"linux", "portable", "true"} {
		delete(named, value)
	}
	want := map[string]bool{}
	addMembers(want, reflect.TypeFor[runReport]())
	for _, inDigest := range []string{"algorithm", "hex", "ended_by_yjoint"} {
		delete(want, inDigest) // of what is only named here
	}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("REPORT (-code +page):\n%s", diff)
	}
}

// addMembers adds the names that t has in JSON, and those of what is in it.
func addMembers(names map[string]bool, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		addMembers(names, t.Elem())
	case reflect.Struct:
		if t.PkgPath() == "time" {
			return
		}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name != "" {
				names[name] = true
			}
			addMembers(names, t.Field(i).Type)
		}
	}
}

// TestManualWords: the page has the digests, the keys of --with and the environment variables that there are.
func TestManualWords(t *testing.T) {
	page, err := os.ReadFile(manualPage)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), `\-`, "-")
	words := []string{pathVariable, "YJOINT_COMMAND"}
	for _, a := range digestAlgorithms {
		words = append(words, a.name)
	}
	for _, k := range withKeys {
		words = append(words, k.name)
	}
	for _, word := range words {
		if !strings.Contains(text, `\fB`+word) {
			t.Errorf("%s is missing", word)
		}
	}
}
