package fault

import (
	"slices"
	"strings"

	"yjoint/internal/size"
)

// A Completion is how the text of a plan can go on.
type Completion struct {
	Text  string // of the whole plan
	About string // what its last word is, or ""
}

// Complete returns how text, the beginning of a plan for b, can go on: its last word completed, or the next one if text ends with a
// space. Where there is but one way, and no plan ends there, the word after it is completed too. For a shell, whose user
// sees what a plan can have.
func Complete(text string, b BackEnd) []Completion {
	head, partial := splitLast(text)
	at := position{b: b}
	for _, t := range scan(head) {
		if t.kind != endToken {
			at.take(t)
		}
	}
	var all []Completion
	for _, c := range at.words(partial) {
		if strings.HasPrefix(c.Text, partial) && at.allows(head, c.Text) {
			all = append(all, Completion{head + c.Text, c.About})
		}
	}
	if len(all) == 1 {
		if _, err := Parse(all[0].Text); err != nil {
			if further := Complete(all[0].Text+" ", b); further != nil {
				return further
			}
		}
	}
	return all
}

// splitLast parts the last word, which may be unfinished, from what stands before it.
func splitLast(text string) (head, partial string) {
	tokens := scan(text)
	if len(tokens) < 2 {
		return text, ""
	}
	last := tokens[len(tokens)-2]
	// The - that may become an arrow is no word of its own.
	if last.kind != word || last.offset+len(last.text) < len(text) {
		return text, ""
	}
	return text[:last.offset], last.text
}

// place is what is expected next.
type place int

const (
	aTrigger place = iota
	anAt           // after "read"
	aSize
	aNumber // of a call, a descriptor, an exit status
	anAction
	aStall
	aFile
	aRate
	aSignal
	anEnd // of a rule, or another action
	nothing
)

// position is a place in a plan.
type position struct {
	b       BackEnd
	place   place
	trigger TriggerKind // of the rule
	verb    Verb        // whose argument is expected; Fail: the trigger's is
}

// take goes over a token.
func (p *position) take(t token) {
	switch {
	case t.kind == semicolon:
		p.place = aTrigger
	case t.kind == arrow:
		p.place = anAction
	case t.kind == star:
		p.place = aNumber
	case t.kind == unfinished:
		p.place = nothing
	case p.place == aTrigger:
		p.takeTrigger(t.text)
	case p.place == anAt:
		p.trigger, p.place, p.verb = ReadAt, aSize, Fail
	case p.place == anAction:
		p.takeVerb(t.text)
	case p.place == aStall && t.text == "until":
		p.place = aFile
	case (p.place == aSize || p.place == aNumber) && p.verb == Fail:
		p.place = anAction
	default:
		p.place = anEnd
	}
}

func (p *position) takeTrigger(name string) {
	kind, ok := triggerKind(name)
	p.trigger, p.verb = kind, Fail
	switch {
	case name == "read":
		p.place = anAt
	case !ok:
		p.place = nothing
	case kind.takesSize():
		p.place = aSize
	case kind == Call:
		p.place = aNumber
	default:
		p.place = anAction
	}
}

func (p *position) takeVerb(name string) {
	places := map[string]place{"short": aSize, "stall": aStall, "rate": aRate, "exit": aNumber, "kill": aSignal, "nonblock": aNumber}
	p.place, p.verb = anEnd, OK
	if next, ok := places[name]; ok {
		p.place = next
	}
}

// words returns what can stand there. partial, the beginning of it, has a number's units follow it.
func (p *position) words(partial string) []Completion {
	switch p.place {
	case aTrigger:
		return p.triggers()
	case anAt:
		return plain("at")
	case aSize:
		return plain(size.Complete(partial)...)
	case aNumber:
		return plain("1", "2", "3")
	case anAction:
		return p.actions(partial)
	case aStall:
		return append(p.stalls(), plain(size.CompleteDuration(partial)...)...)
	case aRate:
		var rates []string
		for _, s := range size.Complete(strings.TrimSuffix(partial, "/s")) {
			rates = append(rates, s+"/s")
		}
		return plain(rates...)
	case aSignal:
		return plain(SignalNames()...)
	case anEnd:
		return []Completion{{"->", "and the next call meets …"}, {";", "another rule"}}
	}
	return nil
}

// allows reports whether the word may follow head: a short write may be too long for where it is, and an "ok" ends no rule.
func (p *position) allows(head, word string) bool {
	var err error
	switch {
	case word == ";":
		_, err = Parse(head)
	case p.place == aSize && p.verb != Fail:
		_, err = Parse(head + word)
	}
	return err == nil
}

func plain(words ...string) (all []Completion) {
	for _, w := range words {
		all = append(all, Completion{Text: w})
	}
	return all
}

func (p *position) triggers() (all []Completion) {
	for _, k := range p.b.Triggers {
		all = append(all, Completion{k.String(), k.About()})
	}
	return all
}

// common are the errnos that are shown before the first letter of one was typed.
var common = []string{"ENOSPC", "EIO", "EPIPE", "EAGAIN", "EINTR", "EDQUOT", "EFBIG", "EACCES"}

func (p *position) actions(partial string) (all []Completion) {
	can := func(v Verb) bool { return slices.Contains(p.b.Verbs, v) && p.trigger.allows(v) }
	if can(Fail) {
		names := errnoNames()
		if partial == "" {
			names = common
		}
		for _, name := range names {
			all = append(all, Completion{name, errnos()[name].Error()})
		}
	}
	for _, v := range Verbs() {
		name, _, _ := strings.Cut(v.String(), " ")
		if v != Fail && can(v) && !slices.ContainsFunc(all, func(c Completion) bool { return c.Text == name }) {
			all = append(all, Completion{name, v.About()})
		}
	}
	return all
}

func (p *position) stalls() (all []Completion) {
	for _, v := range []Verb{StallForever, StallUntilFull, StallUntilFile} {
		if slices.Contains(p.b.Verbs, v) && p.trigger.allows(v) {
			all = append(all, Completion{strings.Fields(v.String())[1], v.About()})
		}
	}
	return all
}
