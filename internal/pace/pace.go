// Package pace limits how many bytes move per second.
package pace

import "time"

// Rate is a limit on the bytes per second, from the moment that it was set. The zero Rate is none. It is for one goroutine
// at a time.
type Rate struct {
	perSecond int64 // 0: no limit
	due       time.Time
}

// Set begins to limit to so many bytes per second; 0 is no limit.
func (r *Rate) Set(perSecond int64) { r.perSecond, r.due = perSecond, time.Now() }

// slicesPerSecond is in how many steps the bytes of a second move at least, if they are so many.
const slicesPerSecond = 20

// Slice returns how many of n bytes move in the next step.
func (r *Rate) Slice(n int) int {
	if r.perSecond == 0 {
		return n
	}
	return int(min(int64(n), max(r.perSecond/slicesPerSecond, 1)))
}

// Delay returns how long the next byte must wait; 0 or less: not at all. Time in which nothing was there to transfer is not
// caught up with.
func (r *Rate) Delay() time.Duration {
	if r.perSecond == 0 {
		return 0
	}
	return time.Until(r.due)
}

// Moved notes that n bytes have moved.
func (r *Rate) Moved(n int) {
	if r.perSecond == 0 || n == 0 {
		return
	}
	if now := time.Now(); r.due.Before(now) {
		r.due = now
	}
	r.due = r.due.Add(time.Duration(float64(n) / float64(r.perSecond) * float64(time.Second)))
}
