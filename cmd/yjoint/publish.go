package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"yjoint/cmd/yjoint/internal/command"
	"yjoint/core"
)

const (
	// discardPatience is how long the end of a run waits for its temporary files to be removed.
	discardPatience = 5 * time.Second
	// hastyPatience is the same where a second signal ends it.
	hastyPatience = time.Second
	// abortPatience is how long aborts have after a signal. The engine gives as much to commits.
	abortPatience = 30 * time.Second
)

// publishing is which of an output's commands was started: nil until then.
type publishing struct {
	commit, abort atomic.Pointer[command.Process]
}

// arrangePublishing has o's sink sync and publish as the command line says.
func (s *session) arrangePublishing(o *output) {
	o.sink.Sync = s.cfg.fsync
	if o.replaces != nil {
		o.sink.Publish = o.replaces.steps()
	}
	if o.spec.commit != "" {
		o.sink.Publish = append(o.sink.Publish, core.Step{Op: core.OpCommit, Do: func(ctx context.Context) error {
			return s.runCommand(ctx, o.spec.commit, &o.published.commit)
		}})
	}
}

// runCommand runs a command that gets nothing, and returns how it failed. When ctx is done it is ended.
func (s *session) runCommand(ctx context.Context, text string, started *atomic.Pointer[command.Process]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	argv := append(slices.Clone(s.cfg.shell), text)
	p, err := s.sup.Start(command.Spec{Argv: argv, Stdin: int(null.Fd()), Stdout: s.commandOutput(), Stderr: 2})
	if err != nil {
		return err
	}
	started.Store(p)
	select {
	case <-p.Done():
	case <-ctx.Done():
		if err := p.Terminate(context.Background()); err != nil {
			return err
		}
	}
	if status := p.Status(); !status.Success() {
		return fmt.Errorf("%v", status)
	}
	return nil
}

// discardFailed is told of a run's events: the temporary file of an output that has failed is of no use any more.
func (s *session) discardFailed(e core.Event) {
	if r := s.outputs[e.Index].replaces; r != nil && e.Kind == core.EventSettled && !e.Sink.OK() {
		go r.discard() // once more, and judged, when the run is over
	}
}

// undo undoes, when the run is over, what the outputs that are not published have left, and tells what of it failed.
func (s *session) undo(rep core.Report) {
	for _, line := range discardAll(*s.replacements.Load(), discardPatience) {
		s.diag.say("%s", line)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if s.cfg.finishTimeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, s.cfg.finishTimeout)
		defer cancel()
	}
	defer context.AfterFunc(s.ctx, func() { time.AfterFunc(abortPatience, cancel) })()
	done := make(chan struct{})
	running := 0
	for i, o := range s.outputs {
		// A commit that failed may have left the only whole copy where an abort would remove it.
		if rep.Sinks[i].OK() || o.spec.abort == "" || o.published.commit.Load() != nil {
			continue
		}
		running++
		go func() {
			if err := s.runCommand(ctx, o.spec.abort, &o.published.abort); err != nil {
				s.diag.say("%s: abort: %s", o.spec.name, core.Describe(err))
			}
			done <- struct{}{}
		}()
	}
	for range running {
		<-done
	}
}

// tellPublished warns of what the outputs that were put in place have lost by it.
func (s *session) tellPublished(rep core.Report) {
	for i, o := range s.outputs {
		if o.replaces == nil || !rep.Sinks[i].OK() || s.cfg.quiet {
			continue
		}
		if lost := o.replaces.notKept(); lost != "" {
			s.diag.say("%s: the new file could not be given what the old one had: %s", o.spec.name, lost)
		}
	}
}

// hintAtPipe tells that nobody can be asked whether the source is whole, where that matters.
func (s *session) hintAtPipe() {
	kind := s.files.sourceKind
	if s.cfg.quiet || kind != kindPipe && kind != kindSocket || !slices.ContainsFunc(s.cfg.outputs, outputSpec.publishes) {
		return
	}
	s.diag.hint("standard input is a " + kind + ", whose end may also be its writer's death: with -- PRODUCER that is told apart")
}

// atOnce ends what must not outlast the program, which a second signal is about to end.
func (s *session) atOnce() {
	s.killAll()
	s.progress.Swap(nil).stop()
	if all := s.replacements.Load(); all != nil {
		discardAll(*all, hastyPatience)
	}
}
