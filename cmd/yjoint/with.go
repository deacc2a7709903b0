package main

import (
	"fmt"
	"slices"
	"strings"

	"yjoint/internal/size"
)

// boundOutput is an output and the keys of --with that were given for it.
type boundOutput struct {
	outputSpec
	given map[string]bool
}

// withKey is a key of --with.
type withKey struct {
	name  string
	value string // what its value is, or "" if it has none
	kinds []outputKind
	about string // for the manual page and completions
	set   func(o *boundOutput, value string) error
}

var withKeys = []withKey{
	{"name", "NAME", []outputKind{byPath, byCommand}, "what diagnostics and report call it", func(o *boundOutput, value string) error {
		o.name, o.named = value, true
		return nil
	}},
	{"optional", "", []outputKind{byPath, byCommand}, "does not count for **--require**", func(o *boundOutput, _ string) error {
		o.optional = true
		return nil
	}},
	{"append", "", []outputKind{byPath}, "as **--append**", func(o *boundOutput, _ string) error {
		o.append = true
		return nil
	}},
	{"atomic", "", []outputKind{byPath}, "as **--atomic**", func(o *boundOutput, _ string) error {
		o.atomic = true
		return nil
	}},
	{"commit", "COMMAND", []outputKind{byPath, byCommand}, "run when it is whole and **--require** is met", func(o *boundOutput, value string) error {
		o.commit = value
		return notBlank(value)
	}},
	{"abort", "COMMAND", []outputKind{byPath, byCommand}, "run otherwise", func(o *boundOutput, value string) error {
		o.abort = value
		return notBlank(value)
	}},
	{"stall-timeout", "D", []outputKind{byPath, byCommand}, "as **--stall-timeout**", func(o *boundOutput, value string) error {
		d, err := size.ParseDuration(value)
		o.stallTimeout = d
		if d == 0 {
			o.stallTimeout = -1 // never, whatever holds for all
		}
		return err
	}},
	{"early-exit", "fail|ok", []outputKind{byCommand}, "as **--early-exit**", func(o *boundOutput, value string) error {
		return choice(&o.earlyExitOK, "fail", "ok")(value)
	}},
}

func (k withKey) String() string {
	if k.value == "" {
		return k.name
	}
	return k.name + "=" + k.value
}

// keysFor lists the keys of --with for outputs of this kind.
func keysFor(kind outputKind) string {
	var names []string
	for _, k := range withKeys {
		if slices.Contains(k.kinds, kind) {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, ", ")
}

// keysForHelp lists all keys, those of files first.
func keysForHelp() string {
	var names []string
	for _, k := range withKeys {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

// keysForManual lists all keys and what they are for.
func keysForManual() string {
	var b strings.Builder
	for _, k := range withKeys {
		name, value, hasValue := strings.Cut(k.String(), "=")
		text := "**" + name + "**"
		if hasValue {
			text = "**" + name + "=**" + "_" + value + "_"
		}
		fmt.Fprintf(&b, "\n- %s: %s", text, k.about)
	}
	return b.String()
}

func newBoundOutput(kind outputKind, text string) *boundOutput {
	return &boundOutput{outputSpec{kind: kind, text: text, name: text}, map[string]bool{}}
}

func (p *parser) addOut(path string) error {
	p.last = newBoundOutput(byPath, path)
	p.ordered = append(p.ordered, p.last)
	return emptyName(path)
}

func (p *parser) addExec(command string) error {
	p.last = newBoundOutput(byCommand, command)
	p.ordered = append(p.ordered, p.last)
	return notEmpty("--exec", "COMMAND", command)
}

func (p *parser) addPositional(path string) error {
	p.last = nil
	p.positional = append(p.positional, newBoundOutput(byPath, path))
	return emptyName(path)
}

func emptyName(path string) error {
	if path == "" {
		return usagef("expected an output, not \"\"")
	}
	return nil
}

// with is --with: KEY[=VALUE],... for the -o or -x just before it.
func (p *parser) with(list string) error {
	if p.last == nil {
		err := usagef("--with %s: expected after the -o or -x that it holds for", quoted(list))
		if n := len(p.positional); n > 0 {
			err = err.withHint("write -o %s --with %s", quoted(p.positional[n-1].text), quoted(list))
		}
		return err
	}
	for i, item := range splitItems(list) {
		if err := p.last.set(item); err != nil {
			usage := usagef("--with %s: %v", quoted(item), err)
			if i > 0 && item != "" {
				return usage.withHint("a comma within a value is written \\,")
			}
			return usage
		}
	}
	return nil
}

// splitItems splits list at its commas, but for those behind a backslash, which they lose.
func splitItems(list string) []string {
	items := strings.Split(list, ",")
	for i := 0; i+1 < len(items); {
		head, escaped := strings.CutSuffix(items[i], `\`)
		if !escaped {
			i++
			continue
		}
		items[i] = head + "," + items[i+1]
		items = slices.Delete(items, i+1, i+2)
	}
	return items
}

func notBlank(command string) error {
	if strings.TrimSpace(command) == "" {
		return fmt.Errorf("expected a COMMAND, not %q", command)
	}
	return nil
}

// set applies one KEY or KEY=VALUE.
func (o *boundOutput) set(item string) error {
	option := map[outputKind]string{byPath: "-o", byCommand: "-x"}[o.kind]
	name, value, hasValue := strings.Cut(item, "=")
	i := slices.IndexFunc(withKeys, func(k withKey) bool { return k.name == name })
	switch {
	case i < 0:
		return fmt.Errorf("no key is called %s; those for %s are %s", quoted(name), option, keysFor(o.kind))
	case !slices.Contains(withKeys[i].kinds, o.kind):
		return fmt.Errorf("not a key for %s; those are %s", option, keysFor(o.kind))
	case withKeys[i].value == "" && hasValue:
		return fmt.Errorf("%s takes no value", name)
	case withKeys[i].value != "" && value == "":
		return fmt.Errorf("expected %v", withKeys[i])
	case o.given[name]:
		return fmt.Errorf("%s was given for %s before", name, quoted(o.text))
	}
	o.given[name] = true
	return withKeys[i].set(o, value)
}

// finishOutputs puts the outputs in order, with what holds for all of them.
func (p *parser) finishOutputs() error {
	c, counting := p.cfg, 0
	for _, o := range slices.Concat(p.ordered, p.positional) {
		o.append = o.kind == byPath && (o.append || p.appendAll)
		o.atomic = o.kind == byPath && (o.atomic || p.atomicAll)
		if !o.given["early-exit"] {
			o.earlyExitOK = o.kind == byCommand && p.earlyExitOK
		}
		if !o.optional {
			counting++
		}
		c.outputs = append(c.outputs, o.outputSpec)
	}
	if len(c.outputs) == 0 {
		return usagef("no output is named").withHint("standard output is an output only where it is named: -")
	}
	if c.require > counting {
		err := usagef("--require %d: expected at most %d, the number of outputs", c.require, counting)
		if counting < len(c.outputs) {
			err.msg += " that are not optional"
		}
		return err
	}
	if err := checkAtomic(c); err != nil {
		return err
	}
	return checkNames(c.outputs)
}

// checkNames refuses a name= by which another output goes, since it is given to tell them apart. Outputs that are only
// written alike (two of -x cat) may be: who needs to tell them apart names them.
func checkNames(outputs []outputSpec) error {
	for i, o := range outputs {
		for j, other := range outputs {
			if i != j && o.named && o.name == other.name {
				return usagef("--with name=%s: expected a name of its own: another output is called so", quoted(o.name))
			}
		}
	}
	return nil
}
