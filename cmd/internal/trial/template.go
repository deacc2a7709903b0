package trial

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The placeholders of a template.
const (
	outWord  = "{out}"
	cmdWord  = "{cmd}"
	outsWord = "{outs}"
	cmdsWord = "{cmds}"
)

// How many outputs "{outs}" stands for: usually, and where gigabytes go to each.
const (
	defaultOutputs = 3
	fewOutputs     = 1
)

// Template is a command line with places for outputs.
type Template struct {
	Words  []string // the program's name first
	Stdout bool     // its standard output is an output
	kinds  []string // of the outputs, without standard output: outWord or cmdWord
	many   int      // outputs that outsWord and cmdsWord stand for
}

// ParseTemplate returns the template of these words. stdout: the tool's standard output is an output.
func ParseTemplate(words []string, stdout bool) (Template, error) {
	return parseTemplate(words, stdout, defaultOutputs)
}

// narrow returns the template with fewer outputs, if it leaves their number open, and one remains beside standard output.
func (t Template) narrow() Template {
	if few, err := parseTemplate(t.Words, t.Stdout, fewOutputs); err == nil && t.Stdout {
		return few
	}
	return t
}

func parseTemplate(words []string, stdout bool, many int) (Template, error) {
	t := Template{Words: words, Stdout: stdout, many: many}
	if len(words) == 0 {
		return t, errors.New("no TOOL: expected a command line such as: tee -p {out} {out}")
	}
	if strings.Contains(words[0], "{") {
		return t, fmt.Errorf("%q is no program: expected its name before the outputs", words[0])
	}
	for _, w := range words[1:] {
		if err := t.add(w); err != nil {
			return t, err
		}
	}
	if len(t.kinds) == 0 && !stdout {
		return t, errors.New("the template has no output: expected {out}, {outs} or {cmd}, such as: tee {out} {out}")
	}
	return t, nil
}

// add counts the outputs in a word.
func (t *Template) add(w string) error {
	for _, many := range []string{outsWord, cmdsWord} {
		switch {
		case w == many:
			kind := outWord
			if many == cmdsWord {
				kind = cmdWord
			}
			t.kinds = append(t.kinds, slices.Repeat([]string{kind}, t.many)...)
			return nil
		case strings.Contains(w, many):
			return fmt.Errorf("%q: %s stands for several words, so it must be a word of its own; {out} may be part of one", w, many)
		}
	}
	rest := w
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			return nil
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			return nil
		}
		switch name := rest[open : open+end+1]; name {
		case outWord, cmdWord:
			t.kinds = append(t.kinds, name)
		default:
			if similar(name) {
				return fmt.Errorf("%q: unknown placeholder %s: expected {out}, {outs}, {cmd} or {cmds}", w, name)
			}
		}
		rest = rest[open+end+1:]
	}
}

// similar reports whether a word in braces was probably meant as a placeholder: others may be the tool's own.
func similar(name string) bool {
	letters := strings.ToLower(strings.Trim(name, "{}"))
	return slices.Contains([]string{"out", "outs", "output", "outputs", "cmd", "cmds", "command", "commands", "file", "files"}, letters)
}

// Outputs returns how many there are, standard output included; that is the last.
func (t Template) Outputs() int {
	if t.Stdout {
		return len(t.kinds) + 1
	}
	return len(t.kinds)
}

// isStdout reports whether the output with that index is standard output.
func (t Template) isStdout(i int) bool { return t.Stdout && i == len(t.kinds) }

// isCommand reports whether the output with that index is a command.
func (t Template) isCommand(i int) bool { return i < len(t.kinds) && t.kinds[i] == cmdWord }

// Fill returns the words of the command with these outputs in place, one for each but standard output.
func (t Template) Fill(outputs []string) []string {
	var all []string
	for _, w := range t.Words {
		if w == outsWord || w == cmdsWord {
			all = append(all, outputs[:t.many]...)
			outputs = outputs[t.many:]
			continue
		}
		for {
			i, kind := strings.Index(w, outWord), outWord
			if j := strings.Index(w, cmdWord); j >= 0 && (i < 0 || j < i) {
				i, kind = j, cmdWord
			}
			if i < 0 {
				break
			}
			// What an output is called has no placeholder in it: it is a path or a command of this package's own.
			w = w[:i] + outputs[0] + w[i+len(kind):]
			outputs = outputs[1:]
		}
		all = append(all, w)
	}
	return all
}
