package main

import "yjoint/core"

// The exit statuses of yjoint. A run that a signal has ended dies of that signal, which shells show as 128 + its number.
const (
	statusOK        = 0 // as many outputs as required are complete
	statusTooFew    = 1 // too few outputs are complete, at least one is
	statusUsage     = 2 // usage error; nothing was read or written
	statusSource    = 3 // the source failed: read error, or the producer's exit status
	statusNone      = 4 // no output is complete
	statusNoReport  = 5 // the data are as required, but the report or digest file was not written
	statusSignalled = 128
)

// statusTable is what help and manual say of the exit statuses, in ascending order.
var statusTable = []struct {
	status  string
	meaning string
}{
	{"0", "as many outputs as required are complete"},
	{"1", "too few outputs are complete, at least one is"},
	{"2", "usage error; nothing was read or written"},
	{"3", "the source failed: read error, or the producer's exit status"},
	{"4", "no output is complete"},
	{"5", "the data are as required, but the report or digest file was not written"},
	{"128+N", "ended by signal N"},
}

// outcome is what decides the exit status of a run.
type outcome struct {
	signal       int  // number of the signal that ended the run, or 0
	usage        bool // the command line can't be carried out
	sourceFailed bool
	complete     int // outputs that are complete, also those that are optional
	// required and reached count outputs that are not optional: how many had to be complete, how many are.
	required, reached int
	reportFailed      bool // the report or --digest-file could not be written
}

// outcomeOf takes from a run's report what it says of the exit status.
func outcomeOf(rep core.Report) outcome {
	o := outcome{sourceFailed: rep.Source.Err != nil, required: rep.Required, reached: rep.Reached}
	for _, s := range rep.Sinks {
		if s.OK() {
			o.complete++
		}
	}
	return o
}

// status is the exit status: that of the first case which applies.
func (o outcome) status() int {
	switch {
	case o.signal != 0:
		return statusSignalled + o.signal
	case o.usage:
		return statusUsage
	case o.sourceFailed:
		return statusSource
	case o.complete == 0:
		return statusNone
	case o.reached < o.required:
		return statusTooFew
	case o.reportFailed:
		return statusNoReport
	}
	return statusOK
}
