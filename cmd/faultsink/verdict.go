package main

import (
	"fmt"

	"yjoint/core/pattern"
)

// expectation is what must have arrived.
type expectation struct {
	text string // a verdict of the pattern package
	want pattern.Verdict
}

func parseExpectation(text string) (expectation, error) {
	v, err := pattern.ParseVerdict(text)
	if err != nil {
		return expectation{}, fmt.Errorf("--expect: %w", err)
	}
	return expectation{text, v}, nil
}

// check returns an error that tells what arrived instead. what says from where.
func (e expectation) check(what string, got pattern.Verdict) error {
	if got.Matches(e.want) {
		return nil
	}
	return &statusError{errUnexpected, fmt.Errorf("%s: %v, expected %v", what, got, e.want)}
}

// newVerifier knows the stream of that seed; any stream will do if none was given.
func newVerifier(seed *seedFlag) *pattern.Verifier {
	if !seed.given {
		return pattern.NewAnyVerifier()
	}
	return pattern.NewVerifier(seed.value)
}
