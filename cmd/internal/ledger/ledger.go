package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"yjoint/core/fault"
)

// Ledger is the account of a run. Its methods may be called from several goroutines.
type Ledger struct {
	entries []*Entry

	mu     sync.Mutex // guards the fields below and those of the entries
	others []string   // names that were opened for writing and matched nothing; no name twice
	more   bool       // there were further ones
}

// mostOthers is how many names of files a message can have.
const mostOthers = 6

// New begins a run with these faults. The specs must come from [Join].
func New(specs []Spec) *Ledger {
	l := &Ledger{}
	for _, s := range specs {
		l.entries = append(l.entries, newEntry(l, s))
	}
	return l
}

// Entries returns all faults in order.
func (l *Ledger) Entries() []*Entry { return l.entries }

// Match returns the first fault whose pattern matches one of the names, all of which are absolute names of one file; nil: none.
func (l *Ledger) Match(names ...string) *Entry {
	for _, e := range l.entries {
		if slices.ContainsFunc(names, e.Target.Matches) {
			return e
		}
	}
	return nil
}

// Other notes that a file was opened for writing that no fault matched.
func (l *Ledger) Other(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case slices.Contains(l.others, name):
	case len(l.others) == mostOthers:
		l.more = true
	default:
		l.others = append(l.others, name)
	}
}

// Others returns what was opened for writing and matched nothing: the first few names. more: there are further ones.
func (l *Ledger) Others() (names []string, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.others), l.more
}

// Unfired returns an error for each rule that did not fire, which says what came nearest to it.
func (l *Ledger) Unfired() (all []error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		for i, r := range e.rules {
			if r.Fired == 0 && e.Random == 0 {
				all = append(all, fmt.Errorf("rule '%s=%s' did not fire: %s", e.Target, e.Plan.Rules[i], e.why(i)))
			}
		}
	}
	return all
}

// Rules returns what became of each rule.
func (l *Ledger) Rules() (all []Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		for _, r := range e.rules {
			r.Opens, r.Actions = e.opens, slices.Clone(r.Actions)
			all = append(all, r)
		}
	}
	return all
}

// Rule is what became of a rule, over all opens of its target.
type Rule struct {
	Target  string  `json:"target"`
	Rule    string  `json:"rule"`
	Opens   int64   `json:"opens"`   // of the target, counted as this back end counts them
	Fired   int64   `json:"fired"`   // actions that were met
	Actions []int64 `json:"actions"` // how many calls met each of them
	First   *Event  `json:"first,omitempty"`
	Last    *Event  `json:"last,omitempty"`
}

// Event is a call that met an action.
type Event struct {
	Name   string `json:"name"` // of the file
	Byte   int64  `json:"byte"` // of its stream, or of what was read for a rule that says so
	Call   string `json:"call"`
	Thread int    `json:"thread,omitempty"` // its number, of the caller
}

// Entry is a fault in a run. All opens of its target share its rules for "open" and "rename"; each open has the others for
// itself, and counts its bytes from 0.
type Entry struct {
	Spec
	ledger *Ledger

	names    part        // rules for calls that take a name
	left     interrupted // of these calls
	each     part        // rules for an open
	calls    *fault.Injector
	rules    []Rule
	opens    int64
	furthest map[fault.Op]*fault.Injector // of those which were opened
}

// part is a part of a plan.
type part struct {
	fault.Plan
	index []int // of each rule in the whole plan
}

func (p *part) add(i int, r fault.Rule) {
	p.Rules, p.index = append(p.Rules, r), append(p.index, i)
}

func newEntry(l *Ledger, s Spec) *Entry {
	e := &Entry{Spec: s, ledger: l, furthest: map[fault.Op]*fault.Injector{}}
	for i, r := range s.Plan.Rules {
		if k := r.Trigger.Kind; k == fault.Open || k == fault.Rename {
			e.names.add(i, r)
		} else {
			e.each.add(i, r)
		}
		e.rules = append(e.rules, Rule{Target: s.Target.String(), Rule: r.String(), Actions: make([]int64, len(r.Actions))})
	}
	e.calls = fault.NewInjector(e.names.Plan)
	return e
}

// Has reports whether a rule of the fault has one of these triggers.
func (e *Entry) Has(kinds ...fault.TriggerKind) bool {
	return slices.ContainsFunc(e.Plan.Rules, func(r fault.Rule) bool { return slices.Contains(kinds, r.Trigger.Kind) })
}

// Named returns what decides on calls that take the file's name: open and rename.
func (e *Entry) Named(name string) *Stream {
	return &Stream{Injector: e.calls, Name: name, entry: e, part: &e.names, interrupted: &e.left}
}

// Open begins the account of an open file, at byte 0.
func (e *Entry) Open(name string) *Stream {
	in := fault.NewInjector(e.each.Plan)
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	e.opens++
	return newStream(in, name, e)
}

// why says what came nearest to the rule. The ledger's mu is held.
func (e *Entry) why(rule int) string {
	if e.opens == 0 && !slices.Contains(e.names.index, rule) {
		return "nothing matched; " + e.ledger.opened()
	}
	trigger := e.Plan.Rules[rule].Trigger.Kind
	if i := slices.Index(e.names.index, rule); i >= 0 {
		if e.opens == 0 {
			return fmt.Sprintf("%s was never called for it; %s", trigger, e.ledger.opened())
		}
		return fmt.Sprintf("%s, and no %s called", e.matched(), trigger)
	}
	op := fault.OpWrite
	if trigger == fault.ReadAt {
		op = fault.OpRead
	}
	text := e.matched()
	if in := e.furthest[op]; in != nil {
		text += ", " + in.Progress(slices.Index(e.each.index, rule))
		if fd, _ := e.Target.FD(); fd == 0 && op == fault.OpWrite && trigger != fault.Close && in.Offset(op) == 0 {
			text += "; for what is read there is 'read at'"
		}
	}
	return text
}

func (e *Entry) matched() string {
	if _, inherited := e.Target.FD(); inherited {
		return "it was there"
	}
	if e.opens == 1 {
		return "1 open matched"
	}
	return fmt.Sprintf("%d opens matched", e.opens)
}

// opened says what was opened for writing. mu is held.
func (l *Ledger) opened() string {
	if len(l.others) == 0 {
		return "nothing was opened for writing"
	}
	text := "opened for writing: " + strings.Join(l.others, ", ")
	if l.more {
		text += " and others"
	}
	return text
}

// further keeps the injector if it came further than those before. The ledger's mu is held.
func (e *Entry) further(in *fault.Injector) {
	for _, op := range []fault.Op{fault.OpWrite, fault.OpRead} {
		if old := e.furthest[op]; old == nil || cmp.Compare(in.Offset(op), old.Offset(op)) > 0 {
			e.furthest[op] = in
		}
	}
}
