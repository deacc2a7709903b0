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
		if p.cfg.help || p.cfg.version {
			return p.cfg, nil
		}
		args = args[used:]
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

// define defines the options. What stands between “ is the argument's name in messages.
func (p *parser) define() {
	f, c := p.flags, p.cfg
	f.FuncP("out", "o", "an output: `PATH`", p.addOut)
	f.FuncP("exec", "x", "an output: `COMMAND`", p.addExec)
	f.Func("with", "`KEY[=VALUE],...` for the -o or -x before it", p.with)
	f.Func("from", "`COMMAND` to run as the source", p.setFrom)
	f.Func("source-ok", "`STATUS,...` of the producer that are fine", p.setSourceOK)
	f.Func("shell", "`COMMAND` that runs commands", p.setShell)
	f.BoolVarP(&p.appendAll, "append", "a", false, "open files with O_APPEND")
	f.BoolVar(&c.noTruncate, "no-truncate", false, "open files as they are")
	f.BoolVar(&p.atomicAll, "atomic", false, "put new files in place when they are whole")
	f.BoolVar(&c.fsync, "fsync", false, "have files on the disk")
	f.Func("require", "`all|any|N` outputs that must be complete", p.setRequire)
	f.Func("on-error", "`detach|stop`", choice(&c.stopOnError, "detach", "stop"))
	f.Func("early-exit", "`fail|ok`", choice(&p.earlyExitOK, "fail", "ok"))
	f.Var(&p.durations[0], "stall-timeout", "`D`uration without progress until an output is detached")
	f.Var(&p.durations[1], "stall-warn", "`D`uration without progress until a warning")
	f.Var(&p.durations[2], "finish-timeout", "`D`uration of what follows the end of the stream")
	f.Var(&p.buffer, "buffer", "`SIZE` of the run-ahead")
	f.BoolVar(&c.noZeroCopy, "no-zero-copy", false, "copy what is read")
	f.Func("report", "`FILE` for the report", func(path string) error {
		c.report = path
		return notEmpty("--report", "FILE", path)
	})
	f.Func("digest", "`ALG`: sha256, blake3 or xxh3", p.setDigest)
	f.Func("digest-file", "`FILE` for the digests", func(path string) error {
		c.digestFile = path
		return notEmpty("--digest-file", "FILE", path)
	})
	f.BoolVarP(&c.progress, "progress", "P", false, "show progress")
	f.Var(&p.size, "size", "`SIZE` of the source")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "no warnings")
	f.BoolVar(&c.help, "help", false, "print help")
	f.BoolVar(&c.version, "version", false, "print the version")
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
