package sweep

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yjoint/cmd/internal/ledger"
)

// Outcome is what a run shows of the command.
type Outcome string

// The outcomes.
const (
	Noticed   Outcome = "noticed"   // it ended with a status other than 0
	Recovered Outcome = "recovered" // status 0, and all is as it should be
	Swallowed Outcome = "swallowed" // status 0, and something is lost
	GaveUp    Outcome = "gave up"   // it took a short write, which is none, for an error
	Hung      Outcome = "hung"      // it did not end
	Unfired   Outcome = "not fired" // the call that was to fail was not made: the command does not do the same each time
	Failed    Outcome = "failed"    // faultsink itself: nothing is shown
)

// Outcomes are all of them, those that are good first.
var Outcomes = []Outcome{Noticed, Recovered, Swallowed, Hung, GaveUp, Unfired, Failed}

// Good reports whether the command did as it should.
func (o Outcome) Good() bool { return o == Noticed || o == Recovered }

// Result is a run that was judged.
type Result struct {
	Case
	Outcome Outcome
	Why     string
	Ended   *End          // nil: it was killed, or not run
	Took    time.Duration // the command alone
	Said    string        // the end of what it wrote to standard error
}

// End is how a command ended.
type End struct {
	Status int    `json:"status"` // -1 with a signal
	Signal string `json:"signal,omitempty"`
}

func (e End) String() string {
	if e.Signal != "" {
		return "death by " + e.Signal
	}
	return fmt.Sprintf("status %d", e.Status)
}

// Told is what a runner tells of a run.
type Told struct {
	Ended    *End              `json:"ended,omitempty"` // nil: it was not run, or killed
	TimedOut bool              `json:"timed_out,omitempty"`
	Took     time.Duration     `json:"took"`
	Rules    []ledger.Rule     `json:"rules"`
	Writes   map[string][]Span `json:"writes,omitempty"` // by full name
	Outside  []string          `json:"outside,omitempty"`
	Notes    []string          `json:"notes,omitempty"`
	Error    string            `json:"error,omitempty"` // of faultsink itself
	Status   int               `json:"status,omitempty"`
}

// reached returns how far the furthest write came.
func (t Told) reached() (to int64) {
	for _, spans := range t.Writes {
		for _, w := range spans {
			to = max(to, w.To)
		}
	}
	return to
}

// fired reports whether all rules did.
func (t Told) fired() bool {
	return !slices.ContainsFunc(t.Rules, func(r ledger.Rule) bool { return r.Fired == 0 })
}

// opens returns how often the target of the first rule was opened.
func (t Told) opens() int64 {
	if len(t.Rules) == 0 {
		return 0
	}
	return t.Rules[0].Opens
}

// evidence is what a run of a case left.
type evidence struct {
	told     Told
	reopened bool          // the target was opened more often than in the clean run
	damage   func() string // what is not as it should be; "": nothing. Asked once at most
}

// judge returns the outcome, and why it is that.
func judge(c Case, e evidence) (Outcome, string) {
	cut := !e.told.fired() && c.Cuts && e.told.reached() >= c.At
	switch {
	case e.told.Error != "":
		return Failed, e.told.Error
	case e.told.TimedOut || e.told.Ended == nil:
		return Hung, fmt.Sprintf("had not ended after %v", e.told.Took.Round(time.Millisecond))
	case !e.told.fired() && !cut:
		return Unfired, fmt.Sprintf("%v; the call was not made, though it was in a clean run", e.told.Ended)
	case *e.told.Ended != End{} && c.Kind == Short:
		return GaveUp, fmt.Sprintf("%v after a short write", e.told.Ended)
	case *e.told.Ended != End{}:
		return Noticed, e.told.Ended.String()
	}
	why := []string{"status 0"}
	if cut {
		why = append(why, fmt.Sprintf("a write was cut at byte %d and not continued", c.At))
	}
	if d := e.damage(); d != "" {
		return Swallowed, strings.Join(append(why, d), "; ")
	}
	// Nothing of a faulty close or fsync shows in the bytes, which are all there; but who writes the file anew knows of it.
	if (c.Kind == Close || c.Kind == Fsync) && !e.reopened {
		return Swallowed, fmt.Sprintf("status 0, though %s failed", c.Kind)
	}
	return Recovered, strings.Join(why, "; ")
}
