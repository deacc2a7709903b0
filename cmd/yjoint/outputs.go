package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"yjoint/core"
)

// openPatience is how long the beginning of the run waits for outputs whose opening takes time: a file on a dead server,
// a tape. After that the others go on without them, and their own stall timeouts count.
const openPatience = time.Second

// prepared is what a run reads from and writes to, opened.
type prepared struct {
	source *os.File // standard input, or nil with a producer; to be closed by the caller after the run
	// sourceKind is one of the kind constants, or "" with a producer.
	sourceKind string
	report     *os.File // nil without --report; to be written and closed by the caller
	digests    *os.File // the same for --digest-file
	// outputs are in the order of config.outputs. The sinks of paths are complete; for commands the caller sets Writer and
	// Finish.
	outputs []openedOutput
	// stderrTaken: standard error is an output and not a terminal, so that descriptor 2 has become the null device and
	// diagnostics are lost.
	stderrTaken bool
	// stdoutTaken: what standard output was open on at the start is an output, by whatever name, so that nothing else may
	// be written there. Always so of "-", and else not of what is made to be shared, such as terminals.
	stdoutTaken bool
	// released are the inherited descriptors that were adopted, in ascending order. Other files may have their numbers now.
	released []int
}

// remaining returns those of the inherited descriptors that are still what the program was started with.
func (r *prepared) remaining(inherited []int) []int {
	return slices.DeleteFunc(slices.Clone(inherited), func(fd int) bool { return slices.Contains(r.released, fd) })
}

// openedOutput is an output and the sink that serves it.
type openedOutput struct {
	spec outputSpec
	kind string // one of the kind constants
	hint string // advice about sink.OpenErr, or ""
	sink core.Sink
	// replaces is the file that takes the output's place when it is whole; nil if it is written in place.
	replaces *replacement
	// pipe is by what its reader can be found.
	pipe pipeEnd
}

// plan is what was found out about the files of a run without changing anything.
type plan struct {
	cfg     *config
	source  *target   // nil with a producer
	report  *target   // nil without --report
	digests *target   // nil without --digest-file
	outputs []*target // nil for commands
}

// prepare checks the files that cfg names, and opens them: first all that can be refused, then the outputs. If the error
// is not nil, it is a *usageError, and no output has been touched. An output that can't be opened is no such error: its
// sink says so. Adopted descriptors are private copies then; those that the program inherited are closed or, from 0 to 2,
// the null device. inherited is what markInherited returned.
func prepare(cfg *config, inherited []int) (*prepared, error) {
	p, err := newPlan(cfg, inherited)
	if err != nil {
		return nil, err
	}
	return p.open()
}

// newPlan checks everything that can be checked without opening or changing anything.
func newPlan(cfg *config, inherited []int) (*plan, error) {
	p := &plan{cfg: cfg}
	var all []*target
	if !cfg.hasProducer() {
		p.source = inspectSource()
		if err := p.source.err; err != nil {
			return nil, usagef("standard input: %s", core.Describe(err)).withHint("%s", p.sourceHint())
		}
		all = append(all, p.source)
	}
	for _, spec := range cfg.outputs {
		var t *target
		if spec.kind == byPath {
			t = inspect(roleOutput, spec.text, inherited)
			if spec.atomic {
				if err := t.refuseAtomic(); err != nil {
					return nil, err
				}
				t.replaces = &replacement{target: spec.text, sync: cfg.fsync}
			}
			all = append(all, t)
		}
		p.outputs = append(p.outputs, t)
	}
	if cfg.report != "" {
		p.report = inspect(roleReport, cfg.report, inherited)
		all = append(all, p.report)
	}
	if cfg.digestFile != "" {
		p.digests = inspect(roleDigests, cfg.digestFile, inherited)
		all = append(all, p.digests)
	}
	return p, checkIdentities(all)
}

// replacements are those of all outputs.
func (p *plan) replacements() (all []*replacement) {
	for _, t := range p.outputs {
		if t != nil && t.replaces != nil {
			all = append(all, t.replaces)
		}
	}
	return all
}

func (p *plan) sourceHint() string {
	if p.source.hint != "" {
		return p.source.hint
	}
	return "the source is standard input unless -- PRODUCER or --from says otherwise"
}

// open carries the plan out.
func (p *plan) open() (*prepared, error) {
	r := &prepared{stdoutTaken: p.takesStdout()}
	var err error
	if p.source != nil {
		r.sourceKind = p.source.state.kind
		if r.source, err = privateCopy(p.source.fd, p.source.String()); err != nil {
			return nil, usagef("standard input: %s", core.Describe(err))
		}
	}
	if r.report, err = openReport(p.report); err == nil {
		r.digests, err = openReport(p.digests)
	}
	if err != nil {
		for _, f := range []*os.File{r.source, r.report} {
			f.Close() // nothing for nil
		}
		return nil, err
	}
	r.outputs = p.openOutputs()
	r.released = p.releaseAll()
	r.stderrTaken = slices.Contains(r.released, 2)
	return r, nil
}

func (p *plan) takesStdout() bool {
	stdout, _ := statDescriptor(1) // the zero value is the same as nothing
	return slices.ContainsFunc(p.outputs, func(t *target) bool {
		return t != nil && (t.fd == 1 || t.state.exclusive && t.state.id.same(stdout.id))
	})
}

// openReport opens the file of --report or --digest-file, which must be possible at once. It returns nil for nil.
func openReport(t *target) (*os.File, error) {
	if t == nil {
		return nil, nil
	}
	f, err := (*os.File)(nil), t.err
	switch {
	case err != nil:
	case t.adopted():
		f, err = privateCopy(t.fd, t.path)
	case t.state.kind == kindFIFO:
		f, err = openFIFO(t.path)
	default:
		f, err = openForOutput(t.path, outputFlags(t, false, false))
	}
	if err == nil {
		return f, nil
	}
	usage := usagef("%s: open: %s", t, core.Describe(err))
	switch {
	case t.hint != "":
		usage.hint = t.hint
	case isNoReader(err):
		usage.hint = "start what reads the report first"
		if t.role == roleDigests {
			usage.hint = "start what reads the digests first"
		}
	}
	return nil, usage
}

// openOutputs begins to open all outputs, waits for them as long as openPatience, and leaves the others to their sinks.
func (p *plan) openOutputs() []openedOutput {
	outputs := make([]openedOutput, len(p.outputs))
	openings := make([]*opening, len(p.outputs))
	for i, t := range p.outputs {
		outputs[i] = newOpenedOutput(p.cfg.outputs[i], t)
		if t != nil {
			openings[i] = t.start(p.cfg.outputs[i].append, p.cfg.noTruncate)
		}
	}
	patience, cancel := context.WithTimeout(context.Background(), openPatience)
	defer cancel()
	for i, o := range openings {
		if o != nil {
			outputs[i].settle(o, p.outputs[i], patience)
		}
	}
	return outputs
}

// newOpenedOutput returns the output of spec with an unopened sink; t is nil for a command.
func newOpenedOutput(spec outputSpec, t *target) openedOutput {
	o := openedOutput{spec: spec, kind: kindCommand, sink: core.Sink{
		Name: spec.name, Optional: spec.optional, EarlyExitOK: spec.earlyExitOK, StallTimeout: spec.stallTimeout,
	}}
	if t != nil {
		o.kind, o.hint, o.replaces, o.pipe = t.state.kind, t.hint, t.replaces, pipeEndOf(t)
	}
	return o
}

// start begins to open t as an output.
func (t *target) start(append, noTruncate bool) *opening {
	switch {
	case t.err != nil:
		return opened(nil, t.err)
	case t.adopted(): // copied before this returns: soon the number is another file's, which a late copy would be of
		return opened(privateCopy(t.fd, t.path))
	case t.state.kind == kindFIFO:
		return begin(func() (*os.File, error) { return openFIFO(t.path) })
	case t.replaces != nil:
		return begin(t.replaces.create)
	}
	flags := outputFlags(t, append, noTruncate)
	return begin(func() (*os.File, error) { return openForOutput(t.path, flags) })
}

// outputFlags are the flags with which t is opened. What is there and no regular file is neither created nor emptied.
func outputFlags(t *target, append, noTruncate bool) int {
	switch {
	case t.state.kind != kindFile:
		return os.O_WRONLY
	case append:
		return os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case noTruncate:
		return os.O_WRONLY | os.O_CREATE
	}
	return os.O_WRONLY | os.O_CREATE | os.O_TRUNC
}

// settle gives the sink what became of its opening until patience is over.
func (o *openedOutput) settle(opened *opening, t *target, patience context.Context) {
	f, err := opened.wait(patience, nil)
	switch {
	case err == nil:
		o.sink.Writer = f
		if o.kind == kindDevice && isTerminalFile(f) {
			o.kind = kindTerminal
		}
	case t.state.kind == kindFIFO && isNoReader(err):
		// Opening blocks until there is a reader: it accepts nothing yet.
		o.sink.Open = func(ctx context.Context) (io.Writer, error) {
			opened := begin(func() (*os.File, error) { return openForOutput(t.path, os.O_WRONLY) })
			return writerOf(opened.wait(ctx, func() io.Closer { return wakeFIFO(t.path) }))
		}
	case errors.Is(err, context.DeadlineExceeded):
		o.sink.Open = func(ctx context.Context) (io.Writer, error) {
			return writerOf(opened.wait(ctx, func() io.Closer { return nil })) // nothing can wake it
		}
	default:
		o.sink.OpenErr = err
		if hint := atomicHint(err); hint != "" {
			o.hint = hint
		}
	}
}

// writerOf makes no interface of a nil file.
func writerOf(f *os.File, err error) (io.Writer, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

// releaseAll releases the descriptors that were copied, after all copies are made: one may have been named twice. It
// returns them in ascending order. A terminal on standard error goes on to show diagnostics, and where the report is
// written to a standard descriptor, that stays as it is.
func (p *plan) releaseAll() (fds []int) {
	for _, t := range append(slices.Clone(p.outputs), p.source) {
		if t != nil && t.adopted() && t.err == nil && !(t.fd == 2 && t.state.kind == kindTerminal) {
			fds = append(fds, t.fd)
		}
	}
	for _, r := range []*target{p.report, p.digests} {
		if r != nil && r.fd > 2 {
			fds = append(fds, r.fd)
		}
	}
	slices.Sort(fds)
	fds = slices.Compact(fds)
	for _, fd := range fds {
		release(fd)
	}
	return fds
}
