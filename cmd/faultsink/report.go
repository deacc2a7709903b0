package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"yjoint/cmd/internal/version"
	"yjoint/core/fault"
	"yjoint/core/pattern"
)

// report is what --report writes: one JSON object.
type report struct {
	reportHead

	Bytes int64 `json:"bytes"` // consumed by sink, accepted from gen, checked by verify
	// AtLeast: there may be more. The end came from outside, while a call was in flight that may block: a write of gen's, or a
	// sink's read where the system has none that doesn't.
	AtLeast bool           `json:"at_least,omitempty"`
	Whole   bool           `json:"whole"` // the stream was read, or written, to its end
	Plan    string         `json:"plan,omitempty"`
	Rules   []fault.Firing `json:"rules,omitempty"`
	*checked
	Inputs []inputReport `json:"inputs,omitempty"` // of verify
}

// reportHead is what all reports begin with.
type reportHead struct {
	Version int    `json:"version"`
	Program string `json:"program"`
	Verb    string `json:"verb"`
	// Status is the exit status; -1 with a signal.
	Status int    `json:"status"`
	Signal string `json:"signal,omitempty"`
	Error  string `json:"error,omitempty"`
}

// newReportHead returns what a report of the verb begins with.
func newReportHead(verb string) reportHead {
	return reportHead{Version: reportVersion, Program: "faultsink " + version.Of(), Verb: verb}
}

// checked is what was found in a stream.
type checked struct {
	Verdict string  `json:"verdict"`
	Stream  *uint64 `json:"stream,omitempty"` // its seed, as it was recognised
}

type inputReport struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	checked
	Error string `json:"error,omitempty"`
}

// reportVersion changes when a member gets another meaning.
const reportVersion = 1

// reportFile is where the report goes; nil: nowhere.
type reportFile struct{ to io.Writer }

// openReport opens it before anything is touched. taken says what else has standard output; "" is nothing.
func openReport(name, taken string) (*reportFile, error) {
	switch {
	case name == "":
		return nil, nil
	case name == "-" && taken != "":
		return nil, fmt.Errorf("--report -: standard output has %s: expected a file, such as /dev/stderr", taken)
	case name == "-":
		return &reportFile{standardOutput{}}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	return &reportFile{f}, nil
}

// write writes the report, a struct that begins with a reportHead.
func (r *reportFile) write(rep any) error {
	if r == nil {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it too: "->" is no markup
	e.SetIndent("", "  ")
	if err := errors.Join(e.Encode(rep), r.writeAll(b.Bytes())); err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

func (r *reportFile) writeAll(p []byte) error {
	_, err := r.to.Write(p)
	if f, ok := r.to.(io.Closer); ok {
		err = errors.Join(err, f.Close())
	}
	return err
}

func (r *reportHead) describe(how ending, why error) {
	if r.Status = how.status; how.signal != "" {
		r.Status, r.Signal = -1, how.signal
	}
	if why != nil {
		r.Error = why.Error()
	}
}

func findings(v *pattern.Verifier) checked {
	c := checked{Verdict: v.Verdict().String()}
	if id, known := v.Stream(); known {
		c.Stream = &id
	}
	return c
}
