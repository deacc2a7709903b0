package fault

// checkRules refuses rules that apply at the same event, and steps and rules that are never reached.
func (p *parser) checkRules(rules []placedRule) error {
	for i, r := range rules {
		if err := p.checkSteps(r); err != nil {
			return err
		}
		for _, earlier := range rules[:i] {
			if err := p.checkPair(earlier, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSteps refuses what can't be reached within a rule.
func (p *parser) checkSteps(r placedRule) error {
	for i, a := range r.Actions[:len(r.Actions)-1] {
		if a.isFinal() {
			return p.fail(r.actions[i+1], "%q is never reached: %q is final", r.Actions[i+1].verb(), a.verb())
		}
	}
	last := len(r.Actions) - 1
	if a := r.Actions[last]; a.Verb == OK {
		return p.fail(r.actions[last], `%q in last place does nothing: after its last action a rule is spent`, a)
	}
	if r.Trigger.Kind > WhenFull { // open, close, fsync, rename
		for i, a := range r.Actions {
			if a.Verb == Short || a.Verb == Rate || a.Verb == StallUntilFull {
				return p.fail(r.actions[i], "%q is for bytes: %q transfers none", a.verb(), r.Trigger)
			}
		}
	}
	return nil
}

// checkPair refuses two rules for the same event, and a rule for a byte that another one never lets through.
func (p *parser) checkPair(a, b placedRule) error {
	if sameEvent(a.Trigger, b.Trigger) {
		return p.fail(b.at, "%q overlaps %q: one rule must have all that happens there", b.Trigger, a.Trigger)
	}
	for _, pair := range [][2]placedRule{{a, b}, {b, a}} {
		if end, late := pair[0], pair[1]; ends(end.Rule) && isBehind(late.Trigger, end.Trigger) {
			return p.fail(late.at, "%q is never reached: nothing comes after %q", late.Trigger, end.Rule)
		}
	}
	return nil
}

func sameEvent(a, b Trigger) bool {
	if a.Kind > b.Kind {
		a, b = b, a
	}
	return a == b || a.N == b.N && a.Kind == At && b.Kind == Across
}

// ends reports whether nothing is transferred after the rule's last action.
func ends(r Rule) bool {
	last := r.Actions[len(r.Actions)-1]
	return last.isFinal() || last.Verb == Reset || last.Verb == Hangup ||
		last.Verb == Fail && last.Count == 0 && r.Trigger.Kind != Every
}

// isBehind reports whether t can't come once end has come for good.
func isBehind(t, end Trigger) bool {
	bytes := t.Kind == At || t.Kind == Across || t.Kind == Every
	switch end.Kind {
	case At, Across:
		return bytes && t.N > end.N
	case ReadAt, Call:
		return t.Kind == end.Kind && t.N > end.N
	case Open:
		return t.Kind != Rename
	}
	return false
}
