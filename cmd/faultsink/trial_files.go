package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"yjoint/cmd/internal/trial"
	"yjoint/cmd/internal/version"
)

// trialFiles are what a trial writes beside the table.
type trialFiles []*trialFile

// trialFile is a file of one format.
type trialFile struct {
	option string
	usage  string
	write  func(io.Writer, trial.Matrix) error

	name string   // "": not wanted
	file *os.File // once it is open
}

func (all *trialFiles) register(f *pflag.FlagSet) {
	*all = trialFiles{
		{option: "write-expect", usage: "record what each cell came to in `FILE`, for --expect", write: trial.WriteExpect},
		{option: "json", usage: "write all as JSON to `FILE`", write: func(w io.Writer, m trial.Matrix) error {
			return trial.WriteJSON(w, m, "faultsink "+version.Of())
		}},
		{option: "tap", usage: "write a test point for each cell to `FILE`, TAP 14", write: trial.WriteTAP},
		{option: "junit", usage: "write a test case for each cell to `FILE`, JUnit's XML", write: trial.WriteJUnit},
		{option: "markdown", usage: "write the table as Markdown to `FILE`, for a CI job's summary", write: trial.WriteMarkdown},
		{option: "html", usage: "write a page with the matrix and a timeline of each cell to `FILE`", write: func(w io.Writer, m trial.Matrix) error {
			return trial.WriteHTML(w, m, "faultsink "+version.Of())
		}},
	}
	for _, x := range *all {
		f.StringVar(&x.name, x.option, "", x.usage)
	}
}

// open makes the files before anything is run.
func (all trialFiles) open() (err error) {
	for _, x := range all {
		switch {
		case x.name == "":
			continue
		case x.name == "-":
			return usage(fmt.Errorf("--%s -: standard output has the table: expected a file, such as /dev/stderr", x.option))
		}
		if x.file, err = os.Create(x.name); err != nil {
			return fmt.Errorf("--%s: %w", x.option, err)
		}
	}
	return nil
}

// write writes and closes them.
func (all trialFiles) write(m trial.Matrix) error {
	var failed []error
	for _, x := range all {
		if x.file == nil {
			continue
		}
		if err := errors.Join(x.write(x.file, m), x.file.Close()); err != nil {
			failed = append(failed, fmt.Errorf("--%s: %w", x.option, err))
		}
	}
	return errors.Join(failed...)
}
