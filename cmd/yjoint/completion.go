package main

import (
	"bytes"
	"slices"
	"strings"

	"yjoint/cmd/internal/completion"
)

// setCompletion is the setter of --completion.
func (p *parser) setCompletion(shell string) error {
	p.cfg.completion = shell
	if err := completion.CheckShell(shell); err != nil {
		return usagef("--completion: %v", err).withHint("eval \"$(yjoint --completion bash)\" in ~/.bashrc")
	}
	return nil
}

// completionText is what --completion prints.
func completionText(c *config) string {
	var b bytes.Buffer
	// setCompletion has seen that the shell is known, and a buffer takes everything.
	_ = completion.Write(&b, c.completion, "yjoint", c.words, complete)
	return b.String()
}

// complete returns what can stand in the place of the last of words.
func complete(words []string) completion.Reply {
	var algorithms []string
	for _, a := range digestAlgorithms {
		algorithms = append(algorithms, a.name)
	}
	l := completion.Line{
		Flags:              newParser().flags,
		Operand:            completion.Files,
		CommandAfterDashes: true,
		Values: map[string]completion.Value{
			"with":       func(word string) completion.Reply { return completeWith(word, lastKind(words)) },
			"digest":     completion.OneOf(algorithms...),
			"source-ok":  completion.OneOf("1", "0,1"),
			"shell":      completion.OneOf("sh -c", "bash -c", "bash -o pipefail -c"),
			"require":    completion.OneOf("all", "any", "1", "2"),
			"completion": completion.OneOf(completion.Shells...),
		},
	}
	return l.Complete(words, 0)
}

// lastKind returns the kind of the output that --with as the next to last word would hold for.
func lastKind(words []string) outputKind {
	for _, word := range slices.Backward(words) {
		switch name, _, _ := strings.Cut(word, "="); {
		case name == "--exec" || strings.HasPrefix(word, "-x"):
			return byCommand
		case name == "--out" || strings.HasPrefix(word, "-o"):
			return byPath
		}
	}
	return byPath
}

// completeWith completes the last of the keys in the value of --with.
func completeWith(word string, kind outputKind) completion.Reply {
	items := splitItems(word)
	last := items[len(items)-1]
	head := word[:len(word)-len(strings.ReplaceAll(last, ",", `\,`))]
	name, value, hasValue := strings.Cut(last, "=")
	var r completion.Reply
	for _, k := range withKeys {
		switch {
		case !slices.Contains(k.kinds, kind):
		case hasValue && k.name == name:
			return completeKey(k, value).Behind(head+name+"=", value)
		case !slices.ContainsFunc(items[:len(items)-1], func(item string) bool { return item == k.name || strings.HasPrefix(item, k.name+"=") }):
			c := completion.Candidate{Text: head + k.name, About: strings.ReplaceAll(k.about, "**", "")}
			if k.value != "" {
				c.Text += "="
			}
			r.Candidates = append(r.Candidates, c)
		}
	}
	r.Open = true
	return r
}

// completeKey completes the value of a key.
func completeKey(k withKey, value string) completion.Reply {
	switch {
	case k.value == "COMMAND":
		return completion.Command(value)
	case k.value == "D":
		return completion.Durations(value)
	case strings.Contains(k.value, "|"):
		return completion.Words(strings.Split(k.value, "|")...)
	}
	return completion.Reply{}
}
