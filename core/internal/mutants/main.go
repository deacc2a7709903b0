//go:build unix

// Mutants tells how well the tests of packages would notice a mistake: it makes one small mistake after another in the code
// (mutation testing), and runs the tests that come by it. Those of which no test took notice are listed; the program ends with
// status 1 if one of them is not explained in testdata/mutants.txt of its package.
//
//	go run ./core/internal/mutants [-only REGEXP] [-skip REGEXP] [-run REGEXP] [-every N] [-tags TAGS] [-jobs N] [-list] PACKAGE...
//
// All mistakes are compiled into one test binary, each behind a condition, since to build one for each would take hours. They are:
// a comparison is reversed, or moved by one; "and" becomes "or"; an operator of integers becomes another one; a condition is the
// opposite; a statement is left out; an error is not returned. The tests are run in their short form.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
)

func main() {
	only := flag.String("only", "", "mutants whose file:line, function or code matches this `regexp`")
	every := flag.Int("every", 1, "only each `N`th mutant of those that are not explained: a sample")
	jobs := flag.Int("jobs", runtime.GOMAXPROCS(0), "how many tests run at once")
	skip := flag.String("skip", "^$", "not those that match this `regexp`")
	tests := flag.String("run", "", "only tests whose name matches this `regexp`, as go test has it: quicker while one is written")
	tags := flag.String("tags", "", "build `tags`, separated by commas")
	list := flag.Bool("list", false, "list the mutants, and run nothing")
	flag.Parse()
	o := options{jobs: *jobs, list: *list, every: *every}
	var err, err2, err3 error
	o.only, err = regexp.Compile(*only)
	o.skip, err2 = regexp.Compile(*skip)
	o.tests, err3 = regexp.Compile(*tests)
	if err = errors.Join(err, err2, err3); err != nil || flag.NArg() == 0 || *every < 1 {
		fmt.Fprintln(os.Stderr, "usage: mutants [-only REGEXP] [-skip REGEXP] [-run REGEXP] [-every N] [-tags TAGS] [-jobs N] [-list] PACKAGE...", errorText(err))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status := 0
	for _, path := range flag.Args() {
		p, err := load(path, *tags)
		if err == nil {
			err = p.examine(ctx, os.Stdout, o)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "mutants: %s: %v\n", path, err)
			status = 1
		}
	}
	os.Exit(status)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
