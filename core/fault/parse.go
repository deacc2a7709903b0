package fault

import (
	"fmt"
	"strconv"
	"strings"

	"yjoint/internal/size"
)

// Parse returns the plan that text describes; the empty text is the empty plan. The error is a [*SyntaxError], also for
// rules that contradict each other and steps that are never reached.
func Parse(text string) (Plan, error) {
	p := &parser{text: text, tokens: scan(text)}
	var rules []placedRule
	for p.peek().kind != endToken {
		r, err := p.rule()
		if err != nil {
			return Plan{}, err
		}
		rules = append(rules, r)
		if t := p.next(); t.kind == endToken {
			break
		} else if t.kind != semicolon {
			return Plan{}, p.fail(t, `expected ";" or "->" or the end, found %s`, t.show())
		} else if p.peek().kind == endToken {
			return Plan{}, p.fail(p.peek(), `expected another rule after ";", found the end`)
		}
	}
	if err := p.checkRules(rules); err != nil {
		return Plan{}, err
	}
	var plan Plan
	for _, r := range rules {
		plan.Rules = append(plan.Rules, r.Rule)
	}
	return plan, nil
}

// MustParse is Parse for texts that are known to be right; it panics otherwise.
func MustParse(text string) Plan {
	p, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return p
}

// placedRule is a rule and where its parts stand in the text.
type placedRule struct {
	Rule
	at      token
	actions []token
}

type parser struct {
	text   string
	tokens []token
}

func (p *parser) peek() token { return p.tokens[0] }

// next takes a token; the end stays.
func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != endToken {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) fail(t token, format string, args ...any) error {
	return &SyntaxError{Text: p.text, Offset: t.offset, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) rule() (r placedRule, err error) {
	r.at = p.peek()
	if r.Trigger, err = p.trigger(); err != nil {
		return r, err
	}
	for {
		t := p.peek()
		a, err := p.action()
		if err != nil {
			return r, err
		}
		r.Actions, r.actions = append(r.Actions, a), append(r.actions, t)
		if p.peek().kind != arrow {
			return r, nil
		}
		p.next()
	}
}

func (p *parser) trigger() (t Trigger, err error) {
	first := p.next()
	if first.kind != word {
		return t, p.fail(first, "expected a trigger (%s), found %s", triggerList, first.show())
	}
	name := first.text
	if name == "read" {
		if at := p.next(); at.kind != word || at.text != "at" {
			return t, p.fail(at, `expected "at" after "read", found %s`, at.show())
		}
		name = "read at"
	}
	kind, ok := triggerKind(name)
	if !ok {
		return t, p.fail(first, "unknown trigger %s%s", first.show(), didYouMean(name, triggerNames[:], "expected "+triggerList))
	}
	t.Kind = kind
	switch {
	case kind.takesSize():
		if t.N, err = p.size(kind.String()); err == nil && t.N == 0 && kind == Every {
			err = p.fail(first, `"every 0" is no distance: expected 1 or more`)
		}
	case kind == Call:
		t.N, err = p.count(`"call"`, "the number of a call")
	}
	return t, err
}

func triggerKind(name string) (TriggerKind, bool) {
	for k, n := range triggerNames {
		if n == name {
			return TriggerKind(k), true
		}
	}
	return 0, false
}

var triggerList = strings.Join(triggerNames[:], ", ")

// size takes the SIZE that must follow the word after.
func (p *parser) size(after string) (int64, error) {
	t := p.next()
	if t.kind != word {
		return 0, p.fail(t, "expected a size after %q, found %s", after, t.show())
	}
	n, err := size.Parse(t.text)
	if err != nil {
		return 0, p.fail(t, "%v", err)
	}
	return n, nil
}

// count takes a number that begins with 1.
func (p *parser) count(after, what string) (int64, error) {
	t := p.next()
	if t.kind != word {
		return 0, p.fail(t, "expected %s after %s, found %s", what, after, t.show())
	}
	n, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil || n < 1 || t.text != strconv.FormatInt(n, 10) {
		return 0, p.fail(t, "%s is not %s: expected a whole number from 1", t.show(), what)
	}
	return n, nil
}
