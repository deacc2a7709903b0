package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"yjoint/cmd/internal/version"
	"yjoint/core"
)

// reportVersion changes when a field of the report changes its meaning.
const reportVersion = 1

// runReport is the report of a run as JSON: the same facts as the diagnostics.
type runReport struct {
	Version int       `json:"version"`
	Program string    `json:"program"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Status  int       `json:"status"`           // exit status as shells show it: 128+N for a signal
	Signal  string    `json:"signal,omitempty"` // that ended the run
	Path    string    `json:"path"`
	// PathReason is what the system refused, so that the portable path was taken.
	PathReason string `json:"path_reason,omitempty"`
	// Shared is how many bytes went to all outputs without a copy.
	Shared   int64          `json:"shared"`
	Source   sourceReport   `json:"source"`
	Required int            `json:"required"` // how many outputs had to be complete
	Outputs  []outputReport `json:"outputs"`
	// LostDiagnostics counts lines that standard error did not take.
	LostDiagnostics int `json:"lost_diagnostics"`
	// AbandonedWriters counts outputs left with a call in flight.
	AbandonedWriters int `json:"abandoned_writers"`
}

type sourceReport struct {
	Name     string        `json:"name"`
	Bytes    int64         `json:"bytes"`
	Complete bool          `json:"complete"`
	Digest   *digestReport `json:"digest,omitempty"`
	Errno    string        `json:"errno,omitempty"`
	Error    string        `json:"error,omitempty"`
	Producer *exitReport   `json:"producer,omitempty"`
}

// exitReport is how a command ended; one of the first two is set.
type exitReport struct {
	Status *int   `json:"status,omitempty"`
	Signal string `json:"signal,omitempty"`
	// EndedByUs: the command was ended by yjoint, so that its status tells nothing.
	EndedByUs bool `json:"ended_by_yjoint,omitempty"`
}

type outputReport struct {
	Name      string        `json:"name"`
	Kind      string        `json:"kind"`
	Reader    *reader       `json:"reader,omitempty"` // of a pipe or FIFO, if it was found
	Optional  bool          `json:"optional,omitempty"`
	Verdict   core.Verdict  `json:"verdict"`
	Accepted  int64         `json:"accepted"`
	AtLeast   bool          `json:"at_least,omitempty"`
	Taken     *int64        `json:"taken,omitempty"`
	Digest    *digestReport `json:"digest,omitempty"`
	Operation string        `json:"operation,omitempty"`
	Errno     string        `json:"errno,omitempty"`
	Error     string        `json:"error,omitempty"`
	At        time.Time     `json:"at"`
	Blocked   float64       `json:"blocked"` // seconds
	*exitReport
	// Commit and Abort are how those of --with ended, nil for one that was not run.
	Commit *exitReport `json:"commit,omitempty"`
	Abort  *exitReport `json:"abort,omitempty"`
}

// newRunReport tells rep; outputs are in the order of rep.Sinks.
func newRunReport(rep core.Report, outputs []*output, readers *readers, producer *exitReport) *runReport {
	r := &runReport{
		Version: reportVersion, Program: "yjoint " + version.Of(),
		Started: rep.Started, Ended: rep.Ended, Path: rep.Path, PathReason: rep.PathReason, Shared: rep.Shared, Required: rep.Required,
		AbandonedWriters: rep.Abandoned, Outputs: []outputReport{},
		Source: sourceReport{
			Name: legible(rep.Source.Name), Bytes: rep.Source.Bytes, Complete: rep.Source.Ended,
			Errno: core.ErrnoName(rep.Source.Err), Error: errorText(rep.Source.Err), Producer: producer,
		},
	}
	for i, s := range rep.Sinks {
		o := outputReport{
			Name: legible(s.Name), Kind: outputs[i].kind, Reader: readers.legible(i), Optional: s.Optional, Verdict: s.Verdict,
			Accepted: s.Accepted, AtLeast: s.AtLeast, Operation: string(s.Op),
			Errno: core.ErrnoName(s.Err), Error: errorText(s.Err),
			At: s.At, Blocked: s.Blocked.Seconds(), exitReport: outputs[i].exit(),
			Commit: exitOf(outputs[i].published.commit.Load()), Abort: exitOf(outputs[i].published.abort.Load()),
		}
		if s.HasTaken {
			o.Taken = &s.Taken
		}
		r.Outputs = append(r.Outputs, o)
	}
	return r
}

// legible returns text, which JSON can't hold where it is not UTF-8, as in Go's source then: names that differ must not
// become one.
func legible(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strconv.Quote(text)
}

// legible is the reader of output i as JSON can hold it, or nil.
func (r *readers) legible(i int) *reader {
	who := r.of(i)
	if who == nil {
		return nil
	}
	return &reader{Command: legible(who.Command), PID: who.PID}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return legible(core.Describe(err))
}

// encode returns the report as it is written: indented, and names as they are, since people read it too.
func (r *runReport) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		panic(err) // the fields above can all be encoded
	}
	return b.Bytes()
}
