package fault

import (
	"fmt"
	"math"
)

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

// checkSteps refuses steps that can't happen on the rule's event, or that are never reached.
func (p *parser) checkSteps(r placedRule) error {
	closed := -1 // the step after which no bytes move
	for i, a := range r.Actions {
		switch {
		case !r.Trigger.Kind.allows(a.Verb) && r.Trigger.Kind == WhenFull:
			return p.fail(r.actions[i], "%q can't happen on %q, which is no call", a.verb(), r.Trigger)
		case !r.Trigger.Kind.allows(a.Verb):
			return p.fail(r.actions[i], "%q is for bytes: %q transfers none", a.verb(), r.Trigger)
		case closed >= 0 && (a.Verb.endsCall() || a.Verb == Rate || a.endsTransfer() && !a.isFinal() || a.Verb == StallUntilFull):
			return p.fail(r.actions[i], "%q is never reached: no bytes move after %q", a.verb(), r.Actions[closed].verb())
		case a.isFinal() && i < len(r.Actions)-1:
			return p.fail(r.actions[i+1], "%q is never reached: %q is final", r.Actions[i+1].verb(), a.verb())
		case r.Trigger.Kind == Every && a.Verb == Short && a.Size >= r.Trigger.N:
			return p.fail(r.actions[i], "%q is never reached: the next multiple of %d comes first", a.verb(), r.Trigger.N)
		case a.endsTransfer():
			closed = i
		}
	}
	last := len(r.Actions) - 1
	if a := r.Actions[last]; a.Verb == OK {
		return p.fail(r.actions[last], `%q in last place does nothing: after its last action a rule is spent`, a)
	}
	return nil
}

// checkPair refuses two rules for the same event, and a rule for what another one never lets happen.
func (p *parser) checkPair(a, b placedRule) error {
	if where, meet := meeting(a.Rule, b.Rule); meet {
		return p.fail(b.at, "%q overlaps %q%s: one rule must have all that happens there", b.Trigger, a.Trigger, where)
	}
	for _, pair := range [][2]placedRule{{a, b}, {b, a}} {
		if end, late := pair[0], pair[1]; end.endsTransfer() && isBehind(late.Trigger, end.Trigger) {
			return p.fail(late.at, "%q is never reached: nothing comes after %q", late.Trigger, end.Rule)
		}
	}
	return nil
}

// meeting reports whether two rules apply to the same event, and where that is if their triggers don't tell.
func meeting(a, b Rule) (where string, meet bool) {
	if a.Trigger.Kind > b.Trigger.Kind || a.Trigger.Kind == b.Trigger.Kind && a.Trigger.N > b.Trigger.N {
		a, b = b, a
	}
	s, t := a.Trigger, b.Trigger
	place := s.Kind == At || s.Kind == Across
	switch {
	case s == t, s.Kind == At && t.Kind == Across && s.N == t.N:
		return "", true
	case place && t.Kind == Every && s.N > 0 && s.N%t.N == 0:
		return fmt.Sprintf(" at byte %d", s.N), true
	case s.Kind == Every && t.Kind == Every:
		n, meet := commonMultiple(s.N, t.N)
		return fmt.Sprintf(" at byte %d", n), meet
	case place && s.N == 0 && t.Kind == Call && t.N == 1:
		return " at the first call", true
	case s.Kind == Call && t.Kind == Call:
		return fmt.Sprintf(" at call %d", t.N), t.N-s.N < a.calls()
	}
	return "", false
}

// commonMultiple returns the least one of a and b, if it is an int64.
func commonMultiple(a, b int64) (int64, bool) {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	if a/x > math.MaxInt64/b {
		return 0, false
	}
	return a / x * b, true
}

// calls returns how many calls in a row the rule takes at least, until it is spent; for one that persists only those
// before the last step.
func (r Rule) calls() int64 {
	total, open := int64(0), false // open: the last action met is followed by the next one in the same call
	for i, a := range r.Actions {
		if i == len(r.Actions)-1 && r.persists() {
			break
		}
		n := max(a.Count, 1)
		if open {
			n--
		}
		open = !a.Verb.endsCall()
		total += min(n, math.MaxInt64-total)
	}
	return total
}

// endsTransfer reports whether no bytes move after the rule's last action.
func (r Rule) endsTransfer() bool {
	for _, a := range r.Actions {
		if a.endsTransfer() {
			return true
		}
	}
	return r.persists()
}

// isBehind reports whether t can't come once end has come for good.
func isBehind(t, end Trigger) bool {
	bytes := t.Kind == At || t.Kind == Across || t.Kind == Every
	switch end.Kind {
	case At, Across, Every:
		return bytes && t.N > end.N
	case ReadAt:
		return t.Kind == ReadAt && t.N > end.N
	case Call:
		return t.Kind == Call && t.N > end.N || end.N == 1 && bytes
	case Open:
		return t.Kind != Rename
	}
	return false
}
