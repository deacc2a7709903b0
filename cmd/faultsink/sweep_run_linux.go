//go:build linux && (amd64 || arm64)

package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"time"

	"yjoint/cmd/internal/ledger"
	"yjoint/cmd/internal/supervisor"
	"yjoint/cmd/internal/sweep"
	"yjoint/core/fault"
)

// supervise runs the command and writes the result. Errors that concern the run are in there.
func (o *sweepRunOptions) supervise(command []string) error {
	to, err := os.Create(o.result)
	if err != nil {
		return err
	}
	told, err := o.make(command)
	if err != nil {
		told.Error, told.Status = err.Error(), statusOf(err)
	}
	return errors.Join(json.NewEncoder(to).Encode(told), to.Close())
}

// make makes the run.
func (o *sweepRunOptions) make(command []string) (told sweep.Told, err error) {
	folder, err := realFolder()
	if err != nil {
		return told, err
	}
	specs, err := o.specs(fault.ForExec, true, folder, io.Discard)
	if err != nil {
		return told, err
	}
	if o.record {
		recorded, err := recordedSpecs(folder)
		if err != nil {
			return told, err
		}
		specs = append(specs, recorded...)
	}
	path, err := findCommand(command[0])
	if err != nil {
		return told, err
	}
	var trace tracer
	l := ledger.New(specs)
	signals := caught()
	begun := time.Now()
	r, err := supervisor.Start(supervisor.Options{Path: path, Args: command, Ledger: l, Trace: trace.add, Sole: true,
		Watch: append(slices.Clone(o.watch), shellNumbers(path)...)})
	if err != nil {
		signal.Stop(signals)
		return told, startError(err)
	}
	releaseInherited()
	ended, trouble := o.attend(command, r.Process(), signals)
	told.Took = time.Since(begun)
	told.Notes, err = r.Conclude()
	told.Rules, told.Writes = l.Rules(), trace.writes
	told.Outside, _ = l.Others()
	if ended != nil {
		told.Ended = &sweep.End{Status: ended.Status, Signal: ended.Signal}
	}
	if told.TimedOut = errors.Is(trouble, errTimeout); told.TimedOut {
		told.Took, trouble = time.Duration(o.timeout), nil
	}
	return told, errors.Join(err, trouble)
}

// recordedSpecs are faults of no effect for all that a command writes to in the folder, and what it inherits.
func recordedSpecs(folder string) ([]ledger.Spec, error) {
	all := []ledger.Spec{{Target: ledger.Below(folder)}}
	for _, name := range slices.Concat(sweep.Inherited, sweep.Aliases) {
		s, err := ledger.Parse(name+"=close EIO", fault.ForExec, true, folder)
		if err != nil {
			return nil, err
		}
		s.Plan = fault.Plan{}
		all = append(all, s)
	}
	return all, nil
}

// tracer keeps what was written.
type tracer struct {
	mu     sync.Mutex // guards the field below
	writes map[string][]sweep.Span
}

func (t *tracer) add(w supervisor.Write) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writes == nil {
		t.writes = map[string][]sweep.Span{}
	}
	t.writes[w.Name] = append(t.writes[w.Name], sweep.Span{From: w.At, To: w.At + int64(w.Bytes)})
}
