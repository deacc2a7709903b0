package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yjoint/core/fault"
	"yjoint/internal/size"
)

// plan returns what the options say, or an error that names the option.
func (d *deeds) plan(back fault.BackEnd) (fault.Plan, error) {
	var rules ruleList
	for _, fd := range d.nonblock {
		rules.add(0, fault.Action{Verb: fault.Nonblock, FD: fd})
	}
	if d.rate > 0 {
		rules.add(0, fault.Action{Verb: fault.Rate, Size: int64(d.rate)})
	}
	if d.untilFull && d.afters == [len(afters)]string{} {
		return fault.Plan{}, errors.New("--until-full: expected one of the options --…-after beside it, to say when")
	}
	full := map[int64]bool{}
	for i, a := range afters {
		text := d.afters[i]
		if text == "" {
			continue
		}
		at, actions, err := a.parse(text)
		if err != nil {
			return fault.Plan{}, fmt.Errorf("--%s %s: %w", a.name, text, err)
		}
		if d.untilFull && !full[at] {
			rules.add(at, fault.Action{Verb: fault.StallUntilFull})
			full[at] = true
		}
		rules.add(at, actions...)
	}
	own, err := fault.Parse(d.text)
	if err != nil {
		return own, fmt.Errorf("--plan: %w", err)
	}
	return rules.plan(own, back)
}

// parse takes the value of the option.
func (a after) parse(text string) (at int64, actions []fault.Action, err error) {
	where, more, given := strings.Cut(text, "=")
	if at, err = size.Parse(where); err != nil {
		return 0, nil, err
	}
	actions, err = a.actions(more, given)
	return at, actions, err
}

// ruleList has the rules that options make.
type ruleList []fault.Rule

// add appends actions to the rule for that byte.
func (l *ruleList) add(at int64, actions ...fault.Action) {
	t := fault.Trigger{Kind: fault.At, N: at}
	i := slices.IndexFunc(*l, func(r fault.Rule) bool { return r.Trigger == t })
	if i < 0 {
		i = len(*l)
		*l = append(*l, fault.Rule{Trigger: t})
	}
	(*l)[i].Actions = append((*l)[i].Actions, actions...)
}

// plan joins the rules with those of own, and checks them as a whole.
func (l ruleList) plan(own fault.Plan, back fault.BackEnd) (fault.Plan, error) {
	slices.SortStableFunc(l, func(x, y fault.Rule) int { return cmp.Compare(x.Trigger.N, y.Trigger.N) })
	whole, err := fault.Parse(fault.Plan{Rules: append(l, own.Rules...)}.String())
	if err != nil {
		return whole, fmt.Errorf("these options don't go together: %w", err)
	}
	return whole, whole.Check(back)
}
