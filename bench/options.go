//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"time"
)

// options are what the command line says.
type options struct {
	yjoint   string
	peers    []string // folders
	rounds   int
	factor   float64
	timeout  time.Duration
	work     *regexp.Regexp
	tool     *regexp.Regexp
	markdown string
}

// errHelped says that -help was asked for, and given.
var errHelped = flag.ErrHelp

// usualFactor makes the whole take some minutes.
const usualFactor = 0.125

func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{work: regexp.MustCompile(""), tool: regexp.MustCompile("")}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.yjoint, "yjoint", "", "measure the program at `PATH` instead of building it")
	peers := f.String("peers", "", "look for tools in `DIR[:DIR]...` too")
	f.IntVar(&o.rounds, "rounds", 3, "run each tool `N` times at each work")
	f.Float64Var(&o.factor, "size", usualFactor, "do that much of the real amount of each work: a `FACTOR`")
	full := f.Bool("full", false, "the real amounts: -size 1")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "end a run after `D`")
	f.Func("work", "only the works whose name matches `REGEX`", matcher(&o.work))
	f.Func("tool", "only the tools whose name matches `REGEX`, and the reference", matcher(&o.tool))
	f.StringVar(&o.markdown, "markdown", "", "write the result to `FILE` too, with what the machine is")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if *full {
		o.factor = 1
	}
	o.peers = filepath.SplitList(*peers)
	return o, o.validate(f.Args())
}

func matcher(to **regexp.Regexp) func(string) error {
	return func(text string) (err error) {
		*to, err = regexp.Compile(text)
		return err
	}
}

func (o *options) validate(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q: there are options only", rest[0])
	case o.rounds < 1:
		return fmt.Errorf("-rounds %d: want 1 or more", o.rounds)
	case !(o.factor > 0 && o.factor <= 100):
		return fmt.Errorf("-size %v: want a factor above 0, up to 100", o.factor)
	case o.timeout <= 0:
		return fmt.Errorf("-timeout %v: want a time above 0", o.timeout)
	case len(o.works()) == 0:
		return errors.New("-work matches none of " + workNames())
	}
	return nil
}

// works returns those that are asked for.
func (o *options) works() []work {
	var chosen []work
	for _, w := range allWorks {
		if o.work.MatchString(w.name) {
			chosen = append(chosen, w)
		}
	}
	return chosen
}
