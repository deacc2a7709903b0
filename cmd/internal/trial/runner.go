package trial

import (
	"errors"
	"time"
)

// Runner carries out cases.
type Runner struct {
	// Folder is where each run has a folder of its own; "": the system's.
	Folder string
	// Patience is how long a tool may be without any progress while everything it waits for has happened; 0: 2 s.
	Patience time.Duration
	// Limit is how long a run may take that moves all the time; 0: 2 min, and 1 min more for each GiB of the source.
	Limit time.Duration
}

// ErrOverdue says that a run was ended at the limit.
var ErrOverdue = errors.New("not over in time, though it moves still")

// limit returns the one for a source of so many bytes.
func (r *Runner) limit(size int64) time.Duration {
	if r.Limit > 0 {
		return r.Limit
	}
	return 2*time.Minute + time.Duration(size>>30)*time.Minute
}

func (r *Runner) patience() time.Duration {
	if r.Patience > 0 {
		return r.Patience
	}
	return 2 * time.Second
}
