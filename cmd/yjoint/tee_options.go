package main

import (
	"fmt"
	"strings"
)

// teeMode is what tee does about an output that fails: GNU's --output-error.
type teeMode string

const (
	teeDefault    teeMode = ""            // go on; die of SIGPIPE where a pipe has no reader
	teeWarn       teeMode = "warn"        // go on, and tell of everything
	teeWarnNoPipe teeMode = "warn-nopipe" // go on, and tell of what is no pipe
	teeExit       teeMode = "exit"        // exit at any failure
	teeExitNoPipe teeMode = "exit-nopipe" // exit at a failure of what is no pipe
)

// teeModes are those that the command line can name, in the order of GNU's messages.
var teeModes = []string{string(teeWarn), string(teeWarnNoPipe), string(teeExit), string(teeExitNoPipe)}

func (m teeMode) exits() bool  { return m == teeExit || m == teeExitNoPipe }
func (m teeMode) noPipe() bool { return m == teeWarnNoPipe || m == teeExitNoPipe }

// teeOptions is what a command line of tee asks for.
type teeOptions struct {
	append           bool
	ignoreInterrupts bool
	mode             teeMode
	files            []string
	help, version    bool // print that, and do nothing else
}

// teeLong are the long options, in the order of GNU's messages, and what they do. value is nil without "=".
var teeLong = []struct {
	name     string
	optional bool // may have a value
	set      func(o *teeOptions, value *string) error
}{
	{"append", false, func(o *teeOptions, _ *string) error { o.append = true; return nil }},
	{"ignore-interrupts", false, func(o *teeOptions, _ *string) error { o.ignoreInterrupts = true; return nil }},
	{"output-error", true, (*teeOptions).setMode},
	{"help", false, func(o *teeOptions, _ *string) error { o.help = true; return nil }},
	{"version", false, func(o *teeOptions, _ *string) error { o.version = true; return nil }},
}

// parseTee reads a command line without the program's name as getopt_long(3) does: options may follow operands, unless
// posixly is set, and long ones may be shortened. Its errors say what GNU's tee says.
func parseTee(args []string, posixly bool) (*teeOptions, error) {
	o := &teeOptions{}
	for i, word := range args {
		var err error
		switch {
		case word == "--":
			o.files = append(o.files, args[i+1:]...)
			return o, nil
		case strings.HasPrefix(word, "--"):
			err = o.long(word)
		case len(word) > 1 && word[0] == '-':
			err = o.short(word[1:])
		case posixly:
			o.files = append(o.files, args[i:]...)
			return o, nil
		default:
			o.files = append(o.files, word)
		}
		if err != nil || o.help || o.version {
			return o, err
		}
	}
	return o, nil
}

// short takes a group of one-letter options.
func (o *teeOptions) short(letters string) error {
	for i := range len(letters) {
		switch letters[i] {
		case 'a':
			o.append = true
		case 'i':
			o.ignoreInterrupts = true
		case 'p':
			o.mode = teeWarnNoPipe
		default:
			return fmt.Errorf("invalid option -- '%s'", letters[i:i+1])
		}
	}
	return nil
}

// long takes an option of the form --NAME or --NAME=VALUE; NAME may be shortened.
func (o *teeOptions) long(word string) error {
	name, text, hasValue := strings.Cut(word[2:], "=")
	found, candidates := -1, ""
	for i, option := range teeLong {
		if !strings.HasPrefix(option.name, name) {
			continue
		}
		found = i
		candidates += " '--" + option.name + "'"
	}
	switch {
	case found < 0:
		return fmt.Errorf("unrecognized option '%s'", "--"+name)
	case strings.Count(candidates, "--") > 1: // none is the beginning of another
		return fmt.Errorf("option '%s' is ambiguous; possibilities:%s", word, candidates)
	case hasValue && !teeLong[found].optional:
		return fmt.Errorf("option '--%s' doesn't allow an argument", teeLong[found].name)
	}
	var value *string
	if hasValue {
		value = &text
	}
	return teeLong[found].set(o, value)
}

// setMode is --output-error; without a value it is -p. A mode may be shortened.
func (o *teeOptions) setMode(value *string) error {
	if value == nil {
		o.mode = teeWarnNoPipe
		return nil
	}
	var candidates []string
	for _, mode := range teeModes {
		if mode == *value {
			candidates = []string{mode}
			break
		}
		if strings.HasPrefix(mode, *value) {
			candidates = append(candidates, mode)
		}
	}
	if len(candidates) == 1 {
		o.mode = teeMode(candidates[0])
		return nil
	}
	what := "invalid"
	if len(candidates) > 1 {
		what = "ambiguous"
	}
	return fmt.Errorf("%s argument %s for '--output-error'\nValid arguments are:\n  - '%s'",
		what, alwaysQuoted(*value), strings.Join(teeModes, "'\n  - '"))
}
