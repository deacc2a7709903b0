package fault

import (
	"strconv"
	"strings"
	"syscall"

	"yjoint/internal/size"
)

// verbWords are those that an action begins with, but for errnos.
var verbWords = []string{"short", "stall", "rate", "exit", "kill", "reset", "hangup", "nonblock", "ok"}

var verbList = "an errno such as ENOSPC, " + strings.Join(verbWords, ", ")

func (p *parser) action() (a Action, err error) {
	t := p.next()
	if t.kind != word {
		return a, p.fail(t, "expected an action (%s), found %s", verbList, t.show())
	}
	if err := p.verb(t, &a); err != nil {
		return a, err
	}
	if times := p.peek(); times.kind == star {
		p.next()
		if !a.Verb.canRepeat() {
			return a, p.fail(times, "%q happens once: expected no count", a.verb())
		}
		a.Count, err = p.count(`"*"`, "a count")
	}
	return a, err
}

// verb takes what follows the word t of an action.
func (p *parser) verb(t token, a *Action) (err error) {
	switch t.text {
	case "ok":
		a.Verb = OK
	case "reset":
		a.Verb = Reset
	case "hangup":
		a.Verb = Hangup
	case "short":
		a.Verb = Short
		if a.Size, err = p.size("short"); err == nil && a.Size == 0 {
			err = p.fail(t, `"short 0" is no write: expected 1 byte or more`)
		}
	case "stall":
		err = p.stall(a)
	case "rate":
		a.Verb = Rate
		a.Size, err = p.rate()
	case "exit":
		a.Verb = Exit
		a.Status, err = p.number("exit", "an exit status", 255)
	case "nonblock":
		a.Verb = Nonblock
		a.FD, err = p.number("nonblock", "a descriptor", 1<<20)
	case "kill":
		a.Verb = Kill
		a.Signal, err = p.signal()
	default:
		a.Verb = Fail
		a.Errno, err = p.errno(t)
	}
	return err
}

func (p *parser) stall(a *Action) (err error) {
	t := p.next()
	switch {
	case t.kind != word:
	case t.text == "forever":
		a.Verb = StallForever
		return nil
	case t.text == "until-full":
		a.Verb = StallUntilFull
		return nil
	case t.text == "until":
		a.Verb = StallUntilFile
		name := p.next()
		if name.kind != quoted {
			return p.fail(name, `expected a file in double quotes after "stall until", found %s`, name.show())
		}
		if name.text == "" || strings.ContainsRune(name.text, 0) {
			return p.fail(name, "%s names no file", name.show())
		}
		a.File = name.text
		return nil
	default:
		a.Verb = Stall
		if a.Duration, err = size.ParseDuration(t.text); err != nil {
			return p.fail(t, `%v; or "forever", "until-full", "until" and a file in quotes`, err)
		}
		if a.Duration <= 0 {
			return p.fail(t, "%s is no time to stall: expected more than 0s", t.show())
		}
		return nil
	}
	return p.fail(t, `expected a duration, "forever", "until-full" or "until" after "stall", found %s`, t.show())
}

func (p *parser) rate() (int64, error) {
	t := p.next()
	text, ok := strings.CutSuffix(t.text, "/s")
	if t.kind != word || !ok {
		return 0, p.fail(t, `expected a rate such as 10MB/s after "rate", found %s`, t.show())
	}
	n, err := size.Parse(text)
	if err != nil {
		return 0, p.fail(t, "%v", err)
	}
	if n == 0 {
		return 0, p.fail(t, `%s never moves: expected 1/s or more, or "stall forever"`, t.show())
	}
	return n, nil
}

// number takes a number from 0 to most.
func (p *parser) number(after, what string, most int) (int, error) {
	t := p.next()
	if t.kind != word {
		return 0, p.fail(t, "expected %s after %q, found %s", what, after, t.show())
	}
	n, err := strconv.Atoi(t.text)
	if err != nil || n < 0 || n > most || t.text != strconv.Itoa(n) {
		return 0, p.fail(t, "%s is not %s: expected a whole number from 0 to %d", t.show(), what, most)
	}
	return n, nil
}

func (p *parser) signal() (string, error) {
	t := p.next()
	if t.kind != word {
		return "", p.fail(t, `expected a signal such as KILL after "kill", found %s`, t.show())
	}
	name := strings.TrimPrefix(t.text, "SIG")
	if _, ok := SignalNumber(name); !ok {
		return "", p.fail(t, "unknown signal %s%s", t.show(), didYouMean(name, signalNames(), "expected a name such as KILL"))
	}
	return name, nil
}

func (p *parser) errno(t token) (syscall.Errno, error) {
	if e, ok := errnos()[t.text]; ok {
		return e, nil
	}
	names := append(errnoNames(), verbWords...)
	return 0, p.fail(t, "unknown action %s%s", t.show(), didYouMean(t.text, names, "expected "+verbList))
}

// didYouMean returns the end of a message about an unknown word: the name that was probably meant, or what is expected.
func didYouMean(text string, names []string, expected string) string {
	best, least := "", 3
	for _, name := range names {
		if len(text) > len(name)+2 {
			continue // also bounds the work for a long text
		}
		if d := distance(strings.ToLower(text), strings.ToLower(name)); d < least && 2*d < len(name) {
			best, least = name, d
		}
	}
	if best == "" {
		return ": " + expected
	}
	return ": did you mean " + strconv.Quote(best) + "?"
}

// distance is how many bytes must be inserted, removed or replaced to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
