package main

import (
	"fmt"
	"regexp"
	"strconv"
)

// commandExpectation is how COMMAND must end.
type commandExpectation struct {
	exit   exitFlag
	stderr regexpFlag
}

func (e commandExpectation) given() bool { return e.exit.text != "" || e.stderr.given() }

// check returns an error for each expectation that doesn't hold.
func (e commandExpectation) check(end commandEnd, said []byte) (all []error) {
	if e.exit.text != "" && !e.exit.allows(end) {
		all = append(all, &statusError{errUnexpected, fmt.Errorf("COMMAND ended by %v, expected %s", end, &e.exit)})
	}
	if e.stderr.given() && !e.stderr.Match(said) {
		text := "nothing on standard error"
		if len(said) > 0 {
			text = fmt.Sprintf("%q on standard error", said[:min(len(said), 500)])
		}
		all = append(all, &statusError{errUnexpected, fmt.Errorf("COMMAND said %s, expected a match of %q", text, &e.stderr)})
	}
	return all
}

// exitFlag is a pflag.Value: how COMMAND must end; "": anyhow.
type exitFlag struct {
	text   string // "nonzero", "signal" or a number
	status int    // for a number
}

func (f *exitFlag) Type() string   { return "HOW" }
func (f *exitFlag) String() string { return f.text }

func (f *exitFlag) Set(text string) error {
	if text != "nonzero" && text != "signal" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 255 {
			return fmt.Errorf("%q is no way to end: expected a status from 0 to 255, nonzero, or signal", text)
		}
		f.status = n
	}
	f.text = text
	return nil
}

// allows reports whether COMMAND may end so. Death by a signal is not status 0, so it is "nonzero" as shells see it.
func (f *exitFlag) allows(end commandEnd) bool {
	switch f.text {
	case "nonzero":
		return end.Status != 0
	case "signal":
		return end.Signal != ""
	}
	return end.Signal == "" && end.Status == f.status
}

// regexpFlag is a pflag.Value.
type regexpFlag struct{ *regexp.Regexp }

func (f *regexpFlag) given() bool  { return f.Regexp != nil }
func (f *regexpFlag) Type() string { return "REGEX" }

func (f *regexpFlag) String() string {
	if f.Regexp == nil {
		return ""
	}
	return f.Regexp.String()
}

func (f *regexpFlag) Set(text string) (err error) {
	f.Regexp, err = regexp.Compile(text)
	return err
}
