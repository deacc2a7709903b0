package trial

import "time"

// Runner carries out cases.
type Runner struct {
	// Folder is where each run has a folder of its own; "": the system's.
	Folder string
	// Patience is how long a tool may be without any progress while everything it waits for has happened; 0: 2 s.
	Patience time.Duration
}

func (r *Runner) patience() time.Duration {
	if r.Patience > 0 {
		return r.Patience
	}
	return 2 * time.Second
}
