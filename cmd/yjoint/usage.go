package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A usageError is a command line that can't be carried out. Nothing has been read or written then.
type usageError struct {
	msg  string // names the input and what was expected
	hint string // advice, or ""
}

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) *usageError {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

// withHint returns e with advice.
func (e *usageError) withHint(format string, args ...any) *usageError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

// quoted returns text as it may stand in a message: quoted where it would else be hard to tell from the words around it.
func quoted(text string) string {
	odd := func(r rune) bool { return r <= ' ' || r == '"' || !strconv.IsGraphic(r) }
	if text == "" || strings.ContainsFunc(text, odd) {
		return strconv.Quote(text)
	}
	return text
}
