package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"yjoint/cmd/internal/completion"
)

func textsOf(r completion.Reply) (texts []string) {
	for _, c := range r.Candidates {
		texts = append(texts, c.Text)
	}
	return texts
}

// TestCompleteOptions: every option is offered with what it is for, and what is offered for its value is taken.
func TestCompleteOptions(t *testing.T) {
	offered := complete([]string{"--"})
	newParser().flags.VisitAll(func(f *pflag.Flag) {
		i := slices.IndexFunc(offered.Candidates, func(c completion.Candidate) bool { return c.Text == "--"+f.Name })
		if i < 0 || offered.Candidates[i].About == "" {
			t.Errorf("--%s is not offered, or nothing is said of it", f.Name)
		}
		if f.NoOptDefVal != "" {
			return
		}
		r := complete([]string{"--" + f.Name, ""})
		if len(r.Candidates) == 0 && !r.Files && !r.Folders {
			t.Errorf("--%s: nothing is offered for its value", f.Name)
		}
		for _, c := range r.Candidates {
			args := []string{"-o", "a", "-o", "b", "--digest=sha256", "--" + f.Name, c.Text, "--", "true"}
			if f.Name == "with" || f.Name == "from" {
				continue
			}
			if _, err := parseArgs(args); err != nil {
				t.Errorf("--%s %s is offered: %v", f.Name, c.Text, err)
			}
		}
	})
}

// TestCompleteWith: each key is offered for the outputs that it is for, once, behind those that are there.
func TestCompleteWith(t *testing.T) {
	for _, k := range withKeys {
		for kind, option := range map[outputKind]string{byPath: "-o", byCommand: "-x"} {
			want := k.name
			if k.value != "" {
				want += "="
			}
			for _, head := range []string{"", `name=a\,b,`} {
				got := textsOf(complete([]string{option, "x", "--with", head}))
				if has := slices.Contains(got, head+want); has != (slices.Contains(k.kinds, kind) && (head == "" || k.name != "name")) {
					t.Errorf("%s x --with %s: %q is among %q: %v", option, head, want, got, has)
				}
			}
		}
	}
	for words, want := range map[string]string{
		"-x y --with early-exit=":                "early-exit=fail early-exit=ok",
		"-x y --with name=z,early-exit=o":        "name=z,early-exit=ok",
		"-o y --with optional,stall-timeout=90s": "optional,stall-timeout=90s",
		"-o y -x z --with early-exit=f":          "early-exit=fail",
		"-x z -o y --with early-exit=f":          "",
	} {
		typed := strings.Fields(words)
		matching := slices.DeleteFunc(textsOf(complete(typed)), func(text string) bool { return !strings.HasPrefix(text, typed[len(typed)-1]) })
		if got := strings.Join(matching, " "); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}
