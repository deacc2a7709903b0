package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"yjoint/core/fault"
	"yjoint/internal/size"
)

// deeds are the options by which a process misbehaves. Each is a rule of the plan that plan returns.
type deeds struct {
	afters    [len(afters)]string // texts of the options --…-after
	rate      rateFlag
	nonblock  descriptorList
	untilFull bool
	text      string // --plan
	print     bool
}

// register adds the options to f. name is what they call the process's side of the pipe.
func (d *deeds) register(f *pflag.FlagSet, name string) {
	for i, a := range afters {
		f.StringVar(&d.afters[i], a.name, "", strings.ReplaceAll(a.usage, "STREAM", name))
	}
	f.Var(&d.rate, "rate", "no more than that")
	f.Var(&d.nonblock, "nonblock", "`FD[,FD]...`: set O_NONBLOCK on these, before the first byte")
	f.StringVar(&d.text, "plan", "", "`PLAN`: do that too, such as 'at 1MiB stall 2s -> exit 3'")
	f.BoolVar(&d.print, "print-plan", false, "print the plan that these options make, and exit")
}

// after is an option whose value is SIZE or SIZE=MORE.
type after struct {
	name, usage string
	actions     func(more string, given bool) ([]fault.Action, error)
}

// afters are in the order in which they happen at the same byte.
var afters = [...]after{
	{"stall-after", "stall after `SIZE[=D]`, for D or until nobody holds the other end of STREAM", stallActions},
	{"close-after", "close STREAM after `SIZE[=D]`, and live on for D or until a signal comes", closeActions},
	{"fail-after", "exit 1 after `SIZE`", failActions},
	{"exit-after", "exit after `SIZE[=STATUS]` (default 0)", exitActions},
	{"kill-after", "die by a signal after `SIZE[=SIGNAL]` (default KILL)", killActions},
}

func failActions(_ string, given bool) ([]fault.Action, error) {
	if given {
		return nil, fmt.Errorf("expected a size alone; --exit-after takes a status")
	}
	return []fault.Action{{Verb: fault.Exit, Status: 1}}, nil
}

func stallActions(more string, given bool) ([]fault.Action, error) {
	if !given {
		return []fault.Action{{Verb: fault.StallForever}}, nil
	}
	d, err := size.ParseDuration(more)
	if err == nil && d == 0 {
		err = fmt.Errorf("0 is no time to stall: expected more")
	}
	return []fault.Action{{Verb: fault.Stall, Duration: d}}, err
}

func closeActions(more string, given bool) ([]fault.Action, error) {
	actions, err := stallActions(more, given)
	if given {
		actions = append(actions, fault.Action{Verb: fault.Exit})
	}
	return append([]fault.Action{{Verb: fault.Hangup}}, actions...), err
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
