package manual

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var write = flag.Bool("manual", false, "write the pages of docs/man instead of comparing them")

// Check requires that the page called name, such as "yjoint.1", is what [Page] makes of the Markdown beside it. With -manual it writes
// the page. dir is docs/man, seen from the test's folder.
func Check(t *testing.T, dir, name string, facts map[string]string) {
	t.Helper()
	page := filepath.Join(dir, name)
	source, err := os.ReadFile(page[:len(page)-len(filepath.Ext(page))] + ".md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Page(string(source), facts)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if *write {
		if err := os.WriteFile(page, want, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date: go run ./docs/man writes it anew (-should be +is):\n%s", name, diff)
	}
}

// CheckStatuses requires that the section EXIT STATUS of the page has these meanings by status, and that the statuses are those of
// the code.
func CheckStatuses(t *testing.T, page string, meanings map[string]string, code []string) {
	t.Helper()
	got, err := Entries(page, "EXIT STATUS")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(meanings, got); diff != "" {
		t.Errorf("EXIT STATUS (-table of the program +page):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(code)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("EXIT STATUS (-constants +page):\n%s", diff)
	}
}
