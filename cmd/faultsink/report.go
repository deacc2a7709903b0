package main

import (
	"encoding/json"
	"fmt"
	"os"

	"yjoint/core/fault"
	"yjoint/core/pattern"
)

// report is what --report writes: one JSON object.
type report struct {
	Version int            `json:"version"`
	Verb    string         `json:"verb"`
	Bytes   int64          `json:"bytes"` // consumed by sink, accepted from gen, checked by verify
	Whole   bool           `json:"whole"` // the end of the stream was reached
	Plan    string         `json:"plan,omitempty"`
	Rules   []fault.Firing `json:"rules,omitempty"`
	Verdict string         `json:"verdict,omitempty"`
	Stream  *uint64        `json:"stream,omitempty"` // its seed, as it was recognised
	Status  *int           `json:"status,omitempty"`
	Signal  string         `json:"signal,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// reportVersion changes when a member gets another meaning.
const reportVersion = 1

// reportFile is where the report goes; nil: nowhere.
type reportFile struct{ f *os.File }

// openReport opens it before anything is touched.
func openReport(name string) (*reportFile, error) {
	switch name {
	case "":
		return nil, nil
	case "-":
		return &reportFile{os.Stderr}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	return &reportFile{f}, nil
}

func (r *reportFile) write(rep report) error {
	if r == nil {
		return nil
	}
	rep.Version = reportVersion
	data, err := json.MarshalIndent(rep, "", "  ")
	if err == nil {
		_, err = r.f.Write(append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

func (r *report) describe(how ending, why error) {
	if r.Signal = how.signal; how.signal == "" {
		r.Status = &how.status
	}
	if why != nil {
		r.Error = why.Error()
	}
}

func (r *report) judged(v *pattern.Verifier) {
	r.Verdict = v.Verdict().String()
	if id, known := v.Stream(); known {
		r.Stream = &id
	}
}
