package main

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"yjoint/core"
)

func TestStatus(t *testing.T) {
	const interrupt = 2
	for _, c := range []struct {
		name string
		o    outcome
		want int
	}{
		{"all", outcome{complete: 2, required: 2, reached: 2}, statusOK},
		{"optional-failed", outcome{complete: 1, required: 1, reached: 1}, statusOK},
		{"any-of-2", outcome{complete: 1, required: 1, reached: 1}, statusOK},
		{"all-optional", outcome{complete: 1}, statusOK},
		{"too-few", outcome{complete: 1, required: 2, reached: 1}, statusTooFew},
		{"only-the-optional-one", outcome{complete: 1, required: 1}, statusTooFew},
		{"usage", outcome{usage: true}, statusUsage},
		{"source", outcome{sourceFailed: true, required: 1}, statusSource},
		{"none", outcome{required: 1}, statusNone},
		{"none-of-the-optional", outcome{}, statusNone},
		{"report", outcome{complete: 1, required: 1, reached: 1, reportFailed: true}, statusNoReport},
		{"signal", outcome{signal: interrupt}, 130},
		// The first that applies: each of these meets the next condition too.
		{"signal-before-usage", outcome{signal: interrupt, usage: true}, 130},
		{"signal-before-source", outcome{signal: interrupt, sourceFailed: true}, 130},
		{"usage-before-source", outcome{usage: true, sourceFailed: true}, statusUsage},
		{"source-before-none", outcome{sourceFailed: true, required: 2}, statusSource},
		{"source-before-too-few", outcome{sourceFailed: true, complete: 1, required: 2, reached: 1}, statusSource},
		{"none-before-too-few", outcome{required: 2}, statusNone},
		{"none-before-report", outcome{reportFailed: true}, statusNone},
		{"too-few-before-report", outcome{complete: 1, required: 2, reached: 1, reportFailed: true}, statusTooFew},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			if got := c.o.status(); got != c.want {
				t.Errorf("%+v: got %d, want %d", c.o, got, c.want)
			}
		})
	}
}

func TestOutcomeOf(t *testing.T) {
	sinks := []core.SinkReport{
		{Verdict: core.Complete, Optional: true},
		{Verdict: core.EarlyExit, EarlyExitOK: true},
		{Verdict: core.EarlyExit},
		{Verdict: core.Failed},
	}
	got := outcomeOf(core.Report{Sinks: sinks, Required: 3, Reached: 1})
	if want := (outcome{complete: 2, required: 3, reached: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := outcomeOf(core.Report{Source: core.SourceReport{Err: errors.New("x")}}); !got.sourceFailed {
		t.Errorf("got %+v, want the source failed", got)
	}
}

// TestStatusTable: the published table has the constants, and the help has the table.
func TestStatusTable(t *testing.T) {
	for i, status := range []int{statusOK, statusTooFew, statusUsage, statusSource, statusNone, statusNoReport} {
		if got := statusTable[i].status; got != strconv.Itoa(status) {
			t.Errorf("row %d is about status %s, want %d", i, got, status)
		}
	}
	for _, row := range statusTable {
		if !strings.Contains(helpText(), row.meaning) {
			t.Errorf("not in the help: %s", row.meaning)
		}
	}
}
