package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yjoint/core/fault"
	"yjoint/internal/size"
)

// deeds are the options by which a process misbehaves. Each is a rule of the plan that plan returns.
type deeds struct {
	failAfter, exitAfter, closeAfter, killAfter, stallAfter string
	rate                                                    string
	nonblock                                                []int
	untilFull                                               bool
	text                                                    string // --plan
	print                                                   bool
	timeout                                                 size.Duration
	report                                                  string
}

// register adds the options to c. stream is what they call the process's side of the pipe.
func (d *deeds) register(c *cobra.Command, stream string) {
	f := c.Flags()
	f.StringVar(&d.failAfter, "fail-after", "", "exit 1 after `SIZE`")
	f.StringVar(&d.exitAfter, "exit-after", "", "exit after `SIZE[=STATUS]` (default 0)")
	f.StringVar(&d.closeAfter, "close-after", "", "close "+stream+" after `SIZE`, and live on until a signal comes")
	f.StringVar(&d.killAfter, "kill-after", "", "die after `SIZE[=SIGNAL]` (default KILL)")
	f.StringVar(&d.stallAfter, "stall-after", "", "stall after `SIZE[=DURATION]` (default until nobody holds the other end)")
	f.StringVar(&d.rate, "rate", "", "no more than `SIZE/s`")
	f.IntSliceVar(&d.nonblock, "nonblock", nil, "set O_NONBLOCK on what was inherited as `FD`, before the first byte")
	f.StringVar(&d.text, "plan", "", "also what this `PLAN` says")
	f.BoolVar(&d.print, "print-plan", false, "print the plan that the options make, and exit")
	f.Var(&d.timeout, "timeout", "end with status 124 after `D`")
	f.StringVar(&d.report, "report", "", "write a report as JSON to `FILE`; - is standard error")
}

// plan returns what the options say, or an error that names the option.
func (d *deeds) plan(back fault.BackEnd) (fault.Plan, error) {
	var b planBuilder
	for _, fd := range d.nonblock {
		if fd < 0 {
			return fault.Plan{}, fmt.Errorf("--nonblock %d: expected the number of a descriptor, from 0", fd)
		}
		b.add(0, fault.Action{Verb: fault.Nonblock, FD: fd})
	}
	if d.rate != "" {
		n, err := parseRate(d.rate)
		if err != nil {
			return fault.Plan{}, fmt.Errorf("--rate %s: %w", d.rate, err)
		}
		b.add(0, fault.Action{Verb: fault.Rate, Size: n})
	}
	afters := 0
	for _, o := range d.afters() {
		if o.value == "" {
			continue
		}
		afters++
		if err := o.addTo(&b, d.untilFull); err != nil {
			return fault.Plan{}, fmt.Errorf("--%s %s: %w", o.name, o.value, err)
		}
	}
	if d.untilFull && afters == 0 {
		return fault.Plan{}, fmt.Errorf("--until-full: expected one of the options --…-after too, to say when")
	}
	return b.finish(d.text, back)
}

// after is an option whose value is SIZE or SIZE=MORE.
type after struct {
	name, value string
	actions     func(more string, given bool) ([]fault.Action, error)
}

func (d *deeds) afters() []after {
	return []after{
		{"stall-after", d.stallAfter, stallActions},
		{"close-after", d.closeAfter, func(more string, given bool) ([]fault.Action, error) {
			return []fault.Action{{Verb: fault.Hangup}, {Verb: fault.StallForever}}, onlySize(given)
		}},
		{"fail-after", d.failAfter, func(more string, given bool) ([]fault.Action, error) {
			return []fault.Action{{Verb: fault.Exit, Status: 1}}, onlySize(given)
		}},
		{"exit-after", d.exitAfter, exitActions},
		{"kill-after", d.killAfter, killActions},
	}
}

func onlySize(given bool) error {
	if given {
		return fmt.Errorf("expected a size alone")
	}
	return nil
}

func stallActions(more string, given bool) ([]fault.Action, error) {
	if !given {
		return []fault.Action{{Verb: fault.StallForever}}, nil
	}
	d, err := size.ParseDuration(more)
	if err == nil && d == 0 {
		err = fmt.Errorf("0s is no time to stall")
	}
	return []fault.Action{{Verb: fault.Stall, Duration: d}}, err
}

func exitActions(more string, given bool) ([]fault.Action, error) {
	if !given {
		more = "0"
	}
	status, err := strconv.Atoi(more)
	if err != nil || status < 0 || status > 255 {
		return nil, fmt.Errorf("%q is not an exit status: expected a whole number from 0 to 255", more)
	}
	return []fault.Action{{Verb: fault.Exit, Status: status}}, nil
}

func killActions(more string, given bool) ([]fault.Action, error) {
	if !given {
		more = "KILL"
	}
	name := strings.TrimPrefix(more, "SIG")
	if _, ok := fault.SignalNumber(name); !ok {
		return nil, fmt.Errorf("%q is not a signal: expected a name such as KILL or TERM", more)
	}
	return []fault.Action{{Verb: fault.Kill, Signal: name}}, nil
}

func (o after) addTo(b *planBuilder, untilFull bool) error {
	where, more, given := strings.Cut(o.value, "=")
	at, err := size.Parse(where)
	if err != nil {
		return err
	}
	actions, err := o.actions(more, given)
	if err != nil {
		return err
	}
	if untilFull {
		b.add(at, fault.Action{Verb: fault.StallUntilFull})
	}
	b.add(at, actions...)
	return nil
}

// planBuilder collects actions by the byte at which they happen.
type planBuilder struct{ rules []fault.Rule }

func (b *planBuilder) add(at int64, actions ...fault.Action) {
	t := fault.Trigger{Kind: fault.At, N: at}
	i := slices.IndexFunc(b.rules, func(r fault.Rule) bool { return r.Trigger == t })
	if i < 0 {
		i = len(b.rules)
		b.rules = append(b.rules, fault.Rule{Trigger: t})
	}
	b.rules[i].Actions = append(b.rules[i].Actions, actions...)
}

// finish joins the options' rules and text, and checks them as a whole.
func (b *planBuilder) finish(text string, back fault.BackEnd) (fault.Plan, error) {
	own, err := fault.Parse(text)
	if err != nil {
		return own, fmt.Errorf("--plan: %w", err)
	}
	slices.SortStableFunc(b.rules, func(x, y fault.Rule) int { return compare(x.Trigger.N, y.Trigger.N) })
	whole, err := fault.Parse(fault.Plan{Rules: append(b.rules, own.Rules...)}.String())
	if err != nil {
		return whole, fmt.Errorf("these options don't go together: %w", err)
	}
	return whole, whole.Check(back)
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func parseRate(text string) (int64, error) {
	number, ok := strings.CutSuffix(text, "/s")
	if !ok {
		return 0, fmt.Errorf("expected bytes per second, such as 10MB/s")
	}
	n, err := size.Parse(number)
	if err == nil && n == 0 {
		err = fmt.Errorf("nothing would ever move: expected 1/s or more")
	}
	return n, err
}

// watchdog ends the process with status 124 when the time is over.
func (d *deeds) watchdog(end func(status int)) {
	if d.timeout > 0 {
		time.AfterFunc(time.Duration(d.timeout), func() { end(statusTimeout) })
	}
}

// blockSize is how much is read or written at once where nothing asks for less: that what a pipe with the default capacity
// holds doesn't decide.
const blockSize = 128 << 10

// atMost returns n, or what is left until limit if that is less.
func atMost(n int, limit int64) int { return int(min(int64(n), max(limit, 0), math.MaxInt)) }
