//go:build !unix

package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"

	"yjoint/cmd/yjoint/internal/command"
)

// signals knows interrupts only on GOOS.
type signals struct{ interrupted atomic.Bool }

func catchSignals(cancel context.CancelCauseFunc, atOnce, _ func()) *signals {
	s := &signals{}
	c := make(chan os.Signal, 8)
	signal.Notify(c, os.Interrupt)
	go func() {
		for range c {
			if s.interrupted.Swap(true) {
				atOnce()
				os.Exit(128 + 2)
			}
			cancel(&errSignal{"SIGINT"})
		}
	}()
	return s
}

// cameFirst reports whether the run was interrupted.
func (s *signals) cameFirst() bool { return s.interrupted.Load() }

// hasEnded: how a command ended tells nothing here.
func (s *signals) hasEnded(command.Status) bool { return false }

func (s *signals) ended() (int, string) {
	if s.interrupted.Load() {
		return 2, "SIGINT"
	}
	return 0, ""
}

// runOver is ended.
func (s *signals) runOver() (int, string) { return s.ended() }

func (s *signals) dieOfIt() {
	if s.interrupted.Load() {
		os.Exit(128 + 2)
	}
}
