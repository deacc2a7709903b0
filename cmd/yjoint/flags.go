package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"yjoint/core"
	"yjoint/internal/size"
)

// defaultStallWarn is after how long without progress an output is warned about.
const defaultStallWarn = time.Minute

// hintDash tells how to name an output that looks like an option.
const hintDash = "an output whose name begins with '-' is written -o -name or ./-name"

// parser is a command line on the way to its config.
type parser struct {
	cfg   *config
	flags *pflag.FlagSet

	ordered    []*boundOutput // those of -o and -x
	positional []*boundOutput
	last       *boundOutput // the one that --with holds for; nil if there is none yet

	appendAll, atomicAll, earlyExitOK bool
	sourceOKGiven                     bool
	buffer, size                      size.Value
	durations                         [3]size.Duration // --stall-timeout, --stall-warn, --finish-timeout
}

// parseArgs returns what args, the command line without the program's name, ask for. Every error is a *usageError.
func parseArgs(args []string) (*config, error) {
	p := newParser()
	for len(args) > 0 {
		word := args[0]
		switch {
		case word == "--":
			if len(args) == 1 {
				return nil, usagef("expected a producer after --").withHint(hintDash)
			}
			p.cfg.producer = args[1:]
			args = nil
			continue
		case len(word) < 2 || word[0] != '-':
			if err := p.addPositional(word); err != nil {
				return nil, err
			}
			args = args[1:]
			continue
		}
		used, err := p.option(args)
		if err != nil {
			return nil, err
		}
		args = args[used:]
		if p.cfg.asksOnly() {
			if p.cfg.completion != "" {
				p.cfg.words = args
			}
			return p.cfg, nil
		}
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return p.cfg, nil
}

func newParser() *parser {
	p := &parser{
		cfg:       &config{shell: []string{"sh", "-c"}, sourceOK: map[int]bool{0: true}, size: sizeUnknown},
		flags:     pflag.NewFlagSet("yjoint", pflag.ContinueOnError),
		buffer:    size.Value(core.DefaultBuffer),
		size:      sizeUnknown,
		durations: [3]size.Duration{1: size.Duration(defaultStallWarn)},
	}
	p.flags.SetOutput(io.Discard)
	p.flags.Usage = func() {}
	p.define()
	return p
}

// define defines the options.
func (p *parser) define() {
	f, c := flags{p.flags}, p.cfg
	f.takes("out", p.addOut)
	f.takes("exec", p.addExec)
	f.takes("with", p.with)
	f.takes("from", p.setFrom)
	f.takes("source-ok", p.setSourceOK)
	f.takes("shell", p.setShell)
	f.on("append", &p.appendAll)
	f.on("no-truncate", &c.noTruncate)
	f.on("atomic", &p.atomicAll)
	f.on("fsync", &c.fsync)
	f.takes("require", p.setRequire)
	f.takes("on-error", choice(&c.stopOnError, "detach", "stop"))
	f.takes("early-exit", choice(&p.earlyExitOK, "fail", "ok"))
	f.is("stall-timeout", &p.durations[0])
	f.is("stall-warn", &p.durations[1])
	f.is("finish-timeout", &p.durations[2])
	f.is("buffer", &p.buffer)
	f.on("no-zero-copy", &c.noZeroCopy)
	f.takes("report", p.file("report", &c.report))
	f.takes("digest", p.setDigest)
	f.takes("digest-file", p.file("digest-file", &c.digestFile))
	f.on("progress", &c.progress)
	f.is("size", &p.size)
	f.on("quiet", &c.quiet)
	f.takes("completion", p.setCompletion)
	f.on("help", &c.help)
	f.on("version", &c.version)
}

// file returns the setter of an option that names a file.
func (p *parser) file(option string, to *string) func(string) error {
	return func(path string) error {
		*to = path
		return notEmpty("--"+option, "FILE", path)
	}
}

// option takes the option at the beginning of args, with its argument if it has one, and returns how many words that were.
// Words are given to pflag one option at a time, since the order of options and outputs matters.
func (p *parser) option(args []string) (used int, err error) {
	if strings.HasPrefix(args[0], "-test.") {
		return 0, unknownOption("-t") // pflag skips these without a word
	}
	var needsMore *pflag.ValueRequiredError
	err = p.flags.Parse(args[:1])
	used = 1
	if errors.As(err, &needsMore) && len(args) > 1 {
		err = p.flags.Parse(args[:2])
		used = 2
	}
	switch {
	case err == nil:
		return used, nil
	case errors.Is(err, pflag.ErrHelp): // -h
		p.cfg.help = true
		return used, nil
	}
	return 0, explain(err, args[0])
}

// explain makes a usage error of what pflag says of word.
func explain(err error, word string) error {
	var usage *usageError
	var unknown *pflag.NotExistError
	var lacks *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &usage):
		return usage
	case errors.As(err, &unknown):
		if group := unknown.GetSpecifiedShortnames(); group != "" {
			r, _ := utf8.DecodeRuneInString(group)
			return unknownOption("-" + string(r))
		}
		return unknownOption("--" + unknown.GetSpecifiedName())
	case errors.As(err, &lacks):
		argument, _ := pflag.UnquoteUsage(lacks.GetFlag())
		return usagef("--%s: expected %s after it", lacks.GetFlag().Name, argument)
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return usagef("--%s: expected no value, not %s", invalid.GetFlag().Name, quoted(invalid.GetValue()))
	case errors.As(err, &invalid):
		return usagef("--%s: %v", invalid.GetFlag().Name, errors.Unwrap(invalid))
	}
	return usagef("%s is not an option", quoted(word)).withHint(hintDash)
}

func unknownOption(name string) *usageError {
	return usagef("unknown option %s", quoted(name)).withHint("yjoint --help lists the options; " + hintDash)
}

// choice returns a setter that sets to false for no, to true for yes, and takes no other word.
func choice(to *bool, no, yes string) func(string) error {
	return func(word string) error {
		if word != no && word != yes {
			return fmt.Errorf("expected %s or %s, not %s", no, yes, quoted(word))
		}
		*to = word == yes
		return nil
	}
}

// notEmpty returns an error if text, the argument of option, is empty or blank.
func notEmpty(option, argument, text string) error {
	if strings.TrimSpace(text) == "" {
		return usagef("%s: expected %s, not %s", option, argument, strconv.Quote(text))
	}
	return nil
}

func (p *parser) setFrom(command string) error {
	p.cfg.from = command
	return notEmpty("--from", "COMMAND", command)
}

func (p *parser) setShell(text string) error {
	p.cfg.shell = strings.Fields(text)
	return notEmpty("--shell", "a COMMAND such as 'bash -o pipefail -c'", text)
}

func (p *parser) setSourceOK(list string) error {
	p.sourceOKGiven = true
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.ParseUint(word, 10, 8)
		if err != nil {
			return fmt.Errorf("expected exit statuses from 0 to 255 such as 0,1, not %s", quoted(word))
		}
		p.cfg.sourceOK[int(n)] = true
	}
	return nil
}

func (p *parser) setRequire(word string) error {
	switch word {
	case "all":
		p.cfg.require = 0
		return nil
	case "any":
		p.cfg.require = core.Any
		return nil
	}
	n, err := strconv.ParseUint(word, 10, 31)
	if err != nil || n == 0 {
		return fmt.Errorf("expected all, any or a number from 1, not %s", quoted(word))
	}
	p.cfg.require = int(n)
	return nil
}

// finish checks what can be judged only when all words are known, and completes the config.
func (p *parser) finish() error {
	c := p.cfg
	switch {
	case p.buffer < 1:
		return usagef("--buffer: expected at least 1 byte")
	case p.appendAll && c.noTruncate:
		return usagef("--append and --no-truncate: expected one of them: the one writes at a file's end, the other over its beginning")
	case c.producer != nil && c.from != "":
		return usagef("--from and --: expected one producer, not two")
	case c.producer != nil && c.producer[0] == "":
		return usagef("expected a producer after --, not \"\"").withHint(hintDash)
	case c.digestFile != "" && c.digest == "":
		return usagef("--digest-file: expected --digest too, which says what it is to hold")
	case p.sourceOKGiven && !c.hasProducer():
		return usagef("--source-ok: expected a producer, after -- or --from, whose status it judges")
	}
	c.buffer, c.size = int64(p.buffer), int64(p.size)
	c.stallTimeout = time.Duration(p.durations[0])
	c.stallWarn = time.Duration(p.durations[1])
	c.finishTimeout = time.Duration(p.durations[2])
	return p.finishOutputs()
}
