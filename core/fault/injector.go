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
	step    int   // the action that is met next; len(Actions): the rule is spent
	left    int64 // calls that are still to meet it
	met     bool  // in this call, by an action that doesn't end it
	begun   bool  // an action was met since the trigger came
	next    int64 // Every: the multiple that comes next
	firings Firing
}

// NewInjector begins a run of the plan, at byte 0.
func NewInjector(p Plan) *Injector {
	in := &Injector{}
	for _, r := range p.Rules {
		s := ruleState{Rule: r, next: r.Trigger.N, firings: Firing{Rule: r.String(), First: -1, Last: -1}}
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
	case a.Verb == Fail && s.step == len(s.Actions)-1 && s.Trigger.Kind != Every:
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
		in.rules[i].met = false
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
		in.moved[op] += int64(n)
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

// decide returns the first action that a rule has for the call, or how far it may go.
func (in *Injector) decide(op Op, n int) Step {
	limit := n
	for i := range in.rules {
		limit = in.rules[i].limit(op, in.offset(op), limit)
	}
	for i := range in.rules {
		s := &in.rules[i]
		if s.met || s.step == len(s.Actions) || !s.applies(op, in.offset(op), in.calls, limit) {
			continue
		}
		if a := &s.Actions[s.step]; a.Verb != Short || int64(limit) > a.Size {
			return in.take(s, op, limit)
		}
	}
	return Step{Limit: limit}
}

// limit returns how many of n bytes come before the rule's next byte.
func (s *ruleState) limit(op Op, offset int64, n int) int {
	to := s.next
	switch {
	case s.step == len(s.Actions) || s.begun:
		return n
	case op == OpWrite && (s.Trigger.Kind == At || s.Trigger.Kind == Every):
	case op == OpRead && s.Trigger.Kind == ReadAt:
	default:
		return n
	}
	if offset < to && to-offset < int64(n) {
		return int(to - offset)
	}
	return n
}

// applies reports whether the rule's trigger has come, for a call that is about to transfer n bytes.
func (s *ruleState) applies(op Op, offset, calls int64, n int) bool {
	reached := offset >= s.next
	switch s.Trigger.Kind {
	case At, Every:
		return op == OpWrite && reached
	case ReadAt:
		return op == OpRead && reached
	case Across:
		return op == OpWrite && (offset > s.next && s.begun || offset <= s.next && int64(n) > s.next-offset)
	case Call:
		return op == OpWrite && calls >= s.Trigger.N
	}
	return op == triggerOps[s.Trigger.Kind]
}

var triggerOps = map[TriggerKind]Op{WhenFull: OpFull, Open: OpOpen, Close: OpClose, Fsync: OpFsync, Rename: OpRename}

// take returns the rule's current action and moves the rule on.
func (in *Injector) take(s *ruleState, op Op, n int) Step {
	a := &s.Actions[s.step]
	at := in.offset(op)
	s.firings.count(at)
	s.begun = true
	if s.left--; s.left == 0 {
		s.step++
		s.load()
	} else if !a.Verb.endsCall() {
		s.met = true // the other calls meet it too
	}
	if s.step == len(s.Actions) && s.Trigger.Kind == Every {
		s.rearm(at)
	}
	step := Step{Action: a}
	switch a.Verb {
	case OK:
		step.Limit = n
	case Short:
		step.Limit = int(min(a.Size, int64(n)))
	}
	return step
}

// rearm lets an Every rule wait for its next multiple, if there is one.
func (s *ruleState) rearm(offset int64) {
	multiple := offset / s.Trigger.N
	if multiple >= math.MaxInt64/s.Trigger.N {
		return
	}
	s.next, s.step, s.begun = (multiple+1)*s.Trigger.N, 0, false
	s.load()
}
