package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yjoint/cmd/internal/sweep"
	"yjoint/core/fault"
	"yjoint/internal/size"
)

// sweepOptions are those of `faultsink sweep`.
type sweepOptions struct {
	errnos           errnoList
	once, persistent bool
	short, stderr    bool
	jobs             int
	most             int
	shard            shardFlag
	check            string
	timeout          size.Duration
	limit            size.Value
	watch            descriptorList
	junit, json      string
}

// mostCopied is how much is copied for each run unless --limit says otherwise.
const mostCopied = 1 << 30

func newSweep() *cobra.Command {
	o := &sweepOptions{errnos: errnoList{"ENOSPC", "EIO"}, jobs: 1, limit: mostCopied}
	c := &cobra.Command{
		Use:   "sweep [OPTION]... [--] COMMAND [ARG]...",
		Short: "Fail each write of COMMAND in turn, and list what it swallows",
		Long: `Record the writes of a clean run of COMMAND, then run it again for each of
them, and let that write fail: at its first byte, a byte before, and a byte
behind; with each errno; once in each open of the file, and for good. The same
for fsync and close, once.

  faultsink sweep -- sh -c './app >out.csv'
  faultsink sweep --short --errno ENOSPC --jobs 2 --junit sweep.xml -- ./app

A run is good if COMMAND notices (its status is not 0) or recovers: all files
that it makes, and its standard output, have the bytes of the clean run. Or
CHECK decides that, in the folder, with standard output in $SWEEP_STDOUT. It
must not hang. A close or fsync that failed must be noticed, or the file be
written anew. A short write is no error, so COMMAND must go on after it.

Each run works in a copy of the current folder, and reads all of standard
input if that is no terminal. Standard output is a file. What COMMAND writes
outside of the folder is not swept. Of what is not good each line has the
command that repeats it. COMMAND must do the same each time. Linux 5.19 or
later, amd64 and arm64.`,
		Args: wantsCommand,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return o.run(args, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SetInterspersed(false) // what follows COMMAND is its own
	f.Var(&o.errnos, "errno", "`ERRNO,...`: let writes fail with these")
	f.BoolVar(&o.once, "once", false, "only errors that are gone when it is tried again")
	f.BoolVar(&o.persistent, "persistent", false, "only errors that come again and again")
	f.BoolVar(&o.short, "short", false, "also writes that take one byte, and say so")
	f.BoolVar(&o.stderr, "stderr", false, "standard error is an output too")
	f.StringVar(&o.check, "check", "", "recovered is what this shell `COMMAND` exits 0 for")
	f.Var(&o.timeout, "timeout", "COMMAND hangs if it takes longer (default 10 times the clean run, at least 10s)")
	f.Lookup("timeout").DefValue = "" // it is in the text
	f.IntVar(&o.jobs, "jobs", o.jobs, "`N`: runs at a time")
	f.IntVar(&o.most, "max", 0, "no more than `N` runs, spread over all")
	f.Var(&o.shard, "shard", "`K/M`: only every Mth run from the Kth on, for CI")
	f.Var(&o.limit, "limit", "refuse more bytes of a folder or input")
	f.Var(&o.watch, "watch", "`FD,...`: as for exec")
	f.StringVar(&o.junit, "junit", "", "write all runs as JUnit's XML to `FILE`")
	f.StringVar(&o.json, "json", "", "write all runs as JSON to `FILE`")
	return c
}

func (o *sweepOptions) validate() error {
	switch {
	case o.jobs < 1:
		return fmt.Errorf("--jobs %d: expected 1 or more", o.jobs)
	case o.most < 0:
		return fmt.Errorf("--max %d: expected 1 or more runs", o.most)
	case o.json != "" && o.json == o.junit:
		return fmt.Errorf("--json and --junit both name %q: expected two files", o.json)
	}
	return nil
}

// cases returns the runs that are wanted, and how many of all there are.
func (o *sweepOptions) cases(r sweep.Recording) (wanted []sweep.Case, all int) {
	both := o.once == o.persistent
	points := r.Points(sweep.Options{Errnos: o.errnos, Once: o.once || both, Persistent: o.persistent || both, Short: o.short})
	wanted = points.Cases()
	all = len(wanted)
	if o.most > 0 && o.most < all {
		wanted = points.Spread(o.most)
	}
	return o.shard.Of(wanted), all
}

// warn tells of errnos that such files never give.
func (o *sweepOptions) warn(cases []sweep.Case, stderr io.Writer) {
	var told []string
	for _, c := range cases {
		if c.Errno == "" || slices.Contains(sweep.Inherited, c.Target) || slices.Contains(told, c.Errno) {
			continue
		}
		told = append(told, c.Errno)
		plan, err := fault.Parse("at 0 " + c.Errno)
		if err == nil && len(plan.Warnings(fault.RegularFile)) > 0 {
			fmt.Fprintf(stderr, "faultsink: note: %s: a regular file never gives it, so that COMMAND need not be prepared\n", c.Errno)
		}
	}
}

// execLine returns the command that repeats a run: what follows "faultsink exec".
func (o *sweepOptions) execLine(s *sweep.Sweep, r sweep.Result, command []string, input string) string {
	words := []string{"faultsink", "exec"}
	for _, fd := range o.watch {
		words = append(words, "--watch", strconv.Itoa(fd))
	}
	if r.Outcome == sweep.Hung {
		words = append(words, "--timeout", s.Timeout.Round(time.Millisecond).String())
	}
	line := sweep.Quote(words...) + " --fault '" + strings.ReplaceAll(r.Fault(), "'", `'\''`) + "' -- " + sweep.Quote(command...)
	if input != "" {
		line += " <" + sweep.Quote(input)
	}
	return line
}

// errnoList is a pflag.Value: names of errnos, separated by commas.
type errnoList []string

func (l *errnoList) Type() string   { return "ERRNO[,ERRNO]..." }
func (l *errnoList) String() string { return strings.Join(*l, ",") }

func (l *errnoList) Set(text string) error {
	*l = nil
	for name := range strings.SplitSeq(text, ",") {
		plan, err := fault.Parse("at 0 " + name)
		if err != nil || len(plan.Rules) != 1 || len(plan.Rules[0].Actions) != 1 || plan.Rules[0].Actions[0].Verb != fault.Fail ||
			plan.Rules[0].Actions[0].Count != 0 {
			return fmt.Errorf("%q is no errno: expected a name such as ENOSPC", name)
		}
		if !slices.Contains(*l, name) {
			*l = append(*l, name)
		}
	}
	return nil
}

// shardFlag is a pflag.Value: which part of all runs.
type shardFlag struct{ sweep.Shard }

func (s *shardFlag) Type() string { return "K/M" }

func (s *shardFlag) String() string {
	if s.M == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.K, s.M)
}

func (s *shardFlag) Set(text string) error {
	k, m, _ := strings.Cut(text, "/")
	var err, err2 error
	s.K, err = strconv.Atoi(k)
	s.M, err2 = strconv.Atoi(m)
	if err != nil || err2 != nil || s.K < 1 || s.M < s.K {
		return errors.New("expected K/M with K from 1 to M, such as 1/3")
	}
	return nil
}
