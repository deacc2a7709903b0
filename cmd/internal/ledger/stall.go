package ledger

import (
	"sync"
	"time"

	"yjoint/core/fault"
)

// Stall is a pause that a plan demands of a call.
type Stall struct {
	Until time.Time // the zero time: it has no end
	File  string    // whose existence ends it; "": none does
}

// NewStall begins the stall of an action; nil: the action is none.
func NewStall(a *fault.Action) *Stall {
	switch a.Verb {
	case fault.Stall:
		return &Stall{Until: time.Now().Add(a.Duration)}
	case fault.StallForever:
		return &Stall{}
	case fault.StallUntilFile:
		return &Stall{File: a.File}
	}
	return nil
}

// interrupted keeps the stalls that calls have left too early.
type interrupted struct {
	mu   sync.Mutex
	left map[fault.Op]*Stall
}

// Interrupted notes that a call by op has left the stall before its end, because of a signal: the next one goes on with it, so that
// stray signals, such as those that Go's runtime sends to its own threads, don't shorten it.
func (s *Stream) Interrupted(op fault.Op, left *Stall) {
	s.interrupted.mu.Lock()
	defer s.interrupted.mu.Unlock()
	if s.interrupted.left == nil {
		s.interrupted.left = map[fault.Op]*Stall{}
	}
	s.interrupted.left[op] = left
}

// Resume returns the stall that a call by op has to go on with, which is the caller's then; nil: there is none.
func (s *Stream) Resume(op fault.Op) *Stall {
	s.interrupted.mu.Lock()
	defer s.interrupted.mu.Unlock()
	left := s.interrupted.left[op]
	delete(s.interrupted.left, op)
	return left
}
