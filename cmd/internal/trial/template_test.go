package trial

import (
	"slices"
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		words   string
		stdout  bool
		outputs int
		filled  string
	}{
		{"tee -p {out} {out}", true, 3, "tee -p A B"},
		{"tee {outs}", true, 4, "tee A B C"},
		{"pee {cmd} {cmd}", false, 2, "pee A B"},
		{"t --out={out} -x {cmd} --pair={out},{out}", false, 4, "t --out=A -x B --pair=C,D"},
		{"yjoint -", true, 1, "yjoint -"},
		{"t {cmds} {} {a b} {out}", false, 4, "t A B C {} {a b} D"},
	} {
		tmpl, err := ParseTemplate(splitWords(c.words), c.stdout)
		if err != nil {
			t.Errorf("%s: %v", c.words, err)
			continue
		}
		if tmpl.Outputs() != c.outputs {
			t.Errorf("%s: %d outputs", c.words, tmpl.Outputs())
		}
		if got := strings.Join(tmpl.Fill([]string{"A", "B", "C", "D"}), " "); got != c.filled {
			t.Errorf("%s: %s", c.words, got)
		}
	}
}

// splitWords splits at spaces but for those in braces.
func splitWords(text string) (words []string) {
	for _, w := range strings.Fields(strings.ReplaceAll(text, "{a b}", "{a\x00b}")) {
		words = append(words, strings.ReplaceAll(w, "\x00", " "))
	}
	return words
}

func TestTemplateRejected(t *testing.T) {
	for words, want := range map[string]string{
		"":                  "no TOOL",
		"{out} x":           "is no program",
		"tee a b":           "has no output",
		"tee --out={outs}":  "a word of its own",
		"tee {output}":      "unknown placeholder {output}",
		"tee {OUT} {out}":   "unknown placeholder {OUT}",
		"tee -x {command}s": "unknown placeholder {command}",
	} {
		_, err := ParseTemplate(strings.Fields(words), false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", words, err, want)
		}
	}
}

func TestMatches(t *testing.T) {
	s, place := Scenario{Name: "reader-exits"}, Place{"2", "pipe+1"}
	for pattern, want := range map[string]bool{
		"": true, "reader-exits": true, "reader-*": true, "reader-exits[pos=2,at=pipe+1]": true, "reader-exits[pos=2,at=*]": true,
		"*[pos=2,*": true, "reader-exits[pos=1,at=pipe+1]": false, "reader": false, "*-exits[pos=stdout,at=0]": false, "[": false,
	} {
		if got := s.matches(pattern, place); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
}

// TestCatalogue: each name is there once and says why; each case can be made for each kind of template, or says why not.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Catalogue {
		if seen[s.Name] || s.Class == "" || len(s.Why) < 15 {
			t.Errorf("%+v", s)
		}
		seen[s.Name] = true
	}
	for _, words := range []string{"tee {outs}", "tee {out}", "pee {cmd} {cmd}", "t {out} {cmd}"} {
		tmpl, err := ParseTemplate(strings.Fields(words), true)
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]bool{}
		for _, s := range Select(tmpl, "", true) {
			name := s.Name + s.Place.String()
			if cells[name] {
				t.Errorf("%s: %s is there twice", words, name)
			}
			cells[name] = true
			tmpl := tmpl
			if s.Place.isBig() {
				tmpl = tmpl.narrow()
			}
			c, err := s.makeCase(tmpl, s.Place, DefaultSize, 7)
			if err == nil && len(c.Outputs) != tmpl.Outputs() || err != nil && s.Place.isBig() && !strings.Contains(words, cmdWord) {
				t.Errorf("%s: %s: %+v, error %v", words, name, c, err)
			}
		}
	}
}

// TestNarrow: two outputs are enough where gigabytes go to each, but for a template that names more.
func TestNarrow(t *testing.T) {
	for words, want := range map[string]int{"tee {outs}": 2, "tee {out} {out}": 3, "tee {out} {outs}": 3, "pee {cmds}": 2} {
		tmpl, err := ParseTemplate(strings.Fields(words), true)
		if err != nil {
			t.Fatal(err)
		}
		few := tmpl.narrow()
		if got := few.Fill(slices.Repeat([]string{"x"}, want-1)); few.Outputs() != want || len(got) != want {
			t.Errorf("%s: %d outputs, %q", words, few.Outputs(), got)
		}
	}
	if tmpl, err := ParseTemplate([]string{"pee", cmdsWord}, false); err != nil || tmpl.narrow().Outputs() != defaultOutputs {
		t.Errorf("without standard output: %d, %v", tmpl.narrow().Outputs(), err)
	}
}

func TestFindProfileRejected(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for profile, want := range map[string]string{
		"tee -p": "no program for it was found", "tea": `unknown profile "tea"`, "  ": "an empty profile",
		"/no/such/tee": "no program for it was found", "/bin/sh": "use a template",
	} {
		if _, err := FindProfile(profile); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", profile, err, want)
		}
	}
}
