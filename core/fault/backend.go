package fault

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// BackEnd is something that can obey plans, or those plans that ask for no more than it can do.
type BackEnd struct {
	Name     string
	Triggers []TriggerKind
	Verbs    []Verb
}

// The back ends. A process that misbehaves can't give its neighbour an errno: it can only stop taking, or go.
var (
	// ForWriter is [Writer]'s: a call of Go that returns.
	ForWriter = BackEnd{"fault.Writer", []TriggerKind{At, Across, Every, Call, Close, Fsync},
		[]Verb{OK, Fail, Short, Stall, StallForever, StallUntilFile, Rate}}
	// ForReader is [Reader]'s.
	ForReader = BackEnd{"fault.Reader", []TriggerKind{ReadAt, Close}, ForWriter.Verbs}
	// ForSink is that of `faultsink sink`, a process that reads.
	ForSink = BackEnd{"faultsink sink", []TriggerKind{At, Every, Call, WhenFull},
		[]Verb{OK, Stall, StallForever, StallUntilFull, StallUntilFile, Rate, Exit, Kill, Reset, Hangup, Nonblock}}
	// ForGen is that of `faultsink gen`, a process that writes.
	ForGen = BackEnd{"faultsink gen", ForSink.Triggers, ForSink.Verbs}
	// ForExec is that of `faultsink exec`, which stands between a program and its system calls.
	ForExec = BackEnd{"faultsink exec", []TriggerKind{At, Across, ReadAt, Every, Call, Open, Close, Fsync, Rename},
		[]Verb{OK, Fail, Short, Stall, StallForever, StallUntilFile, Rate, Kill, Nonblock}}
	// ForMount is that of `faultsink mount`, a file system.
	ForMount = BackEnd{"faultsink mount", []TriggerKind{At, Across, ReadAt, Every, Call, Open, Close, Fsync, Rename},
		[]Verb{OK, Fail, Short, Stall, StallForever, StallUntilFile, Rate}}
)

// BackEnds are all of them.
var BackEnds = []BackEnd{ForWriter, ForReader, ForSink, ForGen, ForExec, ForMount}

// Check returns an error that names the first rule which b can't obey, and who can.
func (p Plan) Check(b BackEnd) error {
	if err := p.Validate(); err != nil {
		return err
	}
	for _, r := range p.Rules {
		if !slices.Contains(b.Triggers, r.Trigger.Kind) {
			return fmt.Errorf("rule '%s': %s knows no %q: %s", r, b.Name, r.Trigger.Kind, who(func(o BackEnd) bool {
				return slices.Contains(o.Triggers, r.Trigger.Kind)
			}))
		}
		for _, a := range r.Actions {
			if !slices.Contains(b.Verbs, a.Verb) {
				return fmt.Errorf("rule '%s': %s can't do %q: %s", r, b.Name, a.verb(), who(func(o BackEnd) bool {
					return slices.Contains(o.Triggers, r.Trigger.Kind) && slices.Contains(o.Verbs, a.Verb)
				}))
			}
		}
	}
	return nil
}

// who lists the back ends that can.
func who(can func(BackEnd) bool) string {
	var names []string
	for _, b := range BackEnds {
		if can(b) {
			names = append(names, b.Name)
		}
	}
	if names == nil {
		return "nobody can"
	}
	return strings.Join(names, ", ") + " can"
}

// Kind is a kind of file, of which some errnos are never seen.
type Kind int

// The kinds of files.
const (
	RegularFile Kind = iota
	Pipe
	Socket
)

var kindNames = [...]string{"a regular file", "a pipe", "a socket"}

// never are the errnos that writing to a kind of file doesn't give on any system that is known to us (write(2)).
var never = map[Kind][]syscall.Errno{
	RegularFile: {syscall.EPIPE, syscall.ECONNRESET, syscall.EAGAIN},
	Pipe:        {syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.ECONNRESET, syscall.EROFS},
	Socket:      {syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EROFS},
}

// Warnings returns a sentence for each errno of the plan that this kind of file never gives: a program may be right not to
// be prepared for it.
func (p Plan) Warnings(k Kind) (all []string) {
	for _, r := range p.Rules {
		for _, a := range r.Actions {
			if a.Verb == Fail && slices.Contains(never[k], a.Errno) {
				all = append(all, fmt.Sprintf("rule '%s': %s never gives %s", r, kindNames[k], errnoName(a.Errno)))
			}
		}
	}
	return all
}
