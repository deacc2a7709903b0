package fault

import (
	"math"
	"sync"
)

// Op is a kind of call that a back end makes.
type Op int

// The kinds of calls.
const (
	OpWrite Op = iota // transfers bytes to the output; a sink process that consumes them counts as well
	OpRead            // transfers bytes from the input
	OpFull            // no call: the writer can't go on, since nobody takes what it wrote
	OpOpen
	OpClose
	OpFsync
	OpRename
)

// Step is what becomes of a call now.
type Step struct {
	// Limit is how many bytes may be transferred now at most. Where it is 0 and Action is nil, 0 bytes were asked for.
	Limit int
	// Action is to be performed; nil: none. Fail and OK end the call, as Short does when Limit bytes are transferred.
	// After any other action the back end goes on with [Injector.Continue].
	Action *Action
	// Rule is the index in the plan of the rule that has the Action, and Index that of the Action in the rule.
	Rule, Index int
}

// Injector is one run of a plan on one stream: a back end asks it what becomes of each call, does that, and reports what it
// transferred. It performs nothing itself, so it is the same for all back ends.
//
// Its methods may be called from several goroutines; but between a Step and the Moved that belongs to it no other call of the
// same Op may be made, or the counts are those of neither.
type Injector struct {
	mu    sync.Mutex
	rules []ruleState
	calls int64 // writes begun
	moved [2]int64
}

// ruleState is how far a rule has come.
type ruleState struct {
	Rule
	index   int   // in the plan
	step    int   // the action that is met next; len(Actions): the rule is spent
	left    int64 // calls that are still to meet it
	met     bool  // in this call, by an action that doesn't end it
	begun   bool  // Every: some of the actions were met since the last multiple
	next    int64 // the trigger's N; Every: the multiple that comes next, or noMultiple
	firings Firing
}

// noMultiple: no int64 is a further multiple.
const noMultiple = -1

// NewInjector begins a run of the plan, at byte 0. It panics if the plan is not valid; those that come from [Parse] and
// [Random] are, and those that pass [Plan.Check].
func NewInjector(p Plan) *Injector {
	if err := p.Validate(); err != nil {
		panic(err)
	}
	in := &Injector{}
	for i, r := range p.Rules {
		s := ruleState{Rule: r, index: i, next: r.Trigger.N}
		s.firings = Firing{Rule: r.String(), First: -1, Last: -1, Met: make([]int64, len(r.Actions))}
		s.load()
		in.rules = append(in.rules, s)
	}
	return in
}

// load prepares the current action.
func (s *ruleState) load() {
	if s.step == len(s.Actions) {
		return
	}
	a := s.Actions[s.step]
	switch {
	case a.Count > 0:
		s.left = a.Count
	case s.step == len(s.Actions)-1 && s.persists():
		s.left = math.MaxInt64 // it persists
	default:
		s.left = 1
	}
}

// Call begins a call that asks for n bytes, which must be 0 unless op is OpWrite or OpRead.
func (in *Injector) Call(op Op, n int) Step {
	in.mu.Lock()
	defer in.mu.Unlock()
	if op == OpWrite {
		in.calls++
	}
	for i := range in.rules {
		if s := &in.rules[i]; s.Trigger.Kind.op() == op {
			s.met = false // only these: a call of another Op may be under way
		}
	}
	return in.decide(op, n)
}

// Continue goes on with a call after an action that does not end it, or after a part of it was transferred: n bytes are
// still asked for.
func (in *Injector) Continue(op Op, n int) Step {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.decide(op, n)
}

// Moved reports that n bytes were transferred by the op that was decided last.
func (in *Injector) Moved(op Op, n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if op == OpWrite || op == OpRead {
		in.moved[op] += min(int64(max(n, 0)), math.MaxInt64-in.moved[op])
	}
}

// Offset returns how many bytes op has transferred.
func (in *Injector) Offset(op Op) int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.offset(op)
}

func (in *Injector) offset(op Op) int64 {
	if op == OpRead {
		return in.moved[OpRead]
	}
	return in.moved[OpWrite]
}

// Look tells what Continue would decide, and decides nothing: how many of n bytes come before the next byte of a rule, and
// whether the call meets an action. It is for back ends that get one call in several parts.
func (in *Injector) Look(op Op, n int) (limit int, meets bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	limit = in.limit(op, n)
	return limit, in.choose(op, limit) != nil
}

// decide returns an action that a rule has for the call, or how far it may go.
func (in *Injector) decide(op Op, n int) Step {
	limit := in.limit(op, n)
	s := in.choose(op, limit)
	if s == nil {
		return Step{Limit: limit}
	}
	return in.take(s, op, limit)
}

// limit returns how many of n bytes come before the next byte of a rule.
func (in *Injector) limit(op Op, n int) int {
	for i := range in.rules {
		n = in.rules[i].limit(op, in.offset(op), n)
	}
	return n
}

// choose returns the rule whose action is met by a call that is about to transfer n bytes; nil: none. Rules for the call's
// number come first, so that they meet that very call, then the others in the plan's order. What stops a call comes before
// what lets it pass: no "ok" or "short" of one rule carries bytes past the place where another one applies.
func (in *Injector) choose(op Op, n int) *ruleState {
	for _, passing := range []bool{false, true} {
		for _, byCall := range []bool{true, false} {
			for i := range in.rules {
				s := &in.rules[i]
				if (s.Trigger.Kind == Call) == byCall && in.meets(s, op, n, passing) {
					return s
				}
			}
		}
	}
	return nil
}

// meets reports whether a call that is about to transfer n bytes meets the rule's current action, if that is passing: one
// with which the call transfers bytes and is over. A short write must really be shorter.
func (in *Injector) meets(s *ruleState, op Op, n int, passing bool) bool {
	if s.met || s.step == len(s.Actions) || !s.applies(op, in.offset(op), in.calls, n) {
		return false
	}
	a := s.Actions[s.step]
	return passing == (a.Verb == OK || a.Verb == Short) && (a.Verb != Short || int64(n) > a.Size)
}

// limit returns how many of n bytes come before the rule's next byte.
func (s *ruleState) limit(op Op, offset int64, n int) int {
	switch k := s.Trigger.Kind; {
	case s.step == len(s.Actions):
	case op == OpWrite && (k == At || k == Every), op == OpRead && k == ReadAt:
		to := s.next
		if k == Every && to != noMultiple && offset >= to {
			to = s.multipleAfter(offset)
		}
		if offset < to {
			return int(min(to-offset, int64(n)))
		}
	}
	return n
}

// applies reports whether the rule's trigger has come, for a call that is about to transfer n bytes. One that transfers
// none is nowhere, as write(2) of no bytes succeeds on a full disk.
func (s *ruleState) applies(op Op, offset, calls int64, n int) bool {
	switch s.Trigger.Kind {
	case At:
		return op == OpWrite && n > 0 && offset >= s.next
	case Every:
		return op == OpWrite && n > 0 && (s.begun || s.next != noMultiple && offset >= s.next)
	case ReadAt:
		return op == OpRead && n > 0 && offset >= s.next
	case Across:
		return op == OpWrite && n > 0 && int64(n) > s.next-offset
	case Call:
		return op == OpWrite && calls >= s.Trigger.N
	}
	return op == s.Trigger.Kind.op()
}

// op returns the calls that can meet such a rule.
func (k TriggerKind) op() Op {
	switch k {
	case ReadAt:
		return OpRead
	case WhenFull:
		return OpFull
	case Open:
		return OpOpen
	case Close:
		return OpClose
	case Fsync:
		return OpFsync
	case Rename:
		return OpRename
	}
	return OpWrite
}

// take returns the rule's current action and moves the rule on.
func (in *Injector) take(s *ruleState, op Op, n int) Step {
	at := in.offset(op)
	if s.Trigger.Kind == Every && s.next != noMultiple && at >= s.next {
		s.rearm(at)
	}
	a := &s.Actions[s.step]
	step := Step{Action: a, Rule: s.index, Index: s.step}
	s.firings.count(at, s.step)
	if s.left--; s.left == 0 {
		s.step++
		s.load()
	} else if !a.Verb.endsCall() {
		s.met = true // the other calls meet it too
	}
	if s.step == len(s.Actions) && s.Trigger.Kind == Every && s.next != noMultiple {
		s.step, s.begun = 0, false // rearm loads the first one
	}
	switch a.Verb {
	case OK:
		step.Limit = n
	case Short:
		step.Limit = int(min(a.Size, int64(n)))
	}
	return step
}

// rearm begins the actions of an Every rule anew, and lets it wait for the multiple that comes after offset.
func (s *ruleState) rearm(offset int64) {
	s.step, s.begun = 0, true
	s.load()
	s.next = s.multipleAfter(offset)
}

// multipleAfter returns the first multiple above offset, or noMultiple.
func (s *ruleState) multipleAfter(offset int64) int64 {
	if multiple := offset / s.Trigger.N; multiple < math.MaxInt64/s.Trigger.N {
		return (multiple + 1) * s.Trigger.N
	}
	return noMultiple
}
