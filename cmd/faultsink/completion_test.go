package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"yjoint/cmd/internal/completion"
	"yjoint/cmd/internal/trial"
	"yjoint/core/fault"
)

func textsOf(r completion.Reply) (texts []string) {
	for _, c := range r.Candidates {
		texts = append(texts, c.Text)
	}
	return texts
}

// TestCompleteVerbs: each verb is offered, and each of its options, and what is offered for an option's value is taken.
func TestCompleteVerbs(t *testing.T) {
	verbs := textsOf(complete([]string{""}))
	for _, c := range newRoot().Commands() {
		if c.Hidden {
			continue
		}
		if !slices.Contains(verbs, c.Name()) {
			t.Errorf("the verb %s is not offered", c.Name())
		}
		options := textsOf(complete([]string{c.Name(), "--"}))
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(options, "--"+f.Name) {
				t.Errorf("%s --%s is not offered", c.Name(), f.Name)
			}
			if f.NoOptDefVal != "" {
				return
			}
			for _, text := range textsOf(complete([]string{c.Name(), "--" + f.Name, ""})) {
				again := newRoot()
				same, _, _ := again.Find([]string{c.Name()})
				if err := same.Flags().Set(f.Name, text); err != nil {
					t.Errorf("%s --%s %s is offered: %v", c.Name(), f.Name, text, err)
				}
			}
		})
	}
}

func TestCompletePlans(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ words, want string }{ // "_" is a space within a word
		{"exec --fault st", "stdin= stdout= stderr= fd3="},
		{"mount m --fault st", ""},
		{"exec --fault x=when", ""},
		{"exec --fault x=ran", "x=random 64KiB"},
		{"exec --fault x=at_1MB_EDQ", "x=at 1MB EDQUOT"},
		{"mount m --fault *.csv=at_1MB_EDQ", "*.csv=at 1MB EDQUOT"},
		{"mount m --fault *.csv=at_1MB_kill", ""},
		{"sink --plan at_1MB_EDQ", ""},
		{"--plan when-full_kill_TER", "when-full kill TERM"},
		{"gen 1MiB --plan at_1MB_hang", "at 1MB hangup"},
		{"--stall-after 1MB=3", "1MB=3ms 1MB=3s 1MB=3m 1MB=3h"},
		{"--close-after 7Gi", "7GiB"},
		{"--rate 7G", "7GiB/s 7GB/s"},
		{"verify --expect prefix_7G", "prefix 7GiB prefix 7GB"},
	} {
		words := strings.Fields(c.words)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "_", " ")
		}
		var got []string
		for _, text := range textsOf(complete(words)) {
			if strings.HasPrefix(text, words[len(words)-1]) || strings.HasSuffix(text, "=") {
				got = append(got, text)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %q", c.words, got, c.want)
		}
	}
}

// TestCompleteTrial: profiles and scenarios are those that there are.
func TestCompleteTrial(t *testing.T) {
	if got := textsOf(complete([]string{"trial", "y"})); !slices.Contains(got, "yjoint-x") || len(got) != len(trial.Profiles()) {
		t.Errorf("%q", got)
	}
	if got := textsOf(complete([]string{"trial", "--scenario", ""})); len(got) != len(trial.Catalogue) {
		t.Errorf("%q", got)
	}
	if got := textsOf(complete([]string{"sweep", "--errno", "EIO,"})); len(got) != len(fault.ErrnoNames())-1 {
		t.Errorf("%q", got)
	}
}
