package sweep

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Order is what a runner does: it runs the command in the room's folder, with these faults.
type Order struct {
	Faults  []string // as `faultsink exec --fault` takes them
	Record  bool     // also all writes in the folder and to inherited descriptors
	Timeout time.Duration
}

// Runner runs the command once. The error is the context's.
type Runner func(ctx context.Context, r *Room, o Order) (Told, error)

// Sweep is a command that is to be run again and again.
type Sweep struct {
	Lab  *Lab
	Run  Runner
	Jobs int // at a time; 0 is one

	// Check is a shell's command that decides in the folder whether all is as it should be; "": the bytes do, which must be those
	// of the clean run.
	Check string
	// Stderr says that standard error is an output too.
	Stderr bool
	// Timeout is how long a run may take; 0: ten times what the clean run takes, and leastTimeout at least.
	Timeout time.Duration

	// Recording is what the clean run wrote, once Record has returned.
	Recording Recording
	// Clean is how long it took.
	Clean time.Duration

	clean   *Room    // as the clean run left it
	outputs []string // names for [Room.file] of what it has made
}

// leastTimeout is how long a run may take on a busy machine, however short the clean run was.
const leastTimeout = 10 * time.Second

// RecordError says why a command can't be swept.
type RecordError struct {
	Reason string
	Said   string // the end of the command's standard error
	Random bool   // it does not do the same each time
	Status int    // of faultsink itself, if that failed; 0: it did not
}

func (e *RecordError) Error() string { return e.Reason }

// Record runs the command twice without a failure, and keeps what it wrote. The notes are for the user. The error is a
// [RecordError], the context's, or the system's.
func (s *Sweep) Record(ctx context.Context) (notes []string, err error) {
	room, told, err := s.runClean(ctx, Order{Record: true, Timeout: s.Timeout})
	if err != nil {
		return nil, err
	}
	s.clean, s.Clean = room, told.Took
	s.Recording = NewRecording(room.Folder, told.Writes)
	if !s.Stderr {
		s.Recording.Files = slices.DeleteFunc(s.Recording.Files, func(f File) bool { return f.Name == "stderr" || f.Name == "/dev/stderr" })
	}
	if len(s.Recording.Files) == 0 {
		return nil, &RecordError{Reason: "COMMAND wrote nothing to standard output, and nothing to a file in this folder: there is nothing to sweep"}
	}
	if s.outputs, err = s.Lab.changed(room); err != nil {
		return nil, err
	}
	for _, f := range s.Recording.Files {
		s.outputs = append(s.outputs, f.Name)
	}
	slices.Sort(s.outputs)
	s.outputs = slices.Compact(s.outputs)
	notes = told.Notes
	if outside := room.outside(told.Outside); len(outside) > 0 {
		notes = append(notes, "not swept, since it is outside of this folder: "+strings.Join(outside, ", "))
	}
	again, err := s.recordAgain(ctx)
	if again {
		notes = append(notes, "two clean runs wrote the same bytes in different pieces")
	}
	if s.Timeout == 0 {
		s.Timeout = max(leastTimeout, 10*s.Clean)
	}
	return notes, err
}

// harmless is a plan whose rules tell that a file was closed and synced, and change nothing.
const harmless = "close stall 1ns; fsync stall 1ns"

// recordAgain makes a second clean run, which tells what is closed and synced, and whether all is as it was. other: the writes
// were others.
func (s *Sweep) recordAgain(ctx context.Context) (other bool, err error) {
	o := Order{Timeout: s.Timeout}
	for _, f := range s.Recording.Files {
		o.Faults = append(o.Faults, f.Target+"="+harmless)
	}
	room, told, err := s.runClean(ctx, o)
	if err != nil {
		return false, err
	}
	defer room.Remove()
	s.Clean = max(s.Clean, told.Took)
	switch d, err := s.damage(ctx, room); {
	case err != nil:
		return false, err
	case d != "" && s.Check != "":
		return false, &RecordError{Reason: "after a clean run " + d + ": expected a CHECK that exits 0"}
	case d != "":
		return false, &RecordError{Random: true, Reason: "COMMAND does not do the same each time: after a second clean run " + d +
			": expected the same bytes, or a --check that can judge them"}
	}
	second := NewRecording(room.Folder, told.Writes)
	for i := range s.Recording.Files {
		f := &s.Recording.Files[i]
		onClose, onFsync := told.Rules[2*i], told.Rules[2*i+1]
		f.Opens, f.Closed, f.Synced = onClose.Opens, onClose.Fired > 0, onFsync.Fired > 0
		j := slices.IndexFunc(second.Files, func(g File) bool { return g.Name == f.Name })
		other = other || j < 0 || !slices.Equal(f.Writes, second.Files[j].Writes)
	}
	return other, nil
}

// runClean runs the command, which must end with status 0. Its room is the caller's.
func (s *Sweep) runClean(ctx context.Context, o Order) (*Room, Told, error) {
	room, err := s.Lab.Room()
	if err != nil {
		return nil, Told{}, err
	}
	told, err := s.Run(ctx, room, o)
	if err != nil {
		return nil, told, err
	}
	e := &RecordError{Said: said(room), Status: told.Status}
	switch {
	case told.Error != "":
		e.Reason = told.Error
	case told.Ended == nil:
		e.Reason = fmt.Sprintf("COMMAND had not ended after %v, without any fault", told.Took.Round(time.Millisecond))
	case *told.Ended != End{}:
		e.Reason = fmt.Sprintf("COMMAND ended by %v without any fault: expected status 0", told.Ended)
		if len(told.Notes) > 0 {
			e.Reason += " (" + strings.Join(told.Notes, "; ") + ")"
		}
	default:
		return room, told, nil
	}
	return nil, told, e
}

// damage says what a run left that is not as it should be.
func (s *Sweep) damage(ctx context.Context, r *Room) (string, error) {
	if s.Check != "" {
		return s.check(ctx, r)
	}
	first, more := "", 0
	for _, name := range s.outputs {
		difference, err := s.Lab.compare(s.clean.file(name), r.file(name))
		switch {
		case err != nil:
			return "", err
		case difference == "":
		case first == "":
			first = name + " " + difference
		default:
			more++
		}
	}
	if more > 0 {
		first += fmt.Sprintf(" (and %d more)", more)
	}
	return first, nil
}

// Try makes the cases' runs and judges them: the results are in the order of the cases. tell is called after each, by one goroutine
// at a time. The error is the context's.
func (s *Sweep) Try(ctx context.Context, cases []Case, tell func(Result)) ([]Result, error) {
	results := make([]Result, len(cases))
	next := make(chan int)
	var all sync.WaitGroup
	var telling sync.Mutex
	for range max(s.Jobs, 1) {
		all.Go(func() {
			for i := range next {
				results[i] = s.try(ctx, cases[i])
				telling.Lock()
				if ctx.Err() == nil {
					tell(results[i])
				}
				telling.Unlock()
			}
		})
	}
	for i := range cases {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
	return results, context.Cause(ctx)
}

// try makes one run.
func (s *Sweep) try(ctx context.Context, c Case) Result {
	r := Result{Case: c, Outcome: Failed}
	room, err := s.Lab.Room()
	if err != nil {
		r.Why = err.Error()
		return r
	}
	defer room.Remove()
	told, err := s.Run(ctx, room, Order{Faults: []string{c.Fault()}, Timeout: s.Timeout})
	if err != nil {
		r.Why = err.Error()
		return r
	}
	var trouble error
	e := evidence{told: told, reopened: told.opens() > s.opens(c.Target), damage: func() (d string) {
		d, trouble = s.damage(ctx, room)
		return d
	}}
	r.Ended, r.Took, r.Said = told.Ended, told.Took, said(room)
	if r.Outcome, r.Why = judge(c, e); trouble != nil {
		r.Outcome, r.Why = Failed, trouble.Error()
	}
	return r
}

// opens returns how often the clean run opened the target.
func (s *Sweep) opens(target string) int64 {
	for _, f := range s.Recording.Files {
		if f.Target == target {
			return f.Opens
		}
	}
	return 0
}

// mostSaid is how much of a command's standard error is kept.
const mostSaid = 2000

// said returns the end of what the command wrote to standard error.
func said(r *Room) string {
	text, err := os.ReadFile(r.Stderr)
	if err != nil {
		return ""
	}
	return string(text[max(len(text)-mostSaid, 0):])
}
