package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// doctorOptions are those of `faultsink doctor`.
type doctorOptions struct {
	json    bool
	require backEndList
}

func newDoctor() *cobra.Command {
	o := &doctorOptions{}
	c := &cobra.Command{
		Use:   "doctor [--json] [--require BACKEND[,BACKEND]...]",
		Short: "Say which verbs work on this machine, and why others don't",
		Long: `Try each back end on a file of its own, and say whether it works here, what it
found, and what can be done where it does not.

  faultsink doctor
  faultsink doctor --require exec,mount && ./test.sh

The exit status is 0 if all that is required works; otherwise it is 125.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.OutOrStdout()) },
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.Var(&o.require, "require", "`BACKEND[,BACKEND]...`: fail unless these work: sink, exec, mount")
	return c
}

// examination is what was found about a back end.
type examination struct {
	Name   string `json:"name"`
	Works  bool   `json:"works"` // was tried, and worked
	Reason string `json:"reason,omitempty"`
	Remedy string `json:"remedy,omitempty"`
	Facts  []fact `json:"facts"`
}

// fact is something that a back end uses, or can do without.
type fact struct {
	Name string `json:"name"`
	Is   string `json:"is"`             // yes, no, or what it is
	Note string `json:"note,omitempty"` // what follows from it
}

// examined are the back ends that can be, by the names that --require knows.
var examined = []struct {
	name string
	try  func(folder string) examination
}{
	{"sink", trySink},
	{"exec", tryExec},
	{"mount", tryMount},
}

// doctorReport is what --json prints.
type doctorReport struct {
	reportHead
	BackEnds []examination `json:"back_ends"`
}

func (o *doctorOptions) run(stdout io.Writer) error {
	folder, err := os.MkdirTemp("", "faultsink-doctor-")
	if err != nil {
		return err
	}
	signals := holdSignals()
	r := doctorReport{reportHead: newReportHead("doctor")}
	var missing []string
	for _, b := range examined {
		e := b.try(folder)
		e.Name = b.name
		if e.Facts == nil {
			e.Facts = []fact{}
		}
		r.BackEnds = append(r.BackEnds, e)
		if !e.Works && slices.Contains(o.require, b.name) {
			missing = append(missing, b.name)
		}
	}
	err = os.RemoveAll(folder)
	signals.release()
	if len(missing) > 0 {
		err = errors.Join(err, fmt.Errorf("required, and does not work here: %s", strings.Join(missing, ", ")))
	}
	how := ending{}
	if err != nil {
		how.status = statusFailed
	}
	r.describe(how, err)
	if o.json {
		return errors.Join(err, (&reportFile{stdout}).write(r))
	}
	_, printing := io.WriteString(stdout, r.String())
	return errors.Join(err, printing)
}

// textWidth is how wide a line of the text is, where words can be parted.
const textWidth = 80

// String returns the text for people.
func (r doctorReport) String() string {
	var b strings.Builder
	for _, e := range r.BackEnds {
		text := "works"
		if !e.Works {
			text = "does not work: " + e.Reason
		}
		column(&b, cmp.Or(map[string]string{"sink": "sink, gen"}[e.Name], e.Name), text)
		if e.Remedy != "" {
			column(&b, "", "remedy: "+e.Remedy)
		}
		for _, f := range e.Facts {
			text := f.Name + ": " + f.Is
			if f.Note != "" {
				text += " (" + f.Note + ")"
			}
			column(&b, "", text)
		}
	}
	return b.String()
}

// column writes the text beside the name, in lines of textWidth.
func column(b *strings.Builder, name, text string) {
	const indent = 11
	line := fmt.Sprintf("%-*s", indent-1, name)
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > textWidth && strings.TrimSpace(line) != "" {
			fmt.Fprintln(b, strings.TrimRight(line, " "))
			line = strings.Repeat(" ", indent-1)
		}
		line += " " + word
	}
	fmt.Fprintln(b, line)
}

// trySink has a sink take some bytes and end as it was told.
func trySink(folder string) examination {
	report := filepath.Join(folder, "sink.json")
	cmd, cancel := self("sink", "--exit-after", "10=3", "--report", report)
	defer cancel()
	cmd.Stdin = strings.NewReader("more than ten bytes")
	text, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == 3 {
		data, reading := os.ReadFile(report)
		var r struct{ Bytes int64 }
		if err = errors.Join(reading, json.Unmarshal(data, &r)); err == nil && r.Bytes == 10 {
			return examination{Works: true}
		}
	}
	return examination{Reason: fmt.Sprintf("a sink that was to exit after 10 bytes did not: %v %s", err, bytes.TrimSpace(text))}
}

// mostTried is how long a trial may take.
const mostTried = 20 * time.Second

// self returns a command that runs this program. cancel is called when it is done with.
func self(args ...string) (cmd *exec.Cmd, cancel func()) {
	ctx, cancel := context.WithTimeout(context.Background(), mostTried)
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	return exec.CommandContext(ctx, path, args...), cancel
}

// The file in which a back end is tried, and its fault: see doctorProbe.
const (
	probeName = "probe"
	probePlan = "at 3 ENOSPC*1"
)

// newDoctorProbe returns the verb of the process that a back end is tried with.
func newDoctorProbe() *cobra.Command {
	return &cobra.Command{
		Use:    "doctor-probe FILE",
		Short:  "Fail as doctor expects",
		Long:   "Write to FILE, and succeed if that fails as the verb doctor has planned it.",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE:   func(_ *cobra.Command, args []string) error { return doctorProbe(args[0]) },
	}
}

// backEndList is a pflag.Value: names of back ends, separated by commas.
type backEndList []string

func (l *backEndList) Type() string   { return "BACKEND[,BACKEND]..." }
func (l *backEndList) String() string { return strings.Join(*l, ",") }

func (l *backEndList) Set(text string) error {
	var known []string
	for _, b := range examined {
		known = append(known, b.name)
	}
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%q is no back end: expected %s", name, strings.Join(known, ", "))
		}
		*l = append(*l, name)
	}
	return nil
}
