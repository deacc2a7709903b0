package fault

import "slices"

// triggerForms are how the triggers are written, and when they apply, in their order.
var triggerForms = [...]struct{ form, about string }{
	At:       {"at SIZE", "the write that crosses SIZE is accepted up to there; the next call meets the action"},
	Across:   {"across SIZE", "the write that would go beyond SIZE meets it whole; smaller ones, which fit, pass"},
	ReadAt:   {"read at SIZE", "as at, for what is read"},
	Every:    {"every SIZE", "at each multiple of SIZE, but not at 0; the actions begin anew each time, and an errno happens once"},
	Call:     {"call N", "the call with that number that writes; the first is 1"},
	WhenFull: {"when-full", "when the writer can go on no more, since nobody takes what it wrote"},
	Open:     {"open", "when the file is opened"},
	Close:    {"close", "when it is closed"},
	Fsync:    {"fsync", "at fsync(2) and fdatasync(2)"},
	Rename:   {"rename", "when it is renamed"},
}

// verbForms are how the verbs are written, and what they do, in their order.
var verbForms = [...]struct{ form, about string }{
	OK:             {"ok", "the call passes"},
	Fail:           {"ERRNO", "the call fails with that errno, such as ENOSPC"},
	Short:          {"short SIZE", "only so many bytes are transferred, which the call reports; a write that is no longer passes, and the action waits"},
	Stall:          {"stall DURATION", "it takes so much longer"},
	StallForever:   {"stall forever", "it never returns"},
	StallUntilFull: {"stall until-full", "it returns when the pipe is full, so that its writer is blocked"},
	StallUntilFile: {`stall until "FILE"`, "it returns when FILE exists"},
	Rate:           {"rate SIZE/s", "from now on so many bytes per second are transferred at most"},
	Exit:           {"exit STATUS", "the process exits"},
	Kill:           {"kill SIGNAL", "the process dies of, or gets, that signal"},
	Reset:          {"reset", "the connection is reset"},
	Hangup:         {"hangup", "the descriptor is closed, and the process lives on"},
	Nonblock:       {"nonblock FD", "O_NONBLOCK is set on what a descriptor shares with others, as ssh does"},
}

// Form returns how the trigger is written, such as "at SIZE", for manuals.
func (k TriggerKind) Form() string { return triggerForms[k].form }

// About returns when the trigger applies, in a sentence without a full stop.
func (k TriggerKind) About() string { return triggerForms[k].about }

// Form returns how the verb is written, such as "short SIZE", for manuals.
func (v Verb) Form() string { return verbForms[v].form }

// About returns what the verb does, in a sentence without a full stop.
func (v Verb) About() string { return verbForms[v].about }

// Triggers returns all kinds of triggers, in the order of the grammar.
func Triggers() []TriggerKind {
	var all []TriggerKind
	for k := range triggerForms {
		all = append(all, TriggerKind(k))
	}
	return all
}

// Verbs returns all verbs, errnos after "ok".
func Verbs() []Verb {
	var all []Verb
	for v := range verbForms {
		all = append(all, Verb(v))
	}
	return all
}

// ErrnoNames returns the names of the platform's errnos that plans know, in order. The caller may change the slice.
func ErrnoNames() []string { return slices.Clone(errnoNames()) }

// SignalNames returns the names of the platform's signals that plans know, without SIG, in order.
func SignalNames() []string { return signalNames() }
