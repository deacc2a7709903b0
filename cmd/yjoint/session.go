package main

import (
	"context"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"yjoint/cmd/yjoint/internal/command"
	"yjoint/core"
)

// session is one run of the program, from opened outputs to the exit status.
type session struct {
	cfg      *config
	diag     *diagnostics
	files    *prepared
	sup      *command.Supervisor // nil without commands
	outputs  []*output           // in the order of cfg.outputs
	producer *producer           // nil without
	signals  *signals
	muted    bool            // standard error shows nothing
	ctx      context.Context // done when a signal has asked for the end
	monitor  core.Monitor
	readers  readers
	meter    *meter
	progress atomic.Pointer[progress] // nil without
	// replacements are those of all outputs; nil as long as there can't be any.
	replacements atomic.Pointer[[]*replacement]
	reserve      reserve // given back before the engine begins
}

// output is an opened output and, for -x, its command.
type output struct {
	openedOutput
	command   *commandOutput // nil for a path, or if it could not be started
	published publishing
}

// exit is how the output's command ended, or nil.
func (o *output) exit() *exitReport {
	if o.command == nil {
		return nil
	}
	return exitOf(o.command.process)
}

// newSession checks and opens all that cfg names. An error is a *usageError; nothing was read or written then.
func newSession(cfg *config, inherited []int, stderr io.Writer) (*session, error) {
	s := &session{cfg: cfg, reserve: newReserve()}
	// A mistyped program must not empty the outputs.
	if err := findPrograms(cfg); err != nil {
		return nil, err
	}
	if cfg.hasProducer() || cfg.usesShell() {
		s.sup = command.NewSupervisor() // before a signal can ask for the end of all that it has started
	}
	// From here on there may be something to report.
	ctx, cancel := context.WithCancelCause(context.Background())
	s.ctx, s.signals = ctx, catchSignals(cancel, s.atOnce, s.status)
	closed := inspect(roleOutput, "/dev/stderr", inherited).err != nil
	p, err := newPlan(cfg, inherited)
	if err != nil {
		return nil, err
	}
	replacements := p.replacements()
	s.replacements.Store(&replacements)
	if s.files, err = p.open(); err != nil {
		return nil, err
	}
	s.muted = closed || s.files.stderrTaken
	s.diag = newDiagnostics(stderr, s.muted)
	for _, opened := range s.files.outputs {
		o := &output{openedOutput: opened}
		s.arrangePublishing(o)
		s.outputs = append(s.outputs, o)
	}
	return s, nil
}

// findPrograms reports the producer or the shell that isn't there.
func findPrograms(cfg *config) error {
	if cfg.producer != nil {
		if err := command.Look(cfg.producer[0]); err != nil {
			return usagef("producer %s: %s", quoted(cfg.producer[0]), core.Describe(err))
		}
	}
	if !cfg.usesShell() {
		return nil
	}
	if err := command.Look(cfg.shell[0]); err != nil {
		return usagef("--shell %s: %s", quoted(cfg.shell[0]), core.Describe(err))
	}
	return nil
}

// run starts the commands, copies, and tells what became of it. It returns the exit status, or dies of the signal that
// ended the run.
func (s *session) run(inherited []int) int {
	s.startCommands()
	source := s.openSource(inherited)
	talk := newCommentary(s.diag, s.cfg.quiet, s.hints(), s.readers.named)
	over := make(chan struct{})
	s.readers.watch(s.pipes(), &s.monitor, over)
	s.startProgress()
	s.hintAtPipe()
	s.reserve.release()
	rep, err := core.Run(s.ctx, source, s.sinks(), core.Options{
		Buffer: s.cfg.buffer, NoZeroCopy: s.cfg.noZeroCopy, Portable: s.cfg.portable,
		Require: s.cfg.require, StopOnError: s.cfg.stopOnError,
		StallTimeout: s.cfg.stallTimeout, StallWarn: s.cfg.stallWarn, FinishTimeout: s.cfg.finishTimeout,
		Digest: s.cfg.newDigest(), Monitor: &s.monitor,
		Observe: func(e core.Event) {
			talk.observe(e)
			s.discardFailed(e)
		},
	})
	close(over)
	if len(rep.Sinks) == 0 { // the engine could not begin
		rep = s.notBegun(err)
	}
	s.progress.Swap(nil).stop()
	s.undo(rep)
	if !allOK(rep) {
		s.signals.cameFirst() // Ctrl-C may have ended a commit, and thereby the run, before it has come through here
	}
	number, name := s.signals.runOver()
	s.tellPublished(rep)
	talk.conclude(rep, name)
	status := s.conclude(rep, number, name)
	s.signals.dieOfIt()
	return status
}

// notBegun ends the commands, none of which has been given anything, and returns a report that says so.
func (s *session) notBegun(err error) core.Report {
	s.diag.say("%s", core.Describe(err))
	s.killAll()
	now := time.Now()
	rep := core.Report{Path: "none", Required: s.cfg.require, Started: now, Ended: now}
	for _, sink := range s.sinks() {
		rep.Sinks = append(rep.Sinks, core.SinkReport{
			Name: sink.Name, Verdict: core.Cancelled, Op: core.OpOpen, Err: err, At: now, Optional: sink.Optional,
		})
	}
	return rep
}

// hints is the outputs' advice.
func (s *session) hints() (all []string) {
	for _, o := range s.outputs {
		all = append(all, o.hint)
	}
	return all
}

// pipes is by what the outputs' readers can be found.
func (s *session) pipes() (all []pipeEnd) {
	for _, o := range s.outputs {
		all = append(all, o.pipe)
	}
	return all
}

func (s *session) sinks() []core.Sink {
	var sinks []core.Sink
	for _, o := range s.outputs {
		sinks = append(sinks, o.sink)
	}
	return sinks
}

// commandOutput is the descriptor that is a command's standard output: ours, unless that carries the stream.
func (s *session) commandOutput() int {
	if s.files.stdoutTaken {
		return 2
	}
	return 1
}

// startCommands starts the commands of all -x.
func (s *session) startCommands() {
	for _, o := range s.outputs {
		if o.spec.kind == byCommand {
			o.start(s.sup, append(slices.Clone(s.cfg.shell), o.spec.text), s.commandOutput(), s.signals.hasEnded)
		}
	}
}

// openSource is standard input, or the producer, which is started.
func (s *session) openSource(inherited []int) core.Source {
	if !s.cfg.hasProducer() {
		return core.Source{Name: "standard input", Reader: s.files.source, Finish: s.judged(nil)}
	}
	argv, name := s.cfg.producer, ""
	if argv == nil {
		argv, name = append(slices.Clone(s.cfg.shell), s.cfg.from), s.cfg.from
	} else {
		name = strings.Join(argv, " ")
	}
	name = "producer " + strconv.Quote(name)
	p, err := startProducer(s.sup, argv, ownDescriptors(argv, s.files.remaining(inherited)))
	if err != nil {
		return core.Source{Name: name, Reader: failedReader{err}}
	}
	p.fine = s.cfg.sourceOK
	s.producer = p
	return core.Source{Name: name, Reader: p.pipe, Finish: s.judged(p.finish)}
}

// judged is a core.Source.Finish that leaves the verdict to judge, unless a signal has ended the run.
func (s *session) judged(judge func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		if judge != nil {
			err = judge(ctx)
		}
		if s.signals.cameFirst() {
			<-ctx.Done()
		}
		return err
	}
}

// failedReader is a source that could not be opened.
type failedReader struct{ err error }

func (r failedReader) Read([]byte) (int, error) { return 0, r.err }

// descriptorInText finds the descriptors that a producer's argument names, as <(…) puts them there.
var descriptorInText = regexp.MustCompile(`(?:/dev|/proc/self)/fd/([0-9]{1,9})`)

// ownDescriptors returns those of the inherited descriptors that argv names.
func ownDescriptors(argv []string, inherited []int) (own []int) {
	for _, arg := range argv {
		for _, m := range descriptorInText.FindAllStringSubmatch(arg, -1) {
			if fd, err := strconv.Atoi(m[1]); err == nil && slices.Contains(inherited, fd) && !slices.Contains(own, fd) {
				own = append(own, fd)
			}
		}
	}
	return own
}

// killAll ends all commands at once: a second signal doesn't wait for them, and they must not take our end for the end of
// the stream.
func (s *session) killAll() {
	if s.sup != nil {
		s.sup.KillAll()
	}
}

// conclude writes the digests and the report, and returns the exit status.
func (s *session) conclude(rep core.Report, signal int, signalName string) int {
	digestErr := s.writeDigests(rep)
	if digestErr != nil {
		s.diag.say("--digest-file %s: %s", s.cfg.digestFile, core.Describe(digestErr))
	}
	lost := s.diag.flush()
	var exit *exitReport
	if s.producer != nil {
		exit = exitOf(s.producer.process)
	}
	o := outcomeOf(rep)
	o.signal, o.reportFailed = signal, digestErr != nil
	if s.files.report == nil {
		return o.status()
	}
	r := newRunReport(rep, s.outputs, &s.readers, exit)
	r.addDigests(s.cfg.digest, rep)
	r.LostDiagnostics, r.Signal, r.Status = lost, signalName, o.status()
	err := writeReport(s.files.report, r.encode())
	if err != nil {
		s.diag.say("--report %s: %s", s.cfg.report, core.Describe(err))
		s.diag.flush()
		o.reportFailed = true
	}
	return o.status()
}

func writeReport(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
