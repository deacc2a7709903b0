package main

import (
	"fmt"
	"strconv"
	"strings"

	"yjoint/core/pattern"
	"yjoint/internal/size"
)

// expectation is a pflag.Value: what must have arrived.
type expectation struct {
	want  pattern.Verdict
	given bool
}

func (e *expectation) Type() string { return "VERDICT" }

func (e *expectation) String() string {
	if !e.given {
		return ""
	}
	return e.want.String()
}

// Set takes a verdict as verify prints it; the N of "prefix N" may also be written as any size is.
func (e *expectation) Set(text string) error {
	canonical := text
	if number, ok := strings.CutPrefix(text, "prefix "); ok {
		n, err := size.Parse(number)
		if err != nil {
			return err
		}
		canonical = "prefix " + strconv.FormatInt(n, 10)
	}
	want, err := pattern.ParseVerdict(canonical)
	if err != nil {
		return fmt.Errorf("%q is not a verdict: expected one that verify prints, such as \"complete\" or \"prefix 8GiB-1\"", text)
	}
	e.want, e.given = want, true
	return nil
}

// check returns an error that tells what arrived instead. Unless something else was given it must be the whole stream, or,
// where it was not read to its end, the beginning of one.
func (e expectation) check(what string, got pattern.Verdict, early bool) error {
	want := e.want.String()
	ok := got.Matches(e.want)
	if !e.given {
		want = "complete"
		ok = got.Kind == pattern.Complete || early && got.Kind == pattern.Prefix
		if early {
			want = fmt.Sprintf("prefix %d", got.Received)
		}
	}
	if ok {
		return nil
	}
	return &statusError{errUnexpected, fmt.Errorf("%s: %v, expected %s", what, got, want)}
}

// newVerifier knows the stream of that seed; any stream will do if none was given.
func newVerifier(seed seedFlag) *pattern.Verifier {
	if !seed.given {
		return pattern.NewAnyVerifier()
	}
	return pattern.NewVerifier(seed.value)
}
