package completion

import (
	"strings"

	"github.com/spf13/pflag"
)

// A Line describes a command line of options and operands.
type Line struct {
	Flags *pflag.FlagSet
	// Values complete the values of options, by their names. Others are completed by what their argument is called: PATH, FILE,
	// SIZE, D, COMMAND, or words such as fail|ok.
	Values  map[string]Value
	Operand Value // of what is no option; nil: nothing is known
	// CommandAfterDashes and OperandIsCommand: a command line of its own begins behind --, or with the first operand.
	CommandAfterDashes, OperandIsCommand bool
}

// Complete returns what can stand in the place of the last of words, which are those behind the first skip ones.
func (l Line) Complete(words []string, skip int) Reply {
	last := len(words) - 1
	var pending *pflag.Flag // the option whose value is the next word
	for i, word := range words[:last] {
		switch {
		case i < skip:
		case pending != nil:
			pending = nil
		case word == "--" && l.CommandAfterDashes:
			return Reply{Command: i + 1}
		case word == "--":
			return l.operand(words[last])
		case strings.HasPrefix(word, "-") && word != "-":
			if flag, _, valued := l.option(word); flag != nil && !valued {
				pending = flag
			}
		case l.OperandIsCommand:
			return Reply{Command: i}
		}
	}
	word := words[last]
	if pending != nil {
		return l.value(pending, word)
	}
	if !strings.HasPrefix(word, "-") {
		if l.OperandIsCommand {
			return Reply{Command: last}
		}
		return l.operand(word)
	}
	if flag, start, valued := l.option(word); flag != nil && valued {
		return l.value(flag, word[start:]).Behind(word[:start], word[start:])
	}
	return l.names(word)
}

func (l Line) operand(word string) Reply {
	if l.Operand == nil {
		return Reply{}
	}
	return l.Operand(word)
}

// option returns the option with a value that word names, or ends with: where the value begins in the word, if it is there.
func (l Line) option(word string) (flag *pflag.Flag, start int, valued bool) {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, _, valued := strings.Cut(name, "=")
		return needsValue(l.Flags.Lookup(name)), len("--=") + len(name), valued
	}
	for i := 1; i < len(word); i++ {
		flag := l.Flags.ShorthandLookup(word[i : i+1])
		if flag == nil {
			return nil, 0, false
		}
		if needsValue(flag) != nil {
			return flag, i + 1, i+1 < len(word)
		}
	}
	return nil, 0, false
}

// needsValue returns flag if there is one and it takes a value.
func needsValue(flag *pflag.Flag) *pflag.Flag {
	if flag == nil || flag.NoOptDefVal != "" {
		return nil
	}
	return flag
}

func (l Line) value(flag *pflag.Flag, word string) Reply {
	if value := l.Values[flag.Name]; value != nil {
		return value(word)
	}
	argument, _ := pflag.UnquoteUsage(flag)
	switch {
	case strings.Contains(argument, "|"):
		return Words(lower(strings.Split(argument, "|"))...)
	case argument == "PATH" || argument == "FILE":
		return Files(word)
	case argument == "COMMAND":
		return Command(word)
	case argument == "SIZE":
		return Sizes(word)
	case argument == "D":
		return Durations(word)
	}
	return Reply{}
}

// lower returns the words that are to be typed as they are, without placeholders such as N.
func lower(words []string) (typed []string) {
	for _, w := range words {
		if w == strings.ToLower(w) {
			typed = append(typed, w)
		}
	}
	return typed
}

// names completes the name of an option.
func (l Line) names(word string) Reply {
	var r Reply
	l.Flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		argument, about := pflag.UnquoteUsage(f)
		about = strings.Join(strings.Fields(strings.TrimPrefix(about, argument+": ")), " ")
		if f.Shorthand != "" && len(word) < 3 && !strings.HasPrefix(word, "--") {
			r.Candidates = append(r.Candidates, Candidate{"-" + f.Shorthand, about})
		}
		r.Candidates = append(r.Candidates, Candidate{"--" + f.Name, about})
	})
	return r
}
