package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yjoint/cmd/internal/completion"
	"yjoint/cmd/internal/trial"
	"yjoint/core/fault"
)

// completionOption is that of the whole program, before any verb.
const completionOption = "--completion"

// completionWanted returns the shell that --completion names at the beginning of args, and the words after it.
func completionWanted(args []string) (shell string, words []string, wanted bool) {
	switch {
	case len(args) == 0:
	case args[0] == completionOption && len(args) > 1:
		return args[1], args[2:], true
	case args[0] == completionOption:
		return "", nil, true
	case strings.HasPrefix(args[0], completionOption+"="):
		return args[0][len(completionOption)+1:], args[1:], true
	}
	return "", nil, false
}

// printCompletion prints the script of the shell, or what can stand in the place of the last of words.
func printCompletion(shell string, words []string, stdout io.Writer) error {
	if err := completion.CheckShell(shell); err != nil {
		return usage(fmt.Errorf("%s: %w", completionOption, err))
	}
	return completion.Write(stdout, shell, "faultsink", words, complete)
}

// complete returns what can stand in the place of the last of words.
func complete(words []string) completion.Reply {
	root := newRoot()
	last := words[len(words)-1]
	name, skip := defaultVerb, 0
	switch first := words[0]; {
	case len(words) == 1 && !strings.HasPrefix(first, "-"):
		return verbs(root)
	case first == completionOption && len(words) == 2:
		return completion.Words(completion.Shells...)
	case !strings.HasPrefix(first, "-"):
		name, skip = first, 1
	}
	c, _, err := root.Find([]string{name})
	if err != nil || c == root {
		return completion.Reply{}
	}
	r := lineOf(c).Complete(words, skip)
	if len(words) == 1 && strings.HasPrefix(last, "-") {
		for _, name := range []string{"--help", "--version", completionOption} {
			r.Candidates = append(r.Candidates, completion.Candidate{Text: name})
		}
	}
	return r
}

// verbs completes a verb.
func verbs(root *cobra.Command) (r completion.Reply) {
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			r.Candidates = append(r.Candidates, completion.Candidate{Text: c.Name(), About: c.Short})
		}
	}
	return r
}

// lineOf describes the command line of a verb.
func lineOf(c *cobra.Command) completion.Line {
	blocks := someSizes("1", "4KiB", "64KiB", "1MiB")
	l := completion.Line{Flags: c.Flags(), Values: map[string]completion.Value{
		"nonblock": completion.ListOf("0", "1", "2"), "read-size": blocks, "chunk-size": blocks,
		"pipe-size": someSizes("4KiB", "64KiB", "1MiB"),
	}}
	switch c.Name() {
	case "sink":
		addDeeds(l.Values, fault.ForSink)
		l.Values["expect"] = verdicts
	case "gen":
		addDeeds(l.Values, fault.ForGen)
		l.Operand = completion.Sizes
	case "verify":
		l.Operand, l.Values["expect"] = completion.Files, verdicts
	case "exec":
		addFaults(l.Values, fault.ForExec)
		l.CommandAfterDashes, l.OperandIsCommand = true, true
	case "mount":
		addFaults(l.Values, fault.ForMount)
		l.Operand, l.Values["backing"] = completion.Folders, completion.Folders
		l.CommandAfterDashes = true
	case "sweep":
		l.Values["errno"] = completion.ListOf(fault.ErrnoNames()...)
		l.Values["shard"], l.Values["jobs"] = completion.OneOf("1/2", "2/2"), completion.OneOf("1", "2", "4")
		l.CommandAfterDashes, l.OperandIsCommand = true, true
	case trialVerb:
		l.Operand, l.Values["scenario"] = profiles, scenarios
		l.CommandAfterDashes = true
	case "doctor":
		var names []string
		for _, b := range examined {
			names = append(names, b.name)
		}
		l.Values["require"] = completion.ListOf(names...)
	}
	return l
}

// someSizes completes a size, at first with those.
func someSizes(first ...string) completion.Value {
	return func(word string) completion.Reply {
		if word == "" {
			return completion.Words(first...)
		}
		return completion.Sizes(word)
	}
}

// addDeeds adds the values of the options by which a process misbehaves.
func addDeeds(values map[string]completion.Value, back fault.BackEnd) {
	values["plan"] = func(word string) completion.Reply { return planWords(word, back) }
	more := map[string]completion.Value{
		"stall-after": completion.Durations, "close-after": completion.Durations,
		"exit-after": completion.OneOf("0", "1", "2"), "kill-after": completion.OneOf(fault.SignalNames()...),
	}
	for _, a := range afters {
		values[a.name] = func(word string) completion.Reply {
			size, rest, given := strings.Cut(word, "=")
			if !given || more[a.name] == nil {
				return completion.Sizes(word)
			}
			return more[a.name](rest).Behind(size+"=", rest)
		}
	}
	values["rate"] = func(word string) completion.Reply {
		r := completion.Sizes(strings.TrimSuffix(word, "/s"))
		for i := range r.Candidates {
			r.Candidates[i].Text += "/s"
		}
		return r
	}
}

// addFaults adds the values of the options of verbs that run a COMMAND whose files fail.
func addFaults(values map[string]completion.Value, back fault.BackEnd) {
	values["fault"] = func(word string) completion.Reply { return faultWords(word, back) }
	values["expect-exit"] = completion.OneOf("0", "1", "nonzero", "signal")
}

// planWords completes a plan.
func planWords(text string, back fault.BackEnd) (r completion.Reply) {
	for _, c := range fault.Complete(text, back) {
		r.Candidates = append(r.Candidates, completion.Candidate{Text: c.Text, About: c.About})
	}
	return r
}

// faultWords completes TARGET=PLAN: the target by what is there, and then its plan.
func faultWords(word string, back fault.BackEnd) completion.Reply {
	if target, plan, found := strings.Cut(word, "="); found {
		r := planWords(plan, back)
		if strings.HasPrefix("random ", plan) {
			r.Candidates = append(r.Candidates, completion.Candidate{Text: "random 64KiB", About: "a plan drawn at random for the first bytes"})
		}
		return r.Behind(target+"=", plan)
	}
	r := completion.Targets(word)
	if back.Name == fault.ForExec.Name {
		r.Candidates = slices.Concat(completion.Words("stdin=", "stdout=", "stderr=", "fd3=").Candidates, r.Candidates)
	}
	r.Open = true
	return r
}

// verdicts completes what verify may find.
func verdicts(word string) completion.Reply {
	if n, ok := strings.CutPrefix(word, "prefix "); ok {
		return completion.Sizes(n).Behind("prefix ", n)
	}
	return completion.Words("complete", "prefix 1MiB", "trailing")
}

// profiles completes the name of a tool that trial knows.
func profiles(string) (r completion.Reply) {
	for _, line := range trial.Profiles() {
		name, about, _ := strings.Cut(line, " ")
		r.Candidates = append(r.Candidates, completion.Candidate{Text: name, About: strings.TrimSpace(about)})
	}
	return r
}

// scenarios completes the name of a scenario of trial.
func scenarios(string) (r completion.Reply) {
	for _, s := range trial.Catalogue {
		r.Candidates = append(r.Candidates, completion.Candidate{Text: s.Name, About: s.Why})
	}
	return r
}
