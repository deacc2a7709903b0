package fault

import (
	"fmt"
	"slices"
)

// Firing is how often a rule has fired, and where.
type Firing struct {
	Rule  string `json:"rule"`
	Count int64  `json:"fired"` // actions that were met
	First int64  `json:"first"` // byte offset of the first; -1: none
	Last  int64  `json:"last"`  // of the last

	// Met has for each of the rule's actions how many calls met it.
	Met []int64 `json:"actions"`
}

func (f *Firing) count(at int64, step int) {
	f.Met[step]++
	if f.Count == 0 {
		f.First = at
	}
	f.Count++
	f.Last = at
}

// Fired returns what became of each rule so far, in the order of the plan.
func (in *Injector) Fired() []Firing {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := make([]Firing, 0, len(in.rules))
	for _, s := range in.rules {
		f := s.firings
		f.Met = slices.Clone(f.Met)
		all = append(all, f)
	}
	return all
}

// Unfired returns an error for each rule that has not fired, which says how far the stream came. A run in which that is
// so has not tested what it was meant to test.
func (in *Injector) Unfired() []error {
	in.mu.Lock()
	defer in.mu.Unlock()
	var all []error
	for i := range in.rules {
		if s := &in.rules[i]; s.firings.Count == 0 {
			all = append(all, fmt.Errorf("rule '%s' did not fire: %s", s.Rule, in.progress(s)))
		}
	}
	return all
}

// Progress says how far the stream came towards the rule with that index in the plan, such as "the furthest reached byte
// 812331", for a message about one that did not fire.
func (in *Injector) Progress(rule int) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.progress(&in.rules[rule])
}

func (in *Injector) progress(s *ruleState) string {
	reached := fmt.Sprintf("the furthest reached byte %d", in.offset(OpWrite))
	switch s.Trigger.Kind {
	case At, Every:
		return reached + s.waiting(in.offset(OpWrite))
	case ReadAt:
		return fmt.Sprintf("the furthest read byte %d", in.offset(OpRead)) + s.waiting(in.offset(OpRead))
	case Call:
		return fmt.Sprintf("there were %d calls", in.calls)
	case WhenFull:
		return "the writer was never held up; " + reached
	case Open, Close, Fsync, Rename:
		return fmt.Sprintf("%s was never called; %s", s.Trigger, reached)
	}
	return reached
}

// waiting returns what a rule whose byte was reached still waited for.
func (s *ruleState) waiting(offset int64) string {
	switch a := s.Actions[0]; {
	case offset < s.next:
		return ""
	case a.Verb == Short:
		return fmt.Sprintf(", and no call after byte %d was for more than %d", s.next, a.Size)
	}
	return ", and no call came after it"
}
