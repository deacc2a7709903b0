package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"yjoint/internal/size"
)

// Plan is what goes wrong with one stream. The zero Plan lets everything pass.
type Plan struct {
	Rules []Rule
}

// Rule is something that happens, and what then.
type Rule struct {
	Trigger Trigger
	Actions []Action // one at least
}

// Trigger is when a rule applies.
type Trigger struct {
	Kind TriggerKind
	N    int64 // bytes, or for Call the number of the call; 0 for kinds that have none
}

// TriggerKind is a kind of event.
type TriggerKind int

// The kinds of triggers; the package's comment defines them.
const (
	At TriggerKind = iota
	Across
	ReadAt
	Every
	Call
	WhenFull
	Open
	Close
	Fsync
	Rename
)

var triggerNames = [...]string{"at", "across", "read at", "every", "call", "when-full", "open", "close", "fsync", "rename"}

// String returns the grammar's word.
func (k TriggerKind) String() string { return triggerNames[k] }

// takesSize reports whether a SIZE follows the word.
func (k TriggerKind) takesSize() bool { return k <= Every }

// Action is what a call meets.
type Action struct {
	Verb Verb
	// Count is how many calls meet it; 0: none was given, which means once, or for an errno in last place always.
	Count int64

	// What the verb needs; the zero value otherwise.
	Errno    syscall.Errno // of Fail
	Size     int64         // bytes, of Short; bytes per second, of Rate
	Duration time.Duration // of Stall
	File     string        // whose existence ends StallUntilFile
	Status   int           // of Exit
	Signal   string        // of Kill, without SIG
	FD       int           // of Nonblock
}

// Verb is a kind of action.
type Verb int

// The verbs.
const (
	OK             Verb = iota // the call passes
	Fail                       // it fails with an errno
	Short                      // it transfers only the first bytes
	Stall                      // it takes longer
	StallForever               // it never returns
	StallUntilFull             // it returns when the pipe is full
	StallUntilFile             // it returns when a file exists
	Rate                       // from now on so many bytes per second are transferred at most
	Exit                       // the process exits
	Kill                       // the process kills itself by a signal
	Reset                      // the connection is reset
	Hangup                     // the descriptor is closed, and the process lives on
	Nonblock                   // O_NONBLOCK is set on the description of a descriptor, and so for all who share it
)

var verbNames = [...]string{"ok", "ERRNO", "short", "stall DURATION", "stall forever", "stall until-full", "stall until FILE",
	"rate", "exit", "kill", "reset", "hangup", "nonblock"}

// String returns the verb as the grammar has it, with a placeholder for what it needs.
func (v Verb) String() string { return verbNames[v] }

// endsCall reports whether the call is over with the action, so that the next action is met by the next call.
func (v Verb) endsCall() bool { return v == OK || v == Fail || v == Short }

// canRepeat reports whether a count means anything.
func (v Verb) canRepeat() bool { return v.endsCall() || v == Stall }

// isFinal reports whether nothing comes after the action.
func (a Action) isFinal() bool {
	return a.Verb == Exit || a.Verb == StallForever || a.Verb == Kill && !slices.Contains(survived, a.Signal)
}

// endsTransfer reports whether no bytes move after the action.
func (a Action) endsTransfer() bool { return a.isFinal() || a.Verb == Reset || a.Verb == Hangup }

// persists reports whether the rule's last action is met by all calls to come.
func (r Rule) persists() bool {
	if len(r.Actions) == 0 || r.Trigger.Kind == Every {
		return false
	}
	last := r.Actions[len(r.Actions)-1]
	return last.Verb == Fail && last.Count == 0
}

// allows reports whether the verb can happen on such an event.
func (k TriggerKind) allows(v Verb) bool {
	switch k {
	case WhenFull: // no call that could fail
		return v != Fail && v != Short && v != StallUntilFull
	case Open, Close, Fsync, Rename: // no bytes are transferred
		return v != Short && v != Rate && v != StallUntilFull
	}
	return true
}

// survived are the signals that end no process by default.
var survived = []string{"STOP", "TSTP", "TTIN", "TTOU", "CONT", "CHLD", "URG", "WINCH", "INFO"}

// String returns the text of the plan in its canonical form: [Parse] of it gives an equal plan.
func (p Plan) String() string { return joined(p.Rules, "; ") }

// String returns the text of the rule in its canonical form.
func (r Rule) String() string { return r.Trigger.String() + " " + joined(r.Actions, " -> ") }

func joined[T interface{ String() string }](parts []T, by string) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(by)
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// String returns the text of the trigger in its canonical form.
func (t Trigger) String() string {
	switch {
	case t.Kind.takesSize():
		return t.Kind.String() + " " + size.Format(t.N)
	case t.Kind == Call:
		return t.Kind.String() + " " + strconv.FormatInt(t.N, 10)
	}
	return t.Kind.String()
}

// String returns the text of the action in its canonical form.
func (a Action) String() string {
	text := a.verb()
	if a.Count > 0 {
		text += "*" + strconv.FormatInt(a.Count, 10)
	}
	return text
}

func (a Action) verb() string {
	switch a.Verb {
	case Fail:
		return errnoName(a.Errno)
	case Short:
		return "short " + size.Format(a.Size)
	case Stall:
		return "stall " + a.Duration.String()
	case StallUntilFile:
		return "stall until " + strconv.Quote(a.File)
	case Rate:
		return "rate " + size.Format(a.Size) + "/s"
	case Exit:
		return "exit " + strconv.Itoa(a.Status)
	case Kill:
		return "kill " + a.Signal
	case Nonblock:
		return "nonblock " + strconv.Itoa(a.FD)
	}
	return a.Verb.String()
}

// Validate returns an error if the plan is none that [Parse] can return, as one that was put together by hand may be.
func (p Plan) Validate() error {
	for _, r := range p.Rules {
		if k := r.Trigger.Kind; k < 0 || int(k) >= len(triggerNames) {
			return fmt.Errorf("no trigger has the kind %d", int(k))
		}
		for _, a := range r.Actions {
			if a.Verb < 0 || int(a.Verb) >= len(verbNames) {
				return fmt.Errorf("no action has the verb %d", int(a.Verb))
			}
		}
	}
	parsed, err := Parse(p.String())
	if err == nil && !slices.EqualFunc(p.Rules, parsed.Rules, Rule.equal) {
		err = fmt.Errorf("plan %q has fields that its text doesn't tell", p)
	}
	return err
}

func (r Rule) equal(s Rule) bool { return r.Trigger == s.Trigger && slices.Equal(r.Actions, s.Actions) }

// MarshalText returns what String does, so that a plan is a string in JSON.
func (p Plan) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText parses text, as [Parse] does.
func (p *Plan) UnmarshalText(text []byte) error { return p.Set(string(text)) }

// Set parses text, as pflag.Value and flag.Value do.
func (p *Plan) Set(text string) (err error) {
	*p, err = Parse(text)
	return err
}

// Type is the placeholder in a program's help.
func (p *Plan) Type() string { return "PLAN" }
