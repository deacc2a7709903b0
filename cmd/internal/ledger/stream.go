package ledger

import (
	"context"

	"yjoint/core/fault"
)

// Stream is one open file, or what decides on calls that take a name. Its Injector decides.
type Stream struct {
	*fault.Injector
	Name  string // of the file, for people
	entry *Entry
	part  *part
	busy  [2]chan struct{} // holds a token while a transfer of the Op is under way: OpWrite, OpRead

	interrupted *interrupted
}

func newStream(in *fault.Injector, name string, e *Entry) *Stream {
	s := &Stream{Injector: in, Name: name, entry: e, part: &e.each, interrupted: &interrupted{}}
	for i := range s.busy {
		s.busy[i] = make(chan struct{}, 1)
	}
	return s
}

// Entry returns the fault that it belongs to.
func (s *Stream) Entry() *Entry { return s.entry }

// Begin waits until no other transfer by op, which is OpWrite or OpRead, is under way: the counts are those of one call at a time.
// The error is ctx's. [Stream.End] lets the next one begin.
func (s *Stream) Begin(ctx context.Context, op fault.Op) error {
	select {
	case s.busy[op] <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// TryBegin is Begin for who waits in another way: false if a transfer by op is under way.
func (s *Stream) TryBegin(op fault.Op) bool {
	select {
	case s.busy[op] <- struct{}{}:
		return true
	default:
		return false
	}
}

// End ends the transfer that Begin has begun.
func (s *Stream) End(op fault.Op) { <-s.busy[op] }

// Fired notes that a call met the step's action; op is what the call was made for.
func (s *Stream) Fired(step fault.Step, op fault.Op, call string, thread int) {
	event := &Event{Name: s.Name, Byte: s.Offset(op), Call: call, Thread: thread}
	rule := &s.entry.rules[s.part.index[step.Rule]]
	s.entry.ledger.mu.Lock()
	defer s.entry.ledger.mu.Unlock()
	rule.Fired++
	rule.Actions[step.Index]++
	if rule.First == nil {
		rule.First = event
	}
	rule.Last = event
}

// Progressed notes how far the stream has come, for messages about rules that did not fire. A back end calls it when a
// transfer is over, at the latest at the end of the file or run.
func (s *Stream) Progressed() {
	s.entry.ledger.mu.Lock()
	defer s.entry.ledger.mu.Unlock()
	s.entry.further(s.Injector)
}
